"""The list of an event's tickets that devices keep: ids, types and states, in pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticketing.events.event import EVENT_ID

PAGE = 2000
"""Tickets on a page: some 10 kB gzipped."""
OVERLAP = timedelta(minutes=1)
"""How far back changes overlap with what was last seen: an index lags, and clocks differ."""
CURSOR = re.compile(
    rf"(?P<kind>[pc])(?P<microseconds>[0-9]{{1,18}})-(?P<ticket_id>{EVENT_ID.pattern})?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    """A ticket on the list."""

    ticket_id: str
    sku: str
    admits: int
    is_valid: bool
    holder: str
    changed_at: datetime


@dataclass(frozen=True)
class Place:
    """Where a page of the list begins: after a ticket or, without one, at a time."""

    changed_at: datetime
    ticket_id: str | None = None

    @property
    def cursor(self) -> str:
        """The place as a device sends it back; it needs no escaping in an address."""
        kind = "p" if self.ticket_id else "c"
        microseconds = (self.changed_at - EPOCH) // timedelta(microseconds=1)
        return f"{kind}{microseconds}-{self.ticket_id or ''}"


@dataclass(frozen=True)
class Page:
    """Some of the list, and where the next page begins; None at the end."""

    listed: Sequence[Listed]
    following: Place | None


def place_of(cursor: str) -> Place | None:
    """Return the place of a cursor; None if it is not one of ours."""
    found = CURSOR.fullmatch(cursor)
    if not found or (found["kind"] == "p") != bool(found["ticket_id"]):
        return None
    try:
        changed_at = EPOCH + timedelta(microseconds=int(found["microseconds"]))
    except OverflowError:
        return None
    return Place(changed_at, found["ticket_id"])


def place_of_changes(page: Page, before: Place | None, now: datetime) -> Place:
    """Return where the changes after the last page begin."""
    newest = max((one.changed_at for one in page.listed), default=None)
    at_least = before.changed_at if before else now
    return Place(newest or at_least)


def begins(place: Place | None) -> Place | None:
    """Return where to read from: changes begin a little before what was seen."""
    if place is None or place.ticket_id:
        return place
    return Place(place.changed_at - OVERLAP)
