"""Pack what a third-party scanner needs for an event. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ticketing.flows.ports import EventKeys, EventRecords
from ticketing.reports.door_pack import packed
from ticketing.reports.rows import Progress, gathered
from ticketing.tickets.ticket import TicketStatus


@dataclass(frozen=True)
class Pack:
    """The files by name, how many tickets they list, void ones included, and rows they lack."""

    files: Mapping[str, bytes]
    tickets: int
    void: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class PackDoor:
    """Reads the keys, the ticket types and the tickets of an event."""

    events: EventKeys
    records: EventRecords

    def __call__(
        self, event_id: str, now: datetime, progress: Progress | None = None, *, names: bool
    ) -> Pack:
        """Return the files; raises `EventNotFound`, and `MissingSetting` without any key.

        Tickets are read from their own table, not from the list for the doors: until a device is
        added, that lacks tickets from before there were doors.
        """
        keys = self.events.public_keys(event_id)
        kinds = gathered(self.records.ticket_types(event_id))
        tickets = gathered(self.records.tickets(event_id), progress)
        in_order = sorted((kind for _, kind in kinds.found), key=lambda k: (k.position, k.sku))
        return Pack(
            packed(event_id, keys, in_order, tickets.found, now, names=names),
            len(tickets.found),
            sum(one.status is TicketStatus.VOID for one in tickets.found),
            (*kinds.unreadable, *tickets.unreadable),
        )
