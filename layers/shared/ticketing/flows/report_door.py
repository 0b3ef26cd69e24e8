"""Report on the doors of an event from its log, devices and tickets. Nothing is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ticketing.doors.admission import Admission, Correction, Mark
from ticketing.doors.log import Log, Row
from ticketing.flows.ports import DoorRecords, EventRecords, Events
from ticketing.orders.order import MAX_REISSUES
from ticketing.reports.door import DoorReport, door_report
from ticketing.reports.door_facts import Facts
from ticketing.reports.rows import Progress, gathered
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class ReportDoor:
    """Reads what happened at an event's doors, while they may be open.

    If a ticket is scanned after its row is read and before the log is, the two disagree. So the log
    is read before the tickets and again after them: what is new in it was scanned meanwhile.
    """

    events: Events
    records: EventRecords
    doors: DoorRecords

    def __call__(
        self, event_id: str, now: datetime, progress: Progress | None = None
    ) -> DoorReport:
        """Return the report; raises `EventNotFound`."""
        event = self.events.get(event_id)
        kinds = gathered(self.records.ticket_types(event_id))
        before = gathered(self.doors.log(event_id))
        tickets = gathered(self.records.tickets(event_id), progress)
        after = gathered(self.doors.log(event_id))
        devices = self.doors.devices(event_id)
        unreadable = (kinds, tickets, after, devices)
        log, replaced = Log.of(after.found), _replaced(tickets.found)
        return door_report(
            Facts(
                event=event,
                kinds=[kind for _, kind in kinds.found],
                devices=devices.found,
                log=log,
                tickets=sorted(
                    (one for one in tickets.found if one.ticket_id not in replaced),
                    key=lambda one: one.ticket_id,
                ),
                changing=frozenset(
                    replaced.get(one, one) for one in _new_in(before.found, after.found, log)
                ),
                unreadable=tuple(row for rows in unreadable for row in rows.unreadable),
                made_at=now,
                replaced=replaced,
            )
        )


def _replaced(tickets: Iterable[Ticket]) -> dict[str, str]:
    """Return the current ids of tickets that were issued anew, by their old ids."""
    following = {one.ticket_id: one.replaced_by for one in tickets if one.replaced_by}
    found = {}
    for first in following:
        last = first
        for _ in range(MAX_REISSUES):
            last = following.get(last, last)
        found[first] = last
    return found


def _new_in(before: Iterable[Row], after: Iterable[Row], log: Log) -> Iterator[str]:
    """Yield the tickets of the rows that were written in between."""
    known = set(map(_key, before))
    for row in after:
        if _key(row) not in known:
            _, entry = row
            of = log.scans.get(entry.scan_id) if isinstance(entry, Correction) else entry
            if isinstance(of, Admission):
                yield of.ticket_id


def _key(row: Row) -> tuple[Mark, str, int]:
    mark, entry = row
    return mark, entry.scan_id, entry.number if isinstance(entry, Correction) else 0
