"""Read JSON strictly: no field twice, and no error that shows a secret.

Of two fields with the same name, Python's reader keeps the last. Other readers may disagree, so
such a document is refused.
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
    """Return the JSON object in a text, or None if there is none.

    It raises no error, because a reader's error carries the text along. So it is fit for secrets.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
