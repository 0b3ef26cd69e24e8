"""Which of our answers caches may keep: only those that are public and a success. Pure."""

from collections.abc import Mapping
from typing import Any, Final

NO_STORE: Final = "no-store"
PRIVATE: Final[Mapping[str, str]] = {
    "Cache-Control": NO_STORE,
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer about an order or a person, and of every error."""

PUBLIC: Final = ("/api/events", "/api/events/", "/api/openapi.json")
"""The list of events, each event and every path below it, and the description of the API."""
FIRST_ERROR: Final = 400


def is_public(path: str, status: int) -> bool:
    """Return whether caches may keep an answer whose route allows it."""
    events, below, document = PUBLIC
    known = path in {events, document} or path.startswith(below)
    return known and status < FIRST_ERROR


def headers_for(path: str, status: int) -> dict[str, str]:
    """Return the headers to add to an answer; they replace its route's own."""
    headers = dict(PRIVATE)
    if is_public(path, status):
        del headers["Cache-Control"]
    return headers


def for_caches(answer: dict[str, Any], path: str) -> dict[str, Any]:
    """Return an answer with the headers that caches go by; they win over those of its route."""
    decided = headers_for(path, int(answer["statusCode"]))
    return answer | {"headers": {**answer.get("headers", {}), **decided}}
