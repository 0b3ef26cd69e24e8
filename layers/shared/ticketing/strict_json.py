"""Read JSON strictly: no field twice, and no error that shows a secret.

Python's reader keeps the last of two fields with one name. Two readers may disagree about such a
document, so it is refused.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any


class SaidTwice(ValueError):
    """Raised for an object that has a field more than once."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(", ".join(names))


def unique_fields(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields of an object, as the `object_pairs_hook` of `json.loads`."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise SaidTwice([name for name, count in counts.items() if count > 1])
    return fields


def object_in(text: str) -> dict[str, Any] | None:
    """Return the JSON object in a text, or None: the error of a reader would carry the text along.

    For secrets, which no error may show.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
