"""What caches may keep of our answers: nothing, unless it is public and a success. Pure."""

from collections.abc import Mapping
from typing import Any, Final

NO_STORE: Final = "no-store"
PRIVATE: Final[Mapping[str, str]] = {
    "Cache-Control": NO_STORE,
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer about an order or a person, and of every error."""

PUBLIC: Final = ("/api/events", "/api/events/", "/api/openapi.json")
"""The list of events, each event with what is below it, and the description of the API."""
FIRST_ERROR: Final = 400


def is_public(path: str, status: int) -> bool:
    """Return whether caches may keep an answer, if its route says so."""
    events, below, document = PUBLIC
    known = path in {events, document} or path.startswith(below)
    return known and status < FIRST_ERROR


def headers_for(path: str, status: int) -> dict[str, str]:
    """Return the headers that an answer gets in place of its route's own."""
    headers = dict(PRIVATE)
    if is_public(path, status):
        del headers["Cache-Control"]
    return headers


def for_caches(answer: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a function's answer with the headers that caches go by, whichever route it is from."""
    decided = headers_for(path, int(answer["statusCode"]))
    return answer | {"headers": {**answer.get("headers", {}), **decided}}
