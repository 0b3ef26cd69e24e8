"""The language of a request: the first of ours in its `Accept-Language`, or else English."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ticketing.language import Language

HEADER = "accept-language"
asked_for: ContextVar[Language] = ContextVar("language", default=Language.ENGLISH)
"""The language of the request that is being answered; errors are in it, too."""


def language_of(event: Mapping[str, Any]) -> Language:
    """Return the first of our languages in a request's header; browsers list their best first."""
    known = {language.value: language for language in Language}
    tags = event.get("headers", {}).get(HEADER, "").lower().split(",")
    codes = (tag.strip()[:2] for tag in tags if not tag.strip()[2:3].isalpha())
    return next((known[code] for code in codes if code in known), Language.ENGLISH)
