"""Read a JSON document from SumUp and its fields: bounded, checked, and never guessed. Pure.

`UnreadableAnswer` names the field but never shows a value, because answers of the token endpoint
are read here, too. Every number is a Decimal from the start.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from ticketing.errors import UnreadableAnswer
from ticketing.payments.payment import ID
from ticketing.strict_json import SaidTwice, unique_fields

MAX_BODY: Final = 256 * 1024
"""Bytes of an unpacked answer. A checkout is about one kilobyte."""

MAX_TEXT: Final = 8192
"""Characters in a field that is not a token."""

MAX_SHOWN: Final = 32
"""Characters that are kept of a text that cannot be an id, in front of a hash of it."""

MAX_DIGITS: Final = 38
"""Characters of a number, and its largest power of ten: as many digits as DynamoDB keeps."""

GZIP_OR_ZLIB: Final = 47
"""zlib's window bits for detecting either of the two by its header."""

WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")

ANYTHING: Final = re.compile(r".*", re.DOTALL)

Fields = Mapping[str, object]


def unpacked(body: bytes, encoding: str, most: int = MAX_BODY) -> bytes:
    """Undo a Content-Encoding, but stop one byte after `most`, however large it would become."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise UnreadableAnswer("the answer is packed in a way we did not ask for")
    try:
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, most + 1)
    except zlib.error:
        raise UnreadableAnswer(f"the answer is not the {encoding} it claims to be") from None


def document(body: bytes, most: int = MAX_BODY) -> object:
    """Return the JSON document in `body`, whatever its content type claims, numbers as Decimal."""
    if len(body) > most:
        raise UnreadableAnswer(f"the answer is larger than {most} bytes")
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=unique_fields,
        )
    except SaidTwice:
        problem = "the answer says something twice"
    except (ValueError, RecursionError):
        problem = "the answer is not a JSON document" if body else "the answer is empty"
    # Raised out here: the caught exception holds the whole text, which may be a token grant.
    raise UnreadableAnswer(problem)


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError:
        return _no_number(text)
    return value if max(len(text), abs(value.adjusted())) <= MAX_DIGITS else _no_number(text)


def _no_number(_: str) -> Decimal:
    raise UnreadableAnswer("a number in the answer is not finite, or out of all bounds")


def required_text(
    fields: Fields, name: str, form: re.Pattern[str] = ANYTHING, most: int = MAX_TEXT
) -> str:
    """Return a text that must be there, in this form if one is given."""
    value = optional_text(fields, name, form, most)
    if value is None:
        raise UnreadableAnswer(f"{name} is missing")
    return value


def optional_text(
    fields: Fields, name: str, form: re.Pattern[str] = ANYTHING, most: int = MAX_TEXT
) -> str | None:
    """Return a printable text with this form and length; None if it is absent or empty."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnreadableAnswer(f"{name} is {kind_of(value)}, not text")
    if len(value) > most or not value.isprintable():
        raise UnreadableAnswer(f"{name} is too long, or not printable")
    if not form.fullmatch(value):
        raise UnreadableAnswer(f"{name} could not be one")
    return value


def optional_id(fields: Fields, name: str) -> str | None:
    """Return an id or a code; None if it is absent or empty.

    A text that cannot be one is cut, with a hash so that two of them still differ. It may belong to
    a payment that has to be seen by a person, so it must fit into a row.
    """
    value = fields.get(name)
    if not isinstance(value, str) or value == "" or ID.fullmatch(value):
        return optional_text(fields, name)
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    shown = "".join(c if c.isprintable() else "?" for c in value[:MAX_SHOWN])
    return f"{shown}~{digest[:16]}"


def required_amount(fields: Fields, name: str) -> Decimal:
    """Return a number that must be there."""
    value = optional_amount(fields, name)
    if value is None:
        raise UnreadableAnswer(f"{name} is missing")
    return value


def optional_amount(fields: Fields, name: str) -> Decimal | None:
    """Return a number; None if it is absent."""
    value = fields.get(name)
    if value is None or isinstance(value, Decimal):
        return value
    raise UnreadableAnswer(f"{name} is {kind_of(value)}, not a number")


def required_day(fields: Fields, name: str) -> date:
    """Return a day such as 2026-06-01, which must be there."""
    try:
        return date.fromisoformat(required_text(fields, name))
    except ValueError:
        pass
    raise UnreadableAnswer(f"{name} is not a day")


def objects(fields: Fields, name: str) -> tuple[Fields, ...]:
    """Return a list of objects; an absent list is empty."""
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UnreadableAnswer(f"{name} is {kind_of(value)}, not a list")
    return tuple(as_object(item, f"an entry of {name}") for item in value)


def as_object(value: object, what: str) -> Fields:
    """Return the fields of an object; `what` names it in an error."""
    if not isinstance(value, dict):
        raise UnreadableAnswer(f"{what} is {kind_of(value)}, not an object")
    return value


def moment(value: object) -> datetime | None:
    """Return a time; an unreadable one counts as absent, because no decision depends on it."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def web_address(value: object) -> str | None:
    """Return a web address; anything else counts as absent, because a buyer's browser opens it."""
    known = isinstance(value, str) and len(value) <= MAX_TEXT and WEB_ADDRESS.fullmatch(value)
    return str(value) if known else None


def kind_of(value: object) -> str:
    """Return what a JSON value is, in English."""
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", Decimal: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "null")
