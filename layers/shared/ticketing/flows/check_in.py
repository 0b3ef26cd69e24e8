"""Record the scans of a device, and admit people as far as their tickets do.

Every scan becomes one entry of the log, whatever its verdict: a device that did not get our answer
sends the same scan again and is answered from the entry. A scan that cannot be right becomes an
entry too, so that it does not hold up the device's queue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ticketing.doors.admission import CORRECTIONS, Admission, Correction, Verdict
from ticketing.doors.device import Device, hash_of
from ticketing.doors.ruling import Ruling, correct, follow, rule, ticket_named
from ticketing.doors.scan import Action, Scan, numbered
from ticketing.doors.signature import is_signed
from ticketing.errors import TicketBusy, UnreadableTicket
from ticketing.events.event import Event
from ticketing.flows.optimistic import retry_while_busy
from ticketing.flows.ports import AdmissionLog, DoorTickets, TimeLeft
from ticketing.flows.replaced_tickets import current
from ticketing.observability import SCANS_CLONED, SCANS_DOUBLE, count, logger
from ticketing.tickets.ticket import Ticket

RESERVE_SECONDS = 8.0
"""With less time left than this, the remaining scans wait for the device's next request."""


@dataclass(frozen=True)
class Answer:
    """What a device hears about a scan: its entry, the ticket as it is now, and the scan before."""

    seq: int
    admission: Admission
    ticket: Ticket | None = None
    first: Admission | None = None


@dataclass(frozen=True)
class CheckIn:
    """Records scans in the order in which they come."""

    tickets: DoorTickets
    log: AdmissionLog

    def __call__(
        self,
        device: Device,
        event: Event,
        scans: Sequence[Scan],
        time_left: TimeLeft,
        now: datetime,
    ) -> Iterator[Answer]:
        """Yield an answer for each scan for which there is time, up to one whose ticket is busy.

        Raises `TicketBusy` if that is the first one.
        """
        for place, scan in enumerate(scans):
            if time_left() < RESERVE_SECONDS:
                return
            try:
                answer = retry_while_busy(partial(self._recorded, device, event, scan, now))
            except TicketBusy:
                if place:
                    return
                raise
            yield answer

    def _recorded(self, device: Device, event: Event, scan: Scan, now: datetime) -> Answer:
        """Answer a scan from its entry, or rule on it; raises `TicketBusy`."""
        entry = _entry(device, scan, now)
        stored = self.log.entry(device.event_id, entry.scan_id)
        if stored is None:
            return self._ruled(device, event, scan, entry, now)
        if stored.hash != entry.hash:
            return self._cloned(scan, entry)
        return self._answered(scan.seq, stored)

    def _ruled(
        self, device: Device, event: Event, scan: Scan, entry: Admission, now: datetime
    ) -> Answer:
        if not is_signed(
            scan.signed_text(device.event_id, device.device_id),
            scan.signature,
            device.public_key or b"",
        ):
            return self._noted(scan, entry, Ruling(Verdict.REFUSED, reason="signature"), None)
        target = self.log.entry(device.event_id, scan.refers_to) if scan.refers_to else None
        latest = self.log.latest_correction(device.event_id, target.scan_id) if target else None
        is_open = device.is_open(event, now)
        if scan.action is not Action.ADMIT:
            ruling = correct(scan, device, target, latest, is_open=is_open)
            return self._corrected(scan, entry, ruling, target, latest)
        followed = follow(scan, device, target, latest, is_open=is_open)
        if followed:
            return self._corrected(scan, entry, followed, target, latest)
        try:
            ticket = self._ticket_of(scan)
        except UnreadableTicket as problem:
            logger.error("a ticket at the door cannot be read", problem=str(problem))
            ruling = rule(scan, device, event, None, now)
            if ruling.verdict is Verdict.UNKNOWN:
                ruling = replace(ruling, reason="unreadable")
            return self._noted(scan, entry, ruling, None)
        return self._noted(scan, entry, rule(scan, device, event, ticket, now), ticket)

    def _noted(self, scan: Scan, entry: Admission, ruling: Ruling, ticket: Ticket | None) -> Answer:
        """Store the entry with its ruling, and take from the ticket the places that count."""
        entry = _with(entry, ruling, ticket)
        if ruling.verdict is Verdict.DOUBLE:
            logger.warning("people went in twice with one ticket", scan=entry.scan_id)
            count(SCANS_DOUBLE)
        if ruling.counted and ticket:
            self.log.admit(entry, ticket)
            used = replace(ticket, left=ticket.places - ruling.counted)
            return self._answered(scan.seq, entry, used)
        if not self.log.record(entry):
            raise TicketBusy(entry.ticket_id or f"of scan {entry.scan_id}")
        return self._answered(scan.seq, entry, ticket)

    def _corrected(
        self,
        scan: Scan,
        entry: Admission,
        ruling: Ruling,
        target: Admission | None,
        latest: Correction | None,
    ) -> Answer:
        """Store the entry and, if the ruling corrects `target`, what is left of that."""
        ticket = self._current(target.ticket_id) if target else None
        if target is None or ruling.verdict not in CORRECTIONS:
            return self._noted(scan, entry, replace(ruling, counted=0), ticket)
        if ticket is None:
            return self._noted(scan, entry, Ruling(Verdict.REFUSED, reason="unreadable"), None)
        entry = _with(entry, ruling, ticket)
        self.log.correct(entry, _correction(entry, target, latest), ticket)
        back = replace(ticket, left=ticket.places + ruling.counted)
        return self._answered(scan.seq, entry, back)

    def _cloned(self, scan: Scan, entry: Admission) -> Answer:
        """Store a second scan of a number: somebody copied the device's storage, or has its key."""
        logger.error("two scans have the same number", scan=entry.scan_id)
        count(SCANS_CLONED)
        entry = replace(entry, verdict=Verdict.CLONED, people=scan.count)
        self.log.record_clone(entry)
        return Answer(scan.seq, entry)

    def _answered(self, seq: int, entry: Admission, ticket: Ticket | None = None) -> Answer:
        if ticket is None and entry.ticket_id:
            ticket = self._readable(entry.ticket_id)
        first = self.log.entry(entry.event_id, entry.collides) if entry.collides else None
        return Answer(seq, entry, ticket, first)

    def _current(self, ticket_id: str) -> Ticket | None:
        """Return the ticket, or the last that replaced it; None if there is no readable one."""
        try:
            return current(self.tickets, ticket_id)
        except UnreadableTicket:
            return None

    def _readable(self, ticket_id: str) -> Ticket | None:
        try:
            return self.tickets.get(ticket_id)
        except UnreadableTicket:
            return None

    def _ticket_of(self, scan: Scan) -> Ticket | None:
        ticket_id = ticket_named(scan)
        return self.tickets.get(ticket_id) if ticket_id else None


