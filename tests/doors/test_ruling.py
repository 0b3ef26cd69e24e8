"""What becomes of a scan, as tables."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import (
    NOW,
    a_device,
    a_line,
    an_admission,
    an_event,
    an_order,
    tickets_for,
)
from ticketing.doors.admission import Admission, Correction, Verdict
from ticketing.doors.device import OPEN_AFTER, Device, Role
from ticketing.doors.ruling import LOWER_WITHIN, Ruling, accept, correct, follow, rule
from ticketing.doors.scan import Action, Override, Said, Scan
from ticketing.orders.order import VoidReason
from ticketing.tickets.ticket import Ticket, TicketStatus

OPENS = NOW + timedelta(hours=1)
EVENT = an_event(doors_at=OPENS)
LATE = OPENS + timedelta(minutes=1)
STEWARD = a_device()
SUPERVISOR = replace(STEWARD, device_id="DM4T8", role=Role.SUPERVISOR)
REVOKED = replace(STEWARD, revoked_at=NOW)
TICKET = tickets_for(an_order(lines=(a_line(admits=4, quantity=1),)))[0]
OTHERS = tickets_for(an_order(event_id="6"))[0]
USED = replace(TICKET, left=0, last_scan="DM4T8#000044")
VOID = replace(TICKET, status=TicketStatus.VOID, void_reason=VoidReason.REFUNDED, changed_at=NOW)


def a_scan(**changes: Any) -> Scan:  # noqa: ANN401  # of any field
    scan = Scan(
        seq=121,
        at=LATE.isoformat(),
        offset_ms=0,
        action=Action.ADMIT,
        text=TICKET.qr_text,
        count=0,
        said=Said.ASKING,
        by_hand=False,
        override=Override.NONE,
        refers_to="",
        list_as_of="",
        previous="",
        signature="",
    )
    return replace(scan, **changes)


ASKS = a_scan()
TYPED = a_scan(text=TICKET.ticket_id, by_hand=True)
WENT_IN = a_scan(said=Said.ADMITTED, count=4)
NOT_LISTED = a_scan(said=Said.UNKNOWN, count=4)
INSISTS = a_scan(override=Override.ALREADY)

CASES: dict[str, tuple[Scan, Device, Ticket | None, Ruling]] = {
    # asked
    "all that are left": (ASKS, STEWARD, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "the rest of them": (ASKS, STEWARD, replace(TICKET, left=1), Ruling(Verdict.ADMITTED, 1, 1)),
    "fewer": (a_scan(count=3), STEWARD, TICKET, Ruling(Verdict.ADMITTED, 3, 3)),
    "more than are left": (a_scan(count=9), STEWARD, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "nobody is left": (ASKS, STEWARD, USED, Ruling(Verdict.ALREADY, collides="DM4T8#000044")),
    "no row": (ASKS, STEWARD, None, Ruling(Verdict.UNKNOWN)),
    "void": (ASKS, STEWARD, VOID, Ruling(Verdict.VOID, reason="refunded", since=NOW)),
    "void, nobody knows why": (
        ASKS,
        STEWARD,
        replace(VOID, void_reason=None),
        Ruling(Verdict.VOID, since=NOW),
    ),
    "void and used": (
        ASKS,
        STEWARD,
        replace(VOID, left=0),
        Ruling(Verdict.VOID, reason="refunded", since=NOW),
    ),
    "of another event": (
        a_scan(text=OTHERS.qr_text),
        STEWARD,
        OTHERS,
        Ruling(Verdict.WRONG_EVENT, other_event="6"),
    ),
    "of another event by its row": (
        ASKS,
        STEWARD,
        replace(TICKET, event_id="6"),
        Ruling(Verdict.ALTERED, other_event="6"),
    ),
    "another signature": (
        ASKS,
        STEWARD,
        replace(TICKET, qr_text="TICKET:"),
        Ruling(Verdict.ALTERED),
    ),
    "no ticket of ours": (a_scan(text="https://x"), STEWARD, None, Ruling(Verdict.ALTERED)),
    "nobody is left, and nobody knows since when": (
        ASKS,
        STEWARD,
        replace(USED, last_scan=None),
        Ruling(Verdict.ALREADY),
    ),
    # by hand, overrides
    "typed by a steward": (
        TYPED,
        STEWARD,
        TICKET,
        Ruling(Verdict.REFUSED, reason="not_supervisor"),
    ),
    "typed by a supervisor": (TYPED, SUPERVISOR, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "typed, of another event": (
        replace(TYPED, text=OTHERS.ticket_id),
        SUPERVISOR,
        OTHERS,
        Ruling(Verdict.WRONG_EVENT, other_event="6"),
    ),
    "a steward insists": (
        INSISTS,
        STEWARD,
        USED,
        Ruling(Verdict.REFUSED, reason="not_supervisor"),
    ),
    "a supervisor insists": (
        INSISTS,
        SUPERVISOR,
        USED,
        Ruling(Verdict.ADMITTED, 1, 0, collides="DM4T8#000044"),
    ),
    "a supervisor insists on three": (
        replace(INSISTS, count=3),
        SUPERVISOR,
        USED,
        Ruling(Verdict.ADMITTED, 3, 0, collides="DM4T8#000044"),
    ),
    "a supervisor insists on a void one": (
        INSISTS,
        SUPERVISOR,
        VOID,
        Ruling(Verdict.VOID, reason="refunded", since=NOW),
    ),
    # facts
    "went in": (WENT_IN, STEWARD, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "went in, not counted by the device": (
        replace(WENT_IN, count=0),
        STEWARD,
        TICKET,
        Ruling(Verdict.ADMITTED, 4, 4),
    ),
    "went in twice": (
        WENT_IN,
        STEWARD,
        USED,
        Ruling(Verdict.DOUBLE, 4, 0, collides="DM4T8#000044"),
    ),
    "went in twice, not counted by the device": (
        replace(WENT_IN, count=0),
        STEWARD,
        USED,
        Ruling(Verdict.DOUBLE, 4, 0, collides="DM4T8#000044"),
    ),
    "some went in twice": (
        WENT_IN,
        STEWARD,
        replace(USED, left=3),
        Ruling(Verdict.DOUBLE, 4, 3, collides="DM4T8#000044"),
    ),
    "went in with a void one": (
        WENT_IN,
        STEWARD,
        VOID,
        Ruling(Verdict.VOID, 4, reason="refunded", since=NOW),
    ),
    "went in twice, and nobody knows after whom": (
        WENT_IN,
        STEWARD,
        replace(USED, last_scan=None),
        Ruling(Verdict.DOUBLE, 4),
    ),
    "went in, by hand of a steward": (
        replace(WENT_IN, text=TICKET.ticket_id, by_hand=True),
        STEWARD,
        TICKET,
        Ruling(Verdict.REFUSED, 4, reason="not_supervisor"),
    ),
    "went in with what is no ticket of ours": (
        replace(WENT_IN, text="https://x"),
        STEWARD,
        None,
        Ruling(Verdict.ALTERED, 4),
    ),
    "went in with another signature": (
        WENT_IN,
        STEWARD,
        replace(TICKET, qr_text="TICKET:"),
        Ruling(Verdict.ALTERED, 4),
    ),
    "went in with another event's by its row": (
        WENT_IN,
        STEWARD,
        replace(TICKET, event_id="6"),
        Ruling(Verdict.ALTERED, 4, other_event="6"),
    ),
    "went in, by a number that has the form of a code": (
        replace(WENT_IN, text=OTHERS.qr_text, by_hand=True),
        SUPERVISOR,
        None,
        Ruling(Verdict.UNKNOWN, 4),
    ),
    "went in, not on the list": (NOT_LISTED, STEWARD, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "went in, and there is no row": (NOT_LISTED, STEWARD, None, Ruling(Verdict.UNKNOWN, 4)),
    "went in with another event's": (
        replace(WENT_IN, text=OTHERS.qr_text),
        STEWARD,
        OTHERS,
        Ruling(Verdict.WRONG_EVENT, 4, other_event="6"),
    ),
    "turned away as unknown": (
        a_scan(said=Said.UNKNOWN),
        STEWARD,
        TICKET,
        Ruling(Verdict.UNKNOWN),
    ),
    "turned away": (a_scan(said=Said.VOID, count=4), STEWARD, TICKET, Ruling(Verdict.VOID)),
    # devices that may not
    "revoked": (ASKS, REVOKED, TICKET, Ruling(Verdict.AFTER_REVOCATION)),
    "revoked, and turned away": (
        a_scan(said=Said.VOID, count=4),
        REVOKED,
        TICKET,
        Ruling(Verdict.AFTER_REVOCATION),
    ),
    "revoked, and went in": (WENT_IN, REVOKED, TICKET, Ruling(Verdict.AFTER_REVOCATION, 4)),
    "revoked, and went in with a void one": (
        WENT_IN,
        REVOKED,
        VOID,
        Ruling(Verdict.AFTER_REVOCATION, 4),
    ),
    "revoked, and went in with one that there is not": (
        WENT_IN,
        REVOKED,
        None,
        Ruling(Verdict.AFTER_REVOCATION, 4),
    ),
    "revoked, and went in with another event's": (
        replace(WENT_IN, text=OTHERS.qr_text),
        REVOKED,
        OTHERS,
        Ruling(Verdict.AFTER_REVOCATION, 4, reason="wrong_event"),
    ),
    "revoked, and went in with another signature": (
        WENT_IN,
        REVOKED,
        replace(TICKET, qr_text="TICKET:"),
        Ruling(Verdict.AFTER_REVOCATION, 4, reason="altered"),
    ),
    "revoked, and went in by hand of a steward": (
        replace(WENT_IN, text=TICKET.ticket_id, by_hand=True),
        REVOKED,
        TICKET,
        Ruling(Verdict.AFTER_REVOCATION, 4, reason="refused"),
    ),
    "revoked, and went in by hand of a supervisor": (
        replace(WENT_IN, text=TICKET.ticket_id, by_hand=True),
        replace(SUPERVISOR, revoked_at=NOW),
        TICKET,
        Ruling(Verdict.AFTER_REVOCATION, 4),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_admission(case: str) -> None:
    scan, device, ticket, ruling = CASES[case]

    assert rule(scan, device, EVENT, ticket, LATE) == ruling


def test_what_an_expired_device_sends_is_late_as_well() -> None:
    over = replace(EVENT, ends_at=LATE - OPEN_AFTER)

    assert rule(ASKS, STEWARD, over, TICKET, LATE) == Ruling(Verdict.AFTER_REVOCATION)


@pytest.mark.parametrize(
    ("now", "changes", "verdict"),
    [
        (OPENS - timedelta(seconds=1), {}, Verdict.NOT_YET),
        (OPENS, {}, Verdict.ADMITTED),
        (NOW, {"override": Override.NOT_YET}, Verdict.ADMITTED),
        (NOW, {"override": Override.ALREADY}, Verdict.NOT_YET),
        (NOW, {"said": Said.ADMITTED, "count": 4}, Verdict.ADMITTED),
    ],
)
def test_doors_open_at_their_time(now: datetime, changes: dict[str, Any], verdict: Verdict) -> None:
    ruling = rule(a_scan(**changes), SUPERVISOR, EVENT, TICKET, now)

    assert ruling.verdict is verdict
    assert ruling.since == (OPENS if verdict is Verdict.NOT_YET else None)


@pytest.mark.parametrize(
    ("override", "ruling"),
    [
        (Override.NONE, Ruling(Verdict.ALREADY, collides="D2222#000007")),
        (Override.NOT_YET, Ruling(Verdict.ALREADY, collides="D2222#000007")),
        (Override.ALREADY, Ruling(Verdict.ADMITTED, 1, 0, collides="D2222#000007")),
    ],
)
def test_who_is_in_already_hears_that_before_doors_open_as_well(
    override: Override, ruling: Ruling
) -> None:
    used = replace(TICKET, left=0, last_scan="D2222#000007")

    assert rule(a_scan(override=override), SUPERVISOR, EVENT, used, NOW) == ruling


def test_an_event_that_does_not_say_when_its_doors_open_is_open() -> None:
    assert rule(ASKS, STEWARD, an_event(), TICKET, NOW).verdict is Verdict.ADMITTED


# ---- what an operator counts of a revoked device

LATE_ENTRY = an_admission(verdict=Verdict.AFTER_REVOCATION, people=4, counted=0)
ACCEPTED: dict[str, tuple[Admission, Ticket | None, Ruling]] = {
    "all have a place": (LATE_ENTRY, TICKET, Ruling(Verdict.ADMITTED, 4, 4)),
    "some have a place": (
        LATE_ENTRY,
        replace(USED, left=1),
        Ruling(Verdict.DOUBLE, 4, 1, collides="DM4T8#000044"),
    ),
    "no row": (LATE_ENTRY, None, Ruling(Verdict.UNKNOWN, 4)),
    "void by now": (LATE_ENTRY, VOID, Ruling(Verdict.VOID, 4, reason="refunded", since=NOW)),
    "altered": (replace(LATE_ENTRY, reason="altered"), TICKET, Ruling(Verdict.ALTERED, 4)),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_people_of_a_revoked_device(case: str) -> None:
    entry, ticket, ruling = ACCEPTED[case]

    assert accept(entry, ticket) == ruling


# ---- corrections

IN = an_admission(scan_id="D7KQ2#000100", at=LATE, people=4, counted=4)
UNDO = a_scan(action=Action.UNDO, text="", refers_to=IN.scan_id)
LOWER = a_scan(action=Action.LOWER, text="", refers_to=IN.scan_id, count=1)
ONE_LEFT = Correction("5", IN.scan_id, 1, "D7KQ2#000101", people=1, counted=1)
NONE_LEFT = replace(ONE_LEFT, people=0, counted=0)
OTHER_GATES = replace(IN, scan_id="D2222#000100")
DOUBLE = replace(IN, verdict=Verdict.DOUBLE, counted=1)
PAST = LATE + LOWER_WITHIN + timedelta(milliseconds=1)


def refused(reason: str) -> Ruling:
    return Ruling(Verdict.REFUSED, reason=reason)


Case = tuple[Scan, Device, Admission | None, Correction | None, Ruling]
CORRECTIONS: dict[str, Case] = {
    "undo": (UNDO, SUPERVISOR, IN, None, Ruling(Verdict.UNDONE, 4, 4)),
    "undo the rest": (UNDO, SUPERVISOR, IN, ONE_LEFT, Ruling(Verdict.UNDONE, 1, 1)),
    "undo again": (UNDO, SUPERVISOR, IN, NONE_LEFT, refused("repeated")),
    "undo by a steward": (UNDO, STEWARD, IN, None, refused("not_supervisor")),
    "undo a double one": (UNDO, SUPERVISOR, DOUBLE, None, Ruling(Verdict.UNDONE, 4, 1)),
    "undo a refusal": (
        UNDO,
        SUPERVISOR,
        replace(IN, verdict=Verdict.VOID),
        None,
        refused("not_admitted"),
    ),
    "undo nothing": (UNDO, SUPERVISOR, None, None, refused("no_such_scan")),
    "undo with a number": (
        replace(UNDO, count=3),
        SUPERVISOR,
        IN,
        None,
        Ruling(Verdict.UNDONE, 4, 4),
    ),
    "undo by a revoked one": (UNDO, REVOKED, IN, None, Ruling(Verdict.AFTER_REVOCATION)),
    "lower": (LOWER, STEWARD, IN, None, Ruling(Verdict.LOWERED, 3, 3)),
    "lower a double one": (
        replace(LOWER, count=2),
        STEWARD,
        DOUBLE,
        None,
        Ruling(Verdict.LOWERED, 2, 0),
    ),
    "lower to all": (replace(LOWER, count=4), STEWARD, IN, None, refused("not_fewer")),
    "lower to none": (replace(LOWER, count=0), STEWARD, IN, None, refused("not_fewer")),
    "lower to the same": (LOWER, STEWARD, IN, ONE_LEFT, refused("not_fewer")),
    "lower what was undone": (LOWER, STEWARD, IN, NONE_LEFT, refused("repeated")),
    "lower another device's": (LOWER, STEWARD, OTHER_GATES, None, refused("not_its_own")),
    "lower after a minute": (
        replace(LOWER, at=PAST.isoformat()),
        STEWARD,
        IN,
        None,
        refused("too_late"),
    ),
    "lower with a minute's delay, by its clock": (
        replace(LOWER, at=PAST.isoformat(), offset_ms=-1),
        STEWARD,
        IN,
        None,
        Ruling(Verdict.LOWERED, 3, 3),
    ),
}


@pytest.mark.parametrize("case", CORRECTIONS)
def test_a_correction(case: str) -> None:
    scan, device, target, latest, ruling = CORRECTIONS[case]

    assert correct(scan, device, target, latest, is_open=device is not REVOKED) == ruling


# ---- what a steward did without the answer

LET_IN = replace(WENT_IN, refers_to=IN.scan_id)
TURNED_AWAY = a_scan(said=Said.ALREADY, refers_to=IN.scan_id)
ALREADY = replace(IN, verdict=Verdict.ALREADY, people=0, counted=0)

FOLLOWED: dict[str, tuple[Scan, Device, Admission | None, Correction | None, Ruling | None]] = {
    "let in, as we said": (LET_IN, STEWARD, IN, None, Ruling(Verdict.ADMITTED)),
    "let in, uncounted": (replace(LET_IN, count=0), STEWARD, IN, None, Ruling(Verdict.ADMITTED)),
    "let in more than we said": (LET_IN, STEWARD, IN, ONE_LEFT, Ruling(Verdict.DOUBLE, 3)),
    "let in fewer than we said": (
        replace(LET_IN, count=1),
        STEWARD,
        IN,
        None,
        Ruling(Verdict.LOWERED, 3, 3),
    ),
    "let in fewer, and some had no place": (
        replace(LET_IN, count=1),
        STEWARD,
        replace(IN, counted=2),
        None,
        Ruling(Verdict.LOWERED, 3, 1),
    ),
    "let in, and it was undone": (LET_IN, STEWARD, IN, NONE_LEFT, None),
    "let in, against us": (LET_IN, STEWARD, ALREADY, None, None),
    "let in, and we never heard": (LET_IN, STEWARD, None, None, None),
    "let in, another device's": (LET_IN, STEWARD, OTHER_GATES, None, None),
    "let in, revoked": (LET_IN, REVOKED, IN, None, None),
    "turned away, against us": (TURNED_AWAY, STEWARD, IN, None, Ruling(Verdict.UNDONE, 4, 4)),
    "turned away, after some left": (
        TURNED_AWAY,
        STEWARD,
        IN,
        ONE_LEFT,
        Ruling(Verdict.UNDONE, 1, 1),
    ),
    "turned away, as we said": (TURNED_AWAY, STEWARD, ALREADY, None, None),
    "asked": (replace(ASKS, refers_to=IN.scan_id), STEWARD, IN, None, None),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_what_a_steward_did_without_the_answer(case: str) -> None:
    scan, device, target, latest, ruling = FOLLOWED[case]

    assert follow(scan, device, target, latest, is_open=device is not REVOKED) == ruling
