"""List the guests of an event, read a page at a time. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.flows.ports import EventRecords, Events
from ticketing.reports.guest_list import GuestList, guest_list
from ticketing.reports.rows import Progress, gathered


@dataclass(frozen=True)
class ListGuests:
    """Reads the tickets of an event."""

    events: Events
    records: EventRecords

    def __call__(self, event_id: str, now: datetime, progress: Progress | None = None) -> GuestList:
        """Return the list; raises `EventNotFound`."""
        event = self.events.get(event_id)
        tickets = gathered(self.records.tickets(event_id), progress)
        return guest_list(event, tickets.found, tickets.unreadable, now)
