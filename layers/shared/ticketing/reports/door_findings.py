"""What a door report names besides its figures: doubles, void tickets, overrides. Pure.

A door without a network cannot know everything, so most of these are nobody's mistake.
"""

from collections.abc import Iterator

from ticketing.doors.admission import Admission, Verdict
from ticketing.doors.scan import device_and_seq
from ticketing.reports.door_facts import Cell, Facts, Table, words
from ticketing.tickets.ticket import TicketStatus

Rows = Iterator[tuple[Cell, ...]]
SCAN = ("ticket", "people", "gate", "device", "at", "scan")
NO_TICKET = frozenset({Verdict.UNKNOWN, Verdict.ALTERED, Verdict.WRONG_EVENT, Verdict.REFUSED})


def findings(facts: Facts) -> tuple[Table, ...]:
    """Return all tables of findings; one without rows found nothing."""
    return (
        Table(
            "double",
            "Double admissions",
            "People went in twice with one ticket, because a door had no network. Who came later "
            "is judged by the times of the scans.",
            (*SCAN, "other_gate", "other_device", "other_at", "other_scan", "later", "undone"),
            tuple(_doubles(facts)),
        ),
        Table(
            "void_in",
            "Let in with a void ticket",
            "The door did not know yet that the ticket was void.",
            (*SCAN, "reason", "since"),
            tuple(_with(facts, Verdict.VOID)),
        ),
        Table(
            "no_ticket",
            "Let in without a ticket of this event",
            "The door had no network, and the server found no ticket of this event for the scan.",
            (*SCAN, "became"),
            tuple(_without_ticket(facts)),
        ),
        Table(
            "void_since",
            "Void, and was in",
            "These tickets became void after somebody had come in with them.",
            ("ticket", "people", "reason", "since", "gate", "device", "at"),
            tuple(_void_since(facts)),
        ),
        Table(
            "override",
            "Overrides",
            "A supervisor let in somebody whom the door would have refused.",
            (*SCAN, "override", "by_hand"),
            tuple(_overrides(facts)),
        ),
        Table(
            "undone",
            "Undone and lowered",
            "How many people of a scan were counted out again.",
            (*SCAN, "of", "became"),
            tuple(_corrections(facts)),
        ),
        Table(
            "after_revocation",
            "After a revocation",
            "These scans arrived after their device was revoked or had expired.",
            (*SCAN, "arrived_at", "became"),
            tuple(_after_revocation(facts)),
        ),
        Table(
            "clone",
            "Second scans of a number",
            "Somebody has a copy of the device, or its storage was restored. None of these counts.",
            (*SCAN, "arrived_at"),
            tuple((*_scan(one), one.arrived_at) for one in facts.log.clones),
        ),
    )


def _doubles(facts: Facts) -> Rows:
    for walk in facts.walks:
        if walk.entry.verdict is not Verdict.DOUBLE:
            continue
        other = facts.log.scans.get(walk.entry.collides)
        of_other: tuple[Cell, ...] = ("", "", None)
        later = ""
        if other:
            of_other = (other.gate, device_and_seq(other.scan_id)[0], other.at)
            later = _later(walk.entry, other)
        undone = "" if walk.people else "yes"
        yield *_scan(walk.entry), *of_other, walk.entry.collides, later, undone


def _later(one: Admission, other: Admission) -> str:
    if one.at == other.at:
        return "at the same time"
    return one.gate if one.at > other.at else other.gate


def _with(facts: Facts, verdict: Verdict) -> Rows:
    for entry in (walk.entry for walk in facts.walks):
        if entry.verdict is verdict:
            yield *_scan(entry), words(entry.reason), entry.since


def _without_ticket(facts: Facts) -> Rows:
    for entry in (walk.entry for walk in facts.walks):
        if entry.verdict in NO_TICKET:
            yield *_scan(entry), words(entry.verdict.value, entry.reason)


def _void_since(facts: Facts) -> Rows:
    for ticket in facts.tickets:
        people = ticket.admits - ticket.places
        if ticket.status is TicketStatus.VOID and people:
            last = facts.log.scans.get(ticket.last_scan or "")
            reason = words(ticket.void_reason.value) if ticket.void_reason else ""
            of_last: tuple[Cell, ...] = ("", "", None)
            if last:
                of_last = (last.gate, device_and_seq(last.scan_id)[0], last.at)
            yield ticket.ticket_id, people, reason, ticket.changed_at, *of_last


def _overrides(facts: Facts) -> Rows:
    for entry in (walk.entry for walk in facts.walks):
        if entry.override:
            by_hand = "yes" if entry.by_hand else ""
            yield *_scan(entry), words(entry.override.value), by_hand


def _corrections(facts: Facts) -> Rows:
    for entry in facts.scans:
        if entry.corrects:
            yield *_scan(entry), entry.refers_to, entry.verdict.value


def _after_revocation(facts: Facts) -> Rows:
    for entry in facts.scans:
        if entry.verdict is Verdict.AFTER_REVOCATION:
            accepted = facts.log.accepted.get(entry.scan_id)
            became = words("accepted", accepted.verdict.value) if accepted else "not counted"
            yield *_scan(entry), entry.arrived_at, became


def _scan(entry: Admission) -> tuple[Cell, ...]:
    device_id, _ = device_and_seq(entry.scan_id)
    return entry.ticket_id, entry.people, entry.gate, device_id, entry.at, entry.scan_id
