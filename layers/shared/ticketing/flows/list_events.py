"""List events at a glance, and export them as a file to import. Nothing is written."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import EventNotFound, TicketingError
from ticketing.events import export_file
from ticketing.events.catalogue import StoredEvent
from ticketing.events.event import Event, TicketType
from ticketing.flows.ports import EventRecords
from ticketing.reports.overview import EventOverview, held_seats, overview
from ticketing.reports.rows import Rows, gathered


@dataclass(frozen=True)
class Listed:
    """Events, sorted by their start, and the rows that cannot be read."""

    events: tuple[EventOverview, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class Exported:
    """The file, and the reasons, if any, why an import would refuse it."""

    content: bytes
    problems: tuple[str, ...]


@dataclass(frozen=True)
class ListEvents:
    """Reads all events, or one."""

    records: EventRecords

    def __call__(self, now: datetime, event_id: str | None = None) -> Listed:
        """Return the events; raises `EventNotFound` if there is no such row."""
        events, types = self._stored(event_id)
        holding = gathered(self.records.undecided())
        held = held_seats(holding.found)
        by_event = _by_event(types.found)
        found = (overview(one, by_event[one.event_id], held, now) for one in events.found)
        return Listed(
            tuple(sorted(found, key=lambda one: (one.event.starts_at, one.event.event_id))),
            (*events.unreadable, *types.unreadable, *holding.unreadable),
        )

    def export(self, event_id: str | None = None) -> Exported:
        """Return the file; raises `TicketingError` if a row cannot be read.

        Importing a file without that row would take a ticket type off sale, or empty a page.
        """
        events, types = self._stored(event_id)
        if unreadable := (*events.unreadable, *types.unreadable):
            raise TicketingError(f"cannot be read, so nothing was written: {'; '.join(unreadable)}")
        by_event = _by_event(types.found)
        stored = [
            StoredEvent(event, {kind.sku: kind for kind in by_event[event.event_id]})
            for event in sorted(events.found, key=lambda one: (one.starts_at, one.event_id))
        ]
        try:
            content = export_file.written(stored)
        except ValueError as error:
            raise TicketingError(f"nothing was written: {error}") from error
        return Exported(content, tuple(export_file.mistakes(content)) if stored else ())

    def _stored(self, event_id: str | None) -> tuple[Rows[Event], Rows[tuple[str, TicketType]]]:
        if event_id is None:
            return gathered(self.records.events()), gathered(self.records.ticket_types())
        event = self.records.event(event_id)
        if not event.read:
            raise EventNotFound(event_id)
        return event, gathered(self.records.ticket_types(event_id))


def _by_event(types: Iterable[tuple[str, TicketType]]) -> dict[str, list[TicketType]]:
    found: dict[str, list[TicketType]] = defaultdict(list)
    for event_id, kind in types:
        found[event_id].append(kind)
    return found