def _entry(device: Device, scan: Scan, now: datetime) -> Admission:
    """Return the entry of a scan before anything is decided about it."""
    return Admission(
        event_id=device.event_id,
        scan_id=numbered(device.device_id, scan.seq),
        gate=device.gate,
        action=scan.action,
        verdict=Verdict.REFUSED,
        at=scan.moment,
        arrived_at=now,
        said=scan.said,
        signature=scan.signature,
        hash=hash_of(scan.signed_text(device.event_id, device.device_id)),
        refers_to=scan.refers_to,
        by_hand=scan.by_hand,
        override=scan.override,
        list_as_of=scan.list_as_of,
        previous=scan.previous,
        offset_ms=scan.offset_ms,
    )


def _correction(entry: Admission, target: Admission, latest: Correction | None) -> Correction:
    """Return what is left of `target` once `entry` is taken from it."""
    before = latest or target
    return Correction(
        event_id=target.event_id,
        scan_id=target.scan_id,
        number=latest.number + 1 if latest else 1,
        by=entry.scan_id,
        people=before.people - entry.people,
        counted=before.counted - entry.counted,
    )


def _with(entry: Admission, ruling: Ruling, ticket: Ticket | None) -> Admission:
    return replace(
        entry,
        verdict=ruling.verdict,
        ticket_id=ticket.ticket_id if ticket else "",
        sku=ticket.sku if ticket else "",
        people=ruling.people,
        counted=ruling.counted,
        reason=ruling.reason,
        since=ruling.since,
        other_event=ruling.other_event,
        collides=ruling.collides,
    )
