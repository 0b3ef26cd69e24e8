"""Decide what becomes of a scan: the verdicts of `docs/design/door.md`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.doors.admission import Admission, Correction, Verdict
from ticketing.doors.device import Device
from ticketing.doors.scan import Action, Override, Scan, device_and_seq
from ticketing.errors import InvalidQr
from ticketing.events.event import Event
from ticketing.tickets.qr import parse
from ticketing.tickets.ticket import Ticket, TicketStatus

LOWER_WITHIN = timedelta(seconds=60)
"""How long after a scan its device may still say that fewer people went in."""
CORRECTABLE = frozenset({Verdict.ADMITTED, Verdict.DOUBLE})


@dataclass(frozen=True)
class Ruling:
    """What becomes of a scan: the fields of its `Admission` that have to be decided."""

    verdict: Verdict
    people: int = 0
    counted: int = 0
    reason: str = ""
    since: datetime | None = None
    other_event: str = ""
    collides: str = ""


def ticket_named(scan: Scan) -> str | None:
    """Return the id of the ticket that was scanned; None if the text is not in our form."""
    if scan.by_hand:
        return scan.text
    try:
        return parse(scan.text).ticket_id
    except InvalidQr:
        return None


def event_named(scan: Scan) -> str | None:
    """Return the event that a code is for; None for a typed number or a text not in our form."""
    try:
        return None if scan.by_hand else parse(scan.text).event_id
    except InvalidQr:
        return None


def rule(scan: Scan, device: Device, event: Event, ticket: Ticket | None, now: datetime) -> Ruling:
    """Rule on a scan that admits; `ticket` is the one it names, None if there is no such row.

    If people were turned away before we heard of it, the verdict is what the screen said.
    """
    inside = scan.count if scan.let_people_in else 0
    if not device.is_open(event, now):
        reason = _hopeless(scan, device, event, ticket)
        return Ruling(Verdict.AFTER_REVOCATION, people=inside, reason=reason)
    if (scan.by_hand or scan.override) and not device.is_supervisor:
        return Ruling(Verdict.REFUSED, people=inside, reason="not_supervisor")
    if scan.is_fact and not scan.let_people_in:
        return Ruling(Verdict(scan.said.value))
    refused = _refused(scan, event, ticket, inside)
    if refused or ticket is None:
        return refused or Ruling(Verdict.UNKNOWN, people=inside)
    return _admit_past(scan, ticket) if scan.is_fact else _admit_now(scan, event, ticket, now)


def accept(entry: Admission, ticket: Ticket | None) -> Ruling:
    """Rule on people whom a revoked device let in, now that an operator counts them.

    `ticket` is its current state; None if there is no such row.
    """
    people = entry.people
    if entry.reason:
        return Ruling(Verdict(entry.reason), people=people)
    if ticket is None:
        return Ruling(Verdict.UNKNOWN, people=people)
    if ticket.status is TicketStatus.VOID:
        return _void(ticket, people)
    return _placed(people, ticket)


def correct(
    scan: Scan,
    device: Device,
    target: Admission | None,
    latest: Correction | None,
    *,
    is_open: bool,
) -> Ruling:
    """Rule on a scan that undoes or lowers `target`, of which `latest` is the last correction.

    `is_open` says whether the device still is.
    """
    if not is_open:
        return Ruling(Verdict.AFTER_REVOCATION)
    if target is None:
        return _refuse("no_such_scan")
    if target.verdict not in CORRECTABLE:
        return _refuse("not_admitted")
    people, counted = (latest or target).people, (latest or target).counted
    problem = _not_allowed(scan, device, target) or _not_fewer(scan, people)
    if problem:
        return _refuse(problem)
    kept = scan.count if scan.action is Action.LOWER else 0
    verdict = Verdict.LOWERED if scan.action is Action.LOWER else Verdict.UNDONE
    return Ruling(verdict, people=people - kept, counted=counted - min(counted, kept))


def follow(
    scan: Scan,
    device: Device,
    target: Admission | None,
    latest: Correction | None,
    *,
    is_open: bool,
) -> Ruling | None:
    """Rule on a scan that says what a steward did when no answer to `target` came in time.

    Return None unless `target` admitted people: the scan is then one like any other. Those who were
    let in are counted with `target`; the places of the others are given back.
    """
    if target is None or target.verdict is not Verdict.ADMITTED or not is_open:
        return None
    left = latest or target
    if not scan.is_fact or not left.people or _device_of(target) != device.device_id:
        return None
    if not scan.let_people_in:
        return Ruling(Verdict.UNDONE, people=left.people, counted=left.counted)
    inside = scan.count or left.people
    if inside > left.people:
        return Ruling(Verdict.DOUBLE, people=inside - left.people)
    if inside < left.people:
        gone = left.counted - min(left.counted, inside)
        return Ruling(Verdict.LOWERED, people=left.people - inside, counted=gone)
    return Ruling(Verdict.ADMITTED)


def _refused(scan: Scan, event: Event, ticket: Ticket | None, inside: int) -> Ruling | None:
    """Return why a ticket admits nobody here, however many places it has left."""
    named = event_named(scan)
    if named is not None and named != event.event_id:
        return Ruling(Verdict.WRONG_EVENT, people=inside, other_event=named)
    if ticket_named(scan) is None:
        return Ruling(Verdict.ALTERED, people=inside)
    if ticket is None:
        return None
    if ticket.event_id != event.event_id:
        verdict = Verdict.WRONG_EVENT if scan.by_hand else Verdict.ALTERED
        return Ruling(verdict, people=inside, other_event=ticket.event_id)
    if not scan.by_hand and ticket.qr_text != scan.text:
        return Ruling(Verdict.ALTERED, people=inside)
    return _void(ticket, inside) if ticket.status is TicketStatus.VOID else None


def _void(ticket: Ticket, inside: int) -> Ruling:
    reason = ticket.void_reason.value if ticket.void_reason else ""
    return Ruling(Verdict.VOID, people=inside, reason=reason, since=ticket.changed_at)


def _hopeless(scan: Scan, device: Device, event: Event, ticket: Ticket | None) -> str:
    """Return why a scan of a closed device can never count; "" if an operator may accept it.

    This is decided now because the log does not keep the text that would show it later.
    """
    if scan.by_hand and not device.is_supervisor:
        return Verdict.REFUSED.value
    refused = _refused(scan, event, ticket, 0)
    is_for_good = refused and refused.verdict in {Verdict.ALTERED, Verdict.WRONG_EVENT}
    return refused.verdict.value if refused and is_for_good else ""


def _admit_past(scan: Scan, ticket: Ticket) -> Ruling:
    return _placed(scan.count or ticket.places or ticket.admits, ticket)


def _placed(people: int, ticket: Ticket) -> Ruling:
    """Count the people who went in as far as there are places; if too few, name the scan before."""
    counted = min(people, ticket.places)
    if counted == people:
        return Ruling(Verdict.ADMITTED, people, counted)
    return Ruling(Verdict.DOUBLE, people, counted, collides=ticket.last_scan or "")


def _admit_now(scan: Scan, event: Event, ticket: Ticket, now: datetime) -> Ruling:
    if not ticket.places:
        collides = ticket.last_scan or ""
        if scan.override is Override.ALREADY:
            return Ruling(Verdict.ADMITTED, scan.count or 1, 0, collides=collides)
        return Ruling(Verdict.ALREADY, collides=collides)
    opens = event.doors_at
    if opens and now < opens and scan.override is not Override.NOT_YET:
        return Ruling(Verdict.NOT_YET, since=opens)
    people = min(scan.count or ticket.places, ticket.places)
    return Ruling(Verdict.ADMITTED, people, people)


def _not_allowed(scan: Scan, device: Device, target: Admission) -> str | None:
    if scan.action is Action.UNDO:
        return None if device.is_supervisor else "not_supervisor"
    if _device_of(target) != device.device_id:
        return "not_its_own"
    return "too_late" if abs(scan.moment - target.at) > LOWER_WITHIN else None


def _not_fewer(scan: Scan, people: int) -> str | None:
    """Return why there is nothing to correct: nobody is left in, or the count is not lower."""
    if not people:
        return "repeated"
    is_lower = scan.action is Action.LOWER
    return "not_fewer" if is_lower and not 0 < scan.count < people else None


def _device_of(entry: Admission) -> str:
    device_id, _ = device_and_seq(entry.scan_id)
    return device_id


def _refuse(reason: str) -> Ruling:
    return Ruling(Verdict.REFUSED, reason=reason)
