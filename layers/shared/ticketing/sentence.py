"""Sentences for buyers: in English, and ready to be said in another language. Pure."""

from collections.abc import Mapping


class Sentence(str):
    """A text in English that knows the pattern and the values which it was made of."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]


def sentence(pattern: str, **values: object) -> Sentence:
    """Return `pattern.format(**values)`; without values, the pattern as it is.

    Translations know the pattern, so it is written out where this is called.
    """
    made = Sentence(pattern.format(**values) if values else pattern)
    made.pattern, made.values = pattern, values
    return made
