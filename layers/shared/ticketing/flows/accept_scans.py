"""Count the scans that a revoked device had reported before it was revoked.

Scans that arrive after a revocation use up no tickets, or a thief could shut people out. If the
device was only lost, or without a network for too long, its people did go in, and an operator can
say so. The entries of its scans stay as they are. What is counted of each becomes an entry beside
it, written together with the ticket, so that a repeated or interrupted run counts nobody twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from ticketing.doors.admission import Admission
from ticketing.doors.device import Device
from ticketing.doors.log import Log
from ticketing.doors.ruling import accept
from ticketing.doors.scan import device_and_seq
from ticketing.errors import DeviceNotRevoked, DoorNotFound, TicketBusy, UnreadableTicket
from ticketing.flows.optimistic import retry_while_busy
from ticketing.flows.ports import AcceptsScans, DoorRecords, DoorTickets, ManagesDoors
from ticketing.reports.rows import Progress, gathered
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class Accepted:
    """What was counted now, how many scans were counted before, and what stays uncounted.

    `not_told_of` are scans that the device had not reported before it was revoked; `unreadable`
    names rows, and `busy` scans whose tickets changed all the time.
    """

    device: Device
    counted: Sequence[Admission]
    before: int
    not_told_of: Sequence[Admission]
    unreadable: Sequence[str]
    busy: Sequence[str]


@dataclass
class _Planned:
    """The places that a dry run would have taken from tickets so far."""

    used: Counter[str] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)

    def apply(self, ticket: Ticket) -> Ticket:
        used, last = self.used[ticket.ticket_id], self.last.get(ticket.ticket_id)
        return replace(ticket, left=ticket.places - used, last_scan=last or ticket.last_scan)

    def add(self, entry: Admission) -> None:
        if entry.counted:
            self.used[entry.ticket_id] += entry.counted
            self.last[entry.ticket_id] = entry.scan_id


@dataclass(frozen=True)
class AcceptScans:
    """Reads the log of an event, and adds what is accepted; the new entries name `by`."""

    doors: ManagesDoors
    records: DoorRecords
    tickets: DoorTickets
    log: AcceptsScans
    by: str

    def __call__(
        self,
        event_id: str,
        device_id: str,
        now: datetime,
        progress: Progress | None = None,
        *,
        dry_run: bool,
    ) -> Accepted:
        """Count scans; raises `DoorNotFound`, `DeviceNotRevoked` and `TicketBusy`."""
        device = self.doors.get(event_id, device_id)
        if device is None:
            raise DoorNotFound
        if device.revoked_at is None:
            raise DeviceNotRevoked(device_id, event_id)
        rows = gathered(self.records.log(event_id), progress)
        log, planned = Log.of(rows.found), _Planned() if dry_run else None
        kept = log.kept_of(device_id)
        last = device.revoked_seq or 0
        told_of = [one for one in kept if device_and_seq(one.scan_id)[1] <= last]
        not_told_of = [one for one in kept if device_and_seq(one.scan_id)[1] > last]
        new = [entry for entry in told_of if entry.scan_id not in log.accepted]
        counted, unreadable, busy = list[Admission](), list(rows.unreadable), list[str]()
        for entry in new:
            try:
                counted.append(retry_while_busy(partial(self._ruled, entry, planned, now)))
            except UnreadableTicket as problem:
                unreadable.append(f"ticket {problem.ticket_id}: {problem.problem}")
            except TicketBusy as problem:
                busy.append(f"scan {entry.scan_id}, whose ticket {problem.ticket_id} is busy")
        before = len(told_of) - len(new)
        return Accepted(device, counted, before, not_told_of, unreadable, busy)

    def _ruled(self, entry: Admission, planned: _Planned | None, now: datetime) -> Admission:
        stored = self.log.accepted(entry.event_id, entry.scan_id)
        if stored:
            return stored
        ticket = self.tickets.get(entry.ticket_id) if entry.ticket_id else None
        if planned and ticket:
            ticket = planned.apply(ticket)
        ruling = accept(entry, ticket)
        made = replace(
            entry,
            verdict=ruling.verdict,
            counted=ruling.counted,
            reason=ruling.reason,
            since=ruling.since,
            collides=ruling.collides,
            arrived_at=now,
        )
        if planned:
            planned.add(made)
        else:
            self.log.accept(made, ticket, self.by)
        return made
