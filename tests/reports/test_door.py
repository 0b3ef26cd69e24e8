"""The door report: who is in, who was refused, and what does not add up."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from tests.support.builders import (
    a_brand,
    a_device,
    a_line,
    a_ticket_type,
    an_admission,
    an_event,
    an_order,
    tickets_for,
)
from ticketing.doors.admission import Admission, Correction, Mark, Verdict
from ticketing.doors.device import Device
from ticketing.doors.log import Log, Row
from ticketing.doors.scan import Action, Override, Said
from ticketing.doors.signature import text_of
from ticketing.orders.order import VoidReason
from ticketing.reports import door_csv, door_page
from ticketing.reports.door import DoorReport, Facts, door_report
from ticketing.tickets.ticket import Ticket, TicketStatus

OPEN = datetime(2026, 7, 18, 17, 45, tzinfo=UTC)
"""A quarter to seven in the evening at the venue."""
ORDER = an_order(lines=(a_line(quantity=3, admits=2), a_line(sku="child", quantity=1)))
ONE, TWO, THREE, CHILD = tickets_for(ORDER)
KINDS = [a_ticket_type(), a_ticket_type(sku="child", name="Child", position=1)]
A, B = "D7KQ2", "DM4T8"


def device_of(device_id: str = A, **changes: Any) -> Device:
    """Return a device that was paired when the doors opened."""
    own = {"device_id": device_id, "gate": {A: "Gate A", B: "Gate B"}[device_id]}
    times = {"created_at": OPEN}
    paired = {"public_key": b"key", "paired_at": OPEN, "seen_at": OPEN}
    return a_device(**(own | times | paired | changes))


def a_scan(seq: int = 1, device_id: str = A, ticket: Ticket | None = ONE, **changes: Any) -> Row:
    """Return an entry that admits one person; it is chained to the number before."""

    def text(number: int) -> bytes:
        return f"{device_id} {number}".encode()

    at = changes.get("at", OPEN)
    previous = text_of(sha256(text(seq - 1)).digest()) if seq > 1 else ""
    entry = an_admission(
        scan_id=f"{device_id}#{seq:06}",
        gate=device_of(device_id).gate,
        at=at,
        arrived_at=at,
        hash=sha256(text(seq)).hexdigest(),
        previous=previous,
        ticket_id=ticket.ticket_id if ticket else "",
        sku=ticket.sku if ticket else "",
    )
    return Mark.SCAN, replace(entry, **changes)


def beside(row: Row, mark: Mark, **changes: Any) -> Row:
    entry = row[1]
    assert isinstance(entry, Admission)
    return mark, replace(entry, **changes)


def used(ticket: Ticket, people: int = 1, **changes: Any) -> Ticket:
    return replace(ticket, left=ticket.admits - people, **changes)


def refused(seq: int, verdict: Verdict, reason: str = "", **changes: Any) -> Row:
    return a_scan(seq, verdict=verdict, reason=reason, people=0, counted=0, **changes)


def reported(
    *rows: Row,
    tickets: Sequence[Ticket] = (ONE, TWO, THREE, CHILD),
    devices: Sequence[Device] | None = None,
    **changes: Any,
) -> DoorReport:
    if devices is None:
        highest = dict.fromkeys((A, B), 0)
        for mark, row in rows:
            if mark is Mark.SCAN:
                device_id, _, seq = row.scan_id.partition("#")
                highest[device_id] = max(highest[device_id], int(seq))
        devices = [device_of(d, highest=n) for d, n in highest.items()]
    facts = Facts(
        event=an_event(), kinds=KINDS, devices=devices, log=Log.of(rows), tickets=tickets,
        changing=frozenset(), unreadable=(), made_at=OPEN + timedelta(hours=3),
    )  # fmt: skip
    return door_report(replace(facts, **changes))


def table(report: DoorReport, name: str) -> list[dict[str, Any]]:
    found = report.table(name)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


FINDINGS = (
    "double", "void_in", "no_ticket", "void_since", "override", "undone", "after_revocation",
    "clone", "gap", "chain", "clock",
)  # fmt: skip


def test_an_evening_without_trouble_has_figures_and_no_finding() -> None:
    report = reported(
        a_scan(1, people=2, counted=2),
        a_scan(2, ticket=CHILD, at=OPEN + timedelta(minutes=20)),
        a_scan(1, B, TWO, at=OPEN + timedelta(minutes=14)),
        tickets=(used(ONE, 2), used(TWO), THREE, used(CHILD)),
    )

    assert (report.people, report.with_place, report.expected, report.absent) == (4, 4, 7, 3)
    assert table(report, "type") == [
        {"type": "general", "name": "General admission", "tickets": 3, "expected": 6, "in": 3,
         "no_shows": 3, "void": 0, "void_in": 0},
        {"type": "child", "name": "Child", "tickets": 1, "expected": 1, "in": 1,
         "no_shows": 0, "void": 0, "void_in": 0},
    ]  # fmt: skip
    assert [(r["gate"], r["people"], r["without_place"]) for r in table(report, "gate")] == [
        ("Gate A", 3, 0),
        ("Gate B", 1, 0),
    ]
    assert [(r["device"], r["people"], r["scans"]) for r in table(report, "device")] == [
        (A, 3, 2),
        (B, 1, 1),
    ]
    assert report.problems == ()
    assert [name for name in FINDINGS if table(report, name)] == []


def test_quarters_are_by_the_clock_of_the_scan_and_none_is_left_out() -> None:
    report = reported(
        a_scan(1),
        a_scan(2, at=OPEN + timedelta(minutes=14, seconds=59)),
        a_scan(3, at=OPEN + timedelta(minutes=45)),
        tickets=(used(ONE, 2), TWO, THREE, CHILD),
        changing=frozenset({ONE.ticket_id}),
    )

    assert [(r["at"], r["people"]) for r in table(report, "time")] == [
        (OPEN, 2),
        (OPEN + timedelta(minutes=15), 0),
        (OPEN + timedelta(minutes=30), 0),
        (OPEN + timedelta(minutes=45), 1),
    ]
    assert report.picture is not None
    assert [bar.text for bar in report.picture.bars] == [
        "2026-07-18 18:45: 2 with a place", "2026-07-18 19:30: 1 with a place",
    ]  # fmt: skip


@pytest.mark.parametrize("days", [-20_000, -1, 2, 10_000])
def test_a_clock_that_is_days_or_decades_off_does_not_stretch_the_picture(days: int) -> None:
    report = reported(
        a_scan(1), a_scan(2, at=OPEN + timedelta(days=days)),
        tickets=(used(ONE, 2), TWO, THREE, CHILD),
    )  # fmt: skip

    assert len(table(report, "time")) == 1
    assert (report.people, report.at_other_times) == (2, 1)


def test_an_event_of_weeks_has_wider_steps() -> None:
    long = an_event(ends_at=OPEN + timedelta(days=30))

    report = reported(a_scan(1), a_scan(2, at=OPEN + timedelta(days=28)), event=long,
                      changing=frozenset({ONE.ticket_id}))  # fmt: skip

    steps = table(report, "time")
    assert len(steps) <= 400
    assert sum(step["people"] for step in steps) == 2


def test_undone_and_lowered_people_are_not_in() -> None:
    lowered = a_scan(3, action=Action.LOWER, verdict=Verdict.LOWERED, people=1, counted=1,
                     refers_to=f"{A}#000001")  # fmt: skip
    undone = a_scan(1, B, ticket=TWO, action=Action.UNDO, verdict=Verdict.UNDONE, people=1,
                    counted=1, refers_to=f"{A}#000002")  # fmt: skip
    report = reported(
        a_scan(1, people=2, counted=2),
        a_scan(2, ticket=TWO),
        lowered,
        undone,
        (Mark.CORRECTION, Correction("5", f"{A}#000001", 1, f"{A}#000003", 1, 1)),
        (Mark.CORRECTION, Correction("5", f"{A}#000002", 1, f"{B}#000001", 0, 0)),
        tickets=(used(ONE), used(TWO, 0), THREE, CHILD),
    )

    assert (report.people, report.with_place) == (1, 1)
    assert report.problems == ()
    assert [(r["became"], r["people"], r["of"], r["ticket"]) for r in table(report, "undone")] == [
        ("lowered", 1, f"{A}#000001", ONE.ticket_id),
        ("undone", 1, f"{A}#000002", TWO.ticket_id),
    ]


def test_a_double_admission_names_both_and_who_came_later_by_the_time_of_the_scan() -> None:
    """The scan that arrived first was made later: the other gate had no network."""
    late_by = timedelta(minutes=5)
    late = OPEN + late_by
    report = reported(
        a_scan(1, at=late, people=2, counted=2),
        a_scan(1, B, verdict=Verdict.DOUBLE, counted=0, at=OPEN, arrived_at=2 * late_by + OPEN,
               collides=f"{A}#000001", said=Said.ADMITTED),
        tickets=(used(ONE, 2), TWO, THREE, CHILD),
    )  # fmt: skip

    assert table(report, "double") == [
        {"ticket": ONE.ticket_id, "people": 1, "gate": "Gate B", "device": B, "at": OPEN,
         "scan": f"{B}#000001", "other_gate": "Gate A", "other_device": A, "other_at": late,
         "other_scan": f"{A}#000001", "later": "Gate A", "undone": ""}
    ]  # fmt: skip
    assert (report.people, report.with_place) == (3, 2)
    assert [(r["gate"], r["without_place"]) for r in table(report, "gate")] == [
        ("Gate A", 0),
        ("Gate B", 1),
    ]
    assert report.problems == ()


def test_a_double_that_was_undone_says_so_and_the_last_correction_counts() -> None:
    scan = f"{B}#000001"
    lowered = Correction("5", scan, 1, f"{B}#000002", 1, 0)
    undone = Correction("5", scan, 2, f"{B}#000003", 0, 0)
    report = reported(
        a_scan(1),
        a_scan(1, B, verdict=Verdict.DOUBLE, people=2, counted=0, collides=f"{A}#000001"),
        (Mark.CORRECTION, undone),
        (Mark.CORRECTION, lowered),
        tickets=(used(ONE), TWO, THREE, CHILD),
    )

    (found,) = table(report, "double")
    assert (found["undone"], found["later"]) == ("yes", "at the same time")
    assert report.people == 1


def test_a_double_whose_other_scan_is_not_there_is_named_all_the_same() -> None:
    report = reported(
        a_scan(1, verdict=Verdict.DOUBLE, counted=0, collides=f"{B}#000009"),
        tickets=(ONE,),
    )

    (found,) = table(report, "double")
    assert (found["other_scan"], found["other_gate"], found["later"]) == (f"{B}#000009", "", "")


def test_void_tickets_that_are_in_are_named_apart() -> None:
    refund = OPEN + timedelta(minutes=30)
    gone = used(TWO, status=TicketStatus.VOID, void_reason=VoidReason.REFUNDED,
                changed_at=refund, last_scan=f"{A}#000002")  # fmt: skip
    report = reported(
        a_scan(1, verdict=Verdict.VOID, reason="refunded", since=OPEN, counted=0),
        a_scan(2, ticket=TWO),
        tickets=(replace(ONE, status=TicketStatus.VOID), gone, THREE, CHILD),
    )

    assert [(r["ticket"], r["reason"], r["since"]) for r in table(report, "void_in")] == [
        (ONE.ticket_id, "refunded", OPEN),
    ]
    assert table(report, "void_since") == [
        {"ticket": TWO.ticket_id, "people": 1, "reason": "refunded", "since": refund,
         "gate": "Gate A", "device": A, "at": OPEN}
    ]  # fmt: skip
    assert [(r["expected"], r["in"], r["void"], r["void_in"]) for r in table(report, "type")] == [
        (2, 0, 2, 1),
        (1, 0, 0, 0),
    ]
    assert (report.expected, report.absent) == (3, 3)
    assert report.problems == ()


def test_people_without_a_ticket_and_overrides_are_named() -> None:
    report = reported(
        a_scan(1, ticket=None, verdict=Verdict.UNKNOWN, counted=0, said=Said.UNKNOWN),
        a_scan(2, override=Override.NOT_YET),
        a_scan(3, override=Override.ALREADY, counted=0, collides=f"{A}#000002", by_hand=True),
        a_scan(4, override=Override.ALREADY, verdict=Verdict.REFUSED, people=0, counted=0),
        tickets=(used(ONE), TWO, THREE, CHILD),
    )

    assert [(r["became"], r["people"]) for r in table(report, "no_ticket")] == [("unknown", 1)]
    assert [(r["override"], r["scan"]) for r in table(report, "override")] == [
        ("not yet", f"{A}#000002"),
        ("already", f"{A}#000003"),
    ]
    assert (report.people, report.with_place) == (3, 1)
    assert report.problems == ()


def test_refusals_are_counted_by_their_reason() -> None:
    report = reported(
        refused(1, Verdict.ALREADY),
        refused(2, Verdict.ALREADY),
        refused(3, Verdict.VOID, "charged_back"),
        refused(4, Verdict.WRONG_EVENT),
        refused(5, Verdict.REFUSED, "not_supervisor"),
        refused(6, Verdict.REFUSED, "repeated", action=Action.UNDO),
        a_scan(7),
        tickets=(used(ONE), TWO, THREE, CHILD),
        devices=[device_of(A, highest=7, not_ours=4), device_of(B)],
    )

    assert [(r["reason"], r["scans"]) for r in table(report, "refusal")] == [
        ("not a ticket of ours", 4),
        ("already", 2),
        ("refused: not supervisor", 1),
        ("void: charged back", 1),
        ("wrong event", 1),
    ]
    assert [(r["device"], r["refused"], r["not_ours"]) for r in table(report, "device")] == [
        (A, 5, 4),
        (B, 0, 0),
    ]


def test_entries_after_a_revocation_count_once_they_are_accepted() -> None:
    first, second = (
        a_scan(seq, ticket=ticket, verdict=Verdict.AFTER_REVOCATION, counted=0, said=Said.ADMITTED)
        for seq, ticket in ((1, ONE), (2, TWO))
    )
    report = reported(
        first,
        second,
        beside(first, Mark.ACCEPTED, verdict=Verdict.ADMITTED, counted=1),
        tickets=(used(ONE), TWO, THREE, CHILD),
    )

    assert [(r["scan"], r["became"]) for r in table(report, "after_revocation")] == [
        (f"{A}#000001", "accepted: admitted"),
        (f"{A}#000002", "not counted"),
    ]
    assert (report.people, report.with_place) == (1, 1)
    assert report.problems == ()


def test_a_clone_needs_a_person_and_is_no_admission() -> None:
    scan = a_scan(1)
    report = reported(
        scan, beside(scan, Mark.CLONE, verdict=Verdict.CLONED, hash="00"),
        tickets=(used(ONE), TWO, THREE, CHILD),
    )  # fmt: skip

    assert [(r["scan"], r["people"]) for r in table(report, "clone")] == [(f"{A}#000001", 1)]
    assert report.people == 1
    assert report.problems == (f"{A} of Gate A has a copy: two scans have number 1",)


def test_numbers_that_never_came_are_named_up_to_the_highest_told() -> None:
    report = reported(
        a_scan(2),
        a_scan(5),
        devices=[device_of(A, highest=9, waiting=2), device_of(B, highest=1)],
        changing=frozenset({ONE.ticket_id}),
    )

    found = [(r["gate"], r["device"], r["numbers"], r["missing"]) for r in table(report, "gap")]
    assert found == [
        ("Gate A", A, "1", 1),
        ("Gate A", A, "3 to 4", 2),
        ("Gate A", A, "6 to 9", 4),
        ("Gate B", B, "1", 1),
    ]
    assert [r["waiting"] for r in table(report, "gap")] == [2, 2, 2, 0]


def test_a_device_that_is_gone_from_the_table_is_still_reported() -> None:
    report = reported(a_scan(3), devices=[], changing=frozenset({ONE.ticket_id}))

    assert [(r["device"], r["gate"], r["people"]) for r in table(report, "device")] == [
        (A, "Gate A", 1)
    ]
    assert [r["numbers"] for r in table(report, "gap")] == ["1 to 2"]


def test_a_chain_is_broken_where_an_entry_does_not_follow_the_one_before() -> None:
    report = reported(
        a_scan(1, previous="AAAA"),
        a_scan(2),
        a_scan(3, previous="BBBB"),
        a_scan(5),
        changing=frozenset({ONE.ticket_id}),
    )

    assert [r["scan"] for r in table(report, "chain")] == [f"{A}#000001", f"{A}#000003"]
    assert report.problems == (
        (
            f"{A} of Gate A: 2 entries do not follow the one before; "
            "the log is not what this device wrote"
        ),
    )


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        (timedelta(minutes=-2, milliseconds=-1), "2 min fast"),
        (timedelta(hours=3, minutes=5), "3 h 5 min slow"),
        (timedelta(minutes=2), None),
    ],
)
def test_a_clock_more_than_two_minutes_off_is_named(offset: timedelta, said: str | None) -> None:
    report = reported(
        a_scan(1, offset_ms=119_999), a_scan(2, offset_ms=int(offset.total_seconds() * 1000)),
        changing=frozenset({ONE.ticket_id}),
    )  # fmt: skip

    found = [(r["device"], r["clock"], r["scans"]) for r in table(report, "clock")]
    assert found == ([(A, said, 1)] if said else [])


def test_the_worst_of_a_clock_is_named_whichever_way_it_was_wrong() -> None:
    report = reported(
        a_scan(1, offset_ms=180_000), a_scan(2, offset_ms=-600_000),
        changing=frozenset({ONE.ticket_id}),
    )  # fmt: skip

    assert [(r["clock"], r["scans"]) for r in table(report, "clock")] == [("10 min fast", 2)]


def test_a_scan_from_the_future_shows_a_wrong_clock_too() -> None:
    report = reported(a_scan(1, at=OPEN + timedelta(minutes=3), arrived_at=OPEN),
                      changing=frozenset({ONE.ticket_id}))  # fmt: skip

    assert [(r["clock"], r["scans"]) for r in table(report, "clock")] == [
        ("scans from the future", 1)
    ]


def test_totals_that_disagree_are_named() -> None:
    report = reported(
        a_scan(1),
        a_scan(2, ticket=TWO),
        a_scan(3, ticket=replace(ONE, ticket_id="ORD-GONE99-01")),
        tickets=(used(ONE, 2), TWO, used(THREE), CHILD),
    )

    assert report.problems == (
        f"ticket {ONE.ticket_id} has 2 people in by its row, 1 by the log",
        f"ticket {TWO.ticket_id} has 0 people in by its row, 1 by the log",
        f"ticket {THREE.ticket_id} has 1 person in by its row, 0 by the log",
        "ticket ORD-GONE99-01 is in the log and not among the tickets of the event",
    )


def test_a_ticket_that_changed_while_it_was_read_is_not_compared() -> None:
    report = reported(a_scan(1), changing=frozenset({ONE.ticket_id}))

    assert report.problems == ()


def test_an_unreadable_ticket_is_named_once() -> None:
    row = f"ticket {ONE.ticket_id}: it lacks holder"
    report = reported(a_scan(1), tickets=(TWO,), unreadable=(row,))

    assert (report.problems, report.unreadable) == ((), (row,))


def test_thousands_of_disagreements_are_summed_up() -> None:
    many = [used(replace(ONE, ticket_id=f"ORD-{n:06}-01")) for n in range(1000)]

    report = reported(tickets=many)

    assert len(report.problems) == 51
    assert report.problems[-1] == "and 950 more tickets disagree with the log"


# ---- files


def eventful() -> DoorReport:
    return reported(
        a_scan(1, people=2, counted=2),
        a_scan(1, B, verdict=Verdict.DOUBLE, counted=0, collides=f"{A}#000001"),
        refused(2, Verdict.ALREADY),
        tickets=(used(ONE, 2), TWO, THREE, CHILD),
        event=an_event(name="<script>x</script>"),
        devices=[device_of(A, highest=5, gate="=1+1"), device_of(B, highest=1)],
    )


def test_the_csv_has_every_table_and_no_formula() -> None:
    made = door_csv.sheet(eventful())

    lines = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))
    kinds = [line["line"] for line in lines]
    assert {"sum", "type", "gate", "device", "time", "refusal", "double", "gap"} <= {*kinds}
    (double,) = [line for line in lines if line["line"] == "double"]
    assert (double["ticket"], double["at"]) == (ONE.ticket_id, "2026-07-18T17:45:00+00:00")
    (total,) = [line for line in lines if line["line"] == "sum"]
    assert (total["people"], total["with_place"]) == ("3", "2")
    assert not any(cell.startswith("=") for line in lines for cell in line.values() if cell)


def test_the_page_escapes_names_and_shows_tables_and_the_picture() -> None:
    made = door_page.page(eventful(), a_brand()).decode()

    assert "<script" not in made
    assert "<title>2026-07-18 18:45: 2 with a place</title>" in made
    assert 'class="without-a-place"' in made
    assert "Double admissions" in made
    assert "3 to 5" in made
    assert '<td class="text">18:45:00</td>' in made
    assert f"{B}#000001" in made


def test_a_page_of_nothing_says_so() -> None:
    made = door_page.page(reported(), a_brand()).decode()

    assert "Nobody has come in" in made
    assert "Nothing else was noticed" in made
