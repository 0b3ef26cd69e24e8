"""Read the body of a request of API Gateway: its size, type and encoding. Pure."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from ticketing.errors import BodyTooLarge, UnreadableBody, WrongMediaType
from ticketing.strict_json import SaidTwice, unique_fields

LARGEST = 8192
"""In bytes. The largest order has ten lines and takes less than 2 KB."""

JSON = "application/json"


def received(event: Mapping[str, Any], largest: int = LARGEST) -> bytes:
    """Return the bytes that were sent; raise `BodyTooLarge` or `UnreadableBody`."""
    text = event.get("body") or ""
    try:
        encoded = event.get("isBase64Encoded")
        body = base64.b64decode(text, validate=True) if encoded else text.encode()
    except ValueError:
        raise UnreadableBody("it is not encoded as it claims to be") from None
    if len(body) > largest:
        raise BodyTooLarge(largest)
    return body


def for_json(event: Mapping[str, Any], largest: int = LARGEST) -> dict[str, Any]:
    """Return the event with a body that Powertools treats as JSON and passes to `json_object`.

    Powertools would also read forms, guess a missing type, and fail on bytes that are not text. So
    the type is checked here, and bytes are passed as Latin-1, one character for each.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = received(event, largest)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media_type != JSON:
        raise WrongMediaType(JSON)
    headers["content-type"] = JSON
    text = body.decode("latin-1")
    return {**event, "headers": headers, "body": text, "isBase64Encoded": False}


def bytes_of(text: str | None) -> bytes:
    """Return the bytes that were sent, given a body made by `for_json`."""
    return (text or "").encode("latin-1")


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a body made by `for_json`; raise `UnreadableBody` without one.

    pydantic's reader is stricter than Python's, but takes the last of two fields of the same name.
    """
    body = bytes_of(text)
    try:
        found = from_json(body, allow_inf_nan=False)
        json.loads(body, object_pairs_hook=unique_fields)
    except SaidTwice:
        raise UnreadableBody("it says something twice") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"it is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise UnreadableBody("it is not a JSON object")
    return found
