"""What all routes have in common in the API's OpenAPI description. Pure."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from ticketing.language import Language
from ticketing.web.caching import NO_STORE, is_public
from ticketing.web.problems import PROBLEM, Problem
from ticketing.web.request_body import JSON, LARGEST

TITLE: Final = "Ticket shop"
VERSION: Final = "1"
RETRY_SECONDS: Final = 10
"""The `Retry-After` of a 503."""

DESCRIPTION: Final = f"""\
The API of the shop's own pages. All paths begin with `/api/`; there are no cookies and no CORS.

**Errors** are `{PROBLEM}` (RFC 9457): `detail` says what is wrong, and `errors` names
every invalid field of the request with its reason. An unknown path is 404. Any other method
on a path below, `HEAD` and `OPTIONS` included, is 405 with `Allow`. The API never answers 403.

**API Gateway** stands in front, and answers some requests itself, in its own form
(`{{"message": "..."}}`): 429 when all buyers together send too many requests, 503 when an answer
takes longer than 30 seconds, 500 when the function fails, and any request that is too large for
HTTP.

**Bodies** of `POST` are JSON objects in UTF-8, at most {LARGEST} bytes, with the header
`Content-Type: {JSON}`. Unknown fields are refused, because a price might be among them.
A body sent with another method is not read.

**Languages**: texts are in the language that `Accept-Language` asks for, English or French.

**Caches** keep nothing about an order or a person, and no error: these responses have
`Cache-Control: no-store`. All have `X-Content-Type-Options: nosniff`.

**Orders** are opened by a token, which comes with a new order and is in the links of our mails.
With a wrong token, the order seems not to exist.
"""

MEANINGS: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.NOT_FOUND: "It does not exist, or the token does not open it.",
    HTTPStatus.CONFLICT: "Not possible now: `detail` says why.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body has more than {LARGEST} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"The `Content-Type` is not `{JSON}`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Some fields are invalid; `errors` names them and says why.",
    HTTPStatus.TOO_MANY_REQUESTS: (
        "All buyers together send too many requests. API Gateway answers this, in its own form."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: "Nothing was done, or the result is unknown; try again soon.",
}
BY_GATEWAY: Final = {
    "schema": {
        "type": "object",
        "description": "API Gateway's own form.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }
}
EVERYWHERE: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Errors that every route may answer with."""

WITH_BODY: Final = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""Errors that every POST may answer with."""

ACCEPT_LANGUAGE: Final[Mapping[str, Any]] = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The language of texts, dates, amounts and errors: the first that the shop has.",
    "schema": {"type": "string"},
    "examples": {language.name.lower(): {"value": language.value} for language in Language},
}

POWERTOOLS_OWN: Final = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
"""Schemas of errors that Powertools describes and that we never send."""


def header(description: str, **schema: object) -> dict[str, Any]:
    """Return the description of a header that is always sent."""
    return {"description": description, "required": True, "schema": {"type": "string", **schema}}


def answers(
    success: HTTPStatus, description: str, *problems: HTTPStatus, **details: object
) -> dict[int, Any]:
    """Return the responses of a route: its success, with `details`, and its errors."""
    found: dict[int, Any] = {success.value: {"description": description, **details}}
    return found | {status.value: _problem(status) for status in (*problems, *EVERYWHERE)}


def throttled(description: str) -> dict[int, Any]:
    """Return the 429 of a route that also has a limit of its own."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    both = f"{description} Or: {MEANINGS[status][0].lower()}{MEANINGS[status][1:]}"
    return {status.value: {"description": both, "content": {**_document(), JSON: BY_GATEWAY}}}


def with_language(described: dict[str, Any]) -> dict[str, Any]:
    """Return the description with the language header that every request may have."""
    for operations in described["paths"].values():
        for operation in operations.values():
            operation.setdefault("parameters", []).append(
                {"$ref": f"#/components/parameters/{ACCEPT_LANGUAGE['name']}"}
            )
    described["components"]["parameters"] = {ACCEPT_LANGUAGE["name"]: dict(ACCEPT_LANGUAGE)}
    return described


def with_caching(described: dict[str, Any]) -> dict[str, Any]:
    """Return the description with the header of responses that no cache may keep.

    The responses in `EVERYWHERE` may also come from API Gateway, which does not send the header.
    """
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if not is_public(path, int(status)):
                    sent = header("No cache may keep it.", const=NO_STORE)
                    sent["required"] = HTTPStatus(int(status)) not in EVERYWHERE
                    response.setdefault("headers", {})["Cache-Control"] = sent
    return described


def without_defaults(described: dict[str, Any]) -> dict[str, Any]:
    """Return Powertools' description without the schemas of errors that we never send."""
    for path in described["paths"].values():
        for operation in path.values():
            found = operation["responses"].items()
            operation["responses"] = {s: r for s, r in found if not _names_any(r, POWERTOOLS_OWN)}
    for name in POWERTOOLS_OWN:
        described["components"]["schemas"].pop(name, None)
    return described


def methods(described: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the methods that a description has for a path."""
    for template, operations in described["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return tuple(sorted(method.upper() for method in operations))
    return ()


def _problem(status: HTTPStatus) -> dict[str, Any]:
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return {"description": MEANINGS[status], "content": {JSON: BY_GATEWAY}}
        case HTTPStatus.SERVICE_UNAVAILABLE:
            seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            return {
                "description": f"{MEANINGS[status]} After 30 seconds, API Gateway answers this.",
                "headers": {"Retry-After": seconds},
                "content": {**_document(), JSON: BY_GATEWAY},
            }
    return {"description": MEANINGS[status], "content": _document()}


def _document() -> dict[str, Any]:
    return {PROBLEM: {"model": Problem}}


def _names_any(response: Mapping[str, Any], schemas: tuple[str, ...]) -> bool:
    content = response.get("content", {}).values()
    named = {form.get("schema", {}).get("$ref", "").rpartition("/")[2] for form in content}
    return not named.isdisjoint(schemas)
