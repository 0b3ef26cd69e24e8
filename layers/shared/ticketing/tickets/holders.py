"""Sort and search the names of ticket holders."""

import unicodedata
from typing import Final

UNDIVIDED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}  # noqa: RUF001 - a Turkish letter
)
"""Letters that Unicode does not decompose into a plain letter and its accent."""


def folded(name: str) -> str:
    """Return a name in the form it is sorted and found by: without accents, capitals or signs."""
    apart = unicodedata.normalize("NFKD", name.casefold().translate(UNDIVIDED))
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return " ".join(letters.split())


def is_named(name: str, query: str) -> bool:
    """Return whether a name, from the beginning of some word in it, begins with a folded query."""
    return f" {query}" in f" {folded(name)}"
