"""Mend the invalid fields of an event in a file, to find what else is wrong with it. Pure.

The result is never stored.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from ticketing.events.import_schema import EventEntry

NO_TIME: Final = "0000-00-00T00:00"
"""In the right form, but not in the calendar, so that nothing is compared with it."""
KIND: Final[dict[str, Any]] = {"sku": "x", "name": "x", "price": "0", "capacity": 0}
EVENT: Final[dict[str, Any]] = {
    "event_id": "X",
    "organiser_id": "x",
    "name": "x",
    "venue": "x",
    "address": "x",
    "time_zone": "UTC",
    "starts_at": NO_TIME,
    "currency": "GBP",
    "ticket_types": [KIND],
}

Place = tuple[int | str, ...]


def mended(entry: object, invalid: Iterable[Place]) -> EventEntry | None:
    """Return the event with invalid fields replaced or left out; None if it is still invalid."""
    if not isinstance(entry, dict):
        return None
    whole = deepcopy(entry)
    for place in sorted(invalid, key=len):
        _mend(whole, place)
    try:
        return EventEntry.model_validate(whole)
    except ValidationError:
        return None


def _mend(whole: dict[str, Any], place: Place) -> None:
    *above, last = place or ("",)
    found: Any = whole
    for step in above:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return  # mended together with what is above it
    fillers = EVENT if len(place) == 1 else KIND
    if isinstance(found, list) and isinstance(last, int):
        found[last] = dict(KIND)
    elif isinstance(found, dict) and last in fillers and "picture" not in above:
        found[last] = deepcopy(fillers[str(last)])
    elif isinstance(found, dict):
        found.pop(last, None)
