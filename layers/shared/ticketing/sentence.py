"""Sentences for buyers: in English, but ready to be translated. Pure."""

from collections.abc import Mapping


class Sentence(str):
    """A text in English that knows the pattern and the values it was made from."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]


def sentence(pattern: str, **values: object) -> Sentence:
    """Return `pattern.format(**values)`; without values, the pattern as it is.

    Translations are found by the pattern, so callers must pass it as a literal.
    """
    made = Sentence(pattern.format(**values) if values else pattern)
    made.pattern, made.values = pattern, values
    return made
