"""`doors report` on the tables, after an evening at two gates and in the office."""

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.cli.shop.test_doors_command import Capture, added
from tests.functions.conftest import Run, said
from tests.functions.test_check_in import issued, sold
from tests.support.aws import World
from tests.support.builders import a_line, an_order
from tests.support.phone import Phone
from tests.support.stored import LATER, store
from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.adapters.dynamodb.models import AdmissionRow, TicketRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.orders.order import OrderStatus, VoidReason
from ticketing.tickets.ticket import TicketStatus

pytestmark = pytest.mark.usefixtures("logged")
SHOW = LATER + timedelta(days=47, hours=5)
"""An hour and a half before the event begins."""


def an_evening(run: Run, capsys: Capture) -> tuple[Phone, Phone, Phone]:
    """Sell, open two gates and an office, and let people in, at times twice and void."""
    family, *_ = sold(lines=(a_line(admits=4, quantity=1),))
    one, two, three, four = sold(order_number="ORD-FOUR44", lines=(a_line(quantity=4),))
    a, b = added(run, capsys, "--steward", gate="Gate A"), added(run, capsys, gate="Gate B")
    office = added(run, capsys, "--supervisor", gate="Office")
    a.admit(family.qr_text, count=3)
    a.admit("", action="lower", count=2, refers_to=f"{a.device_id}#000001")
    a.admit(one.qr_text)
    b.admit(one.qr_text)
    b.admit(one.qr_text, said="admitted", count=1)
    b.admit(two.qr_text)
    office.admit("", action="undo", refers_to=f"{b.device_id}#000003")
    office.admit(one.ticket_id, by_hand=True, override="already")
    a.admit(three.qr_text)
    row = TicketRow(three.ticket_id)
    row.update([TicketRow.status.set(TicketStatus.VOID),
                TicketRow.void_reason.set(VoidReason.REFUNDED)])  # fmt: skip
    TicketRow(four.ticket_id).update([TicketRow.status.set(TicketStatus.VOID)])
    b.admit(four.qr_text, said="admitted", count=1)
    b.deliver(highest=b.seq + 2, waiting=1, not_ours=2)
    return a, b, office


@pytest.fixture
def evening(run: Run, capsys: Capture) -> tuple[Phone, Phone, Phone]:
    with time_machine.travel(SHOW, tick=False):
        return an_evening(run, capsys)


def at_the_show(run: Run, *arguments: str) -> int:
    with time_machine.travel(SHOW + timedelta(hours=1), tick=False):
        return run("doors", "report", "5", *arguments)


@pytest.mark.usefixtures("evening")
def test_the_figures_are_those_of_the_raw_rows(run: Run, world: World, capsys: Capture) -> None:
    """A second program: it knows the tables' attributes and none of our code."""
    people: Counter[str] = Counter()
    places = 0
    for row in world.items("AdmissionsTable"):
        if row["scan_id"]["S"].startswith("~"):
            continue
        sign = {"admit": 1, "undo": -1, "lower": -1}[row["action"]["S"]]
        went, had = (int(row.get(n, {"N": "0"})["N"]) for n in ("people", "counted"))
        scan = row["refers_to"]["S"] if sign < 0 else row["scan_id"]["S"]
        people[scan[:5]] += sign * went
        places += sign * had
    by_row = sum(
        int(row.get("admits", {"N": "1"})["N"]) - int(row["left"]["N"])
        for row in world.items("TicketsTable")
        if "left" in row
    )
    before = world.contents()

    assert at_the_show(run, "--json") == OK

    facts = said(capsys)
    assert world.contents() == before, "a report writes nothing"
    assert facts["with_place"] == places == by_row == 4
    assert facts["people"] == people.total() == 7
    assert {r["device"]: r["people"] for r in facts["device"]} == +people
    assert facts["problems"] == facts["unreadable"] == []
    assert sum(r["people"] for r in facts["time"]) == 7


def test_all_that_went_wrong_is_named(
    run: Run, evening: tuple[Phone, Phone, Phone], capsys: Capture
) -> None:
    a, b, office = (phone.device_id for phone in evening)

    assert at_the_show(run, "--json") == OK

    facts: dict[str, list[dict[str, Any]]] = said(capsys)
    (double,) = facts["double"]
    assert (double["ticket"], double["scan"], double["other_scan"]) == (
        "ORD-FOUR44-01", f"{b}#000002", f"{a}#000003",
    )  # fmt: skip
    assert double["at"] == "2026-07-18T17:05:00+00:00"
    assert [r["ticket"] for r in facts["void_in"]] == ["ORD-FOUR44-04"]
    assert [(r["ticket"], r["gate"]) for r in facts["void_since"]] == [("ORD-FOUR44-03", "Gate A")]
    assert [(r["override"], r["by_hand"]) for r in facts["override"]] == [("already", "yes")]
    assert sorted((r["became"], r["of"]) for r in facts["undone"]) == [
        ("lowered", f"{a}#000001"),
        ("undone", f"{b}#000003"),
    ]
    assert [(r["numbers"], r["missing"], r["waiting"]) for r in facts["gap"]] == [("5 to 6", 2, 1)]
    assert {r["reason"]: r["scans"] for r in facts["refusal"]} == {
        "already": 1, "not a ticket of ours": 2,
    }  # fmt: skip
    assert facts["clone"] == facts["chain"] == facts["clock"] == facts["no_ticket"] == []
    assert office in {r["device"] for r in facts["device"]}


@pytest.mark.usefixtures("evening")
def test_people_read_the_same_on_screen_in_the_file_and_on_the_page(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    sheet, page = tmp_path / "doors.csv", tmp_path / "doors.html"

    assert at_the_show(run) == OK
    told = capsys.readouterr().out
    assert "In: 7 people, 4 of them with a place on a ticket" in told
    assert "Expected: 6 people, 3 of them not in" in told
    assert "Double admissions: 1" in told
    assert "18:05:00" in told
    assert "Clocks" not in told, "what was not found is not listed"

    assert at_the_show(run, "--csv", str(sheet)) == OK
    assert at_the_show(run, "--html", str(page)) == OK
    capsys.readouterr()
    lines = list(csv.DictReader(sheet.read_text("utf-8-sig").splitlines()))
    assert [line["people"] for line in lines if line["line"] == "sum"] == ["7"]
    assert "ORD-FOUR44-04" in page.read_text()
    for text in (told, sheet.read_text(), page.read_text()):
        assert "Jane" not in text, "it names nobody"
    assert at_the_show(run, "--csv", str(sheet)) == FAILED
    assert "exists already" in capsys.readouterr().err


def test_totals_that_disagree_and_rows_that_cannot_be_read_need_a_person(
    run: Run, world: World, evening: tuple[Phone, Phone, Phone], capsys: Capture
) -> None:
    TicketRow("ORD-FOUR44-01").update([TicketRow.left.set(1)])
    a = evening[0].device_id
    AdmissionRow("5", f"{a}#000004").update([AdmissionRow.verdict.remove()])
    stray = {"event_id": {"S": "5"}, "scan_id": {"S": "what is this"}}
    world.put("AdmissionsTable", stray)

    assert at_the_show(run) == ATTENTION

    told = capsys.readouterr().err
    assert "ticketing: ticket ORD-FOUR44-01 has 0 people in by its row, 1 by the log" in told
    assert f"not counted: admission 5 {a}#000004: it lacks verdict" in told
    assert "not counted: admission 5 what is this: its key is not that of a scan" in told
    assert at_the_show(run, "--json") == ATTENTION
    assert len(said(capsys)["unreadable"]) == 2


def test_scans_that_come_in_while_the_tables_are_read_are_no_disagreement(
    run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, *_ = sold()
    phone = added(run, capsys)
    phone.admit(one.qr_text)
    read = EventRecords.tickets

    def slowly(self: EventRecords, event_id: str) -> Any:  # noqa: ANN401 - as it is
        pages = list(read(self, event_id))
        phone.admit(two.qr_text)
        return pages

    monkeypatch.setattr(EventRecords, "tickets", slowly)

    assert run("doors", "report", "5", "--json") == OK
    assert said(capsys)["problems"] == []
    TicketRow(one.ticket_id).update([TicketRow.left.set(1)])
    assert run("doors", "report", "5", "--json") == ATTENTION
    assert len(said(capsys)["problems"]) == 1, "what did not change is compared all the same"


def test_who_came_in_before_their_ticket_was_issued_anew_is_in_once(
    run: Run, capsys: Capture
) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, lines=(a_line(admits=4, quantity=1),)))
    (first,) = issued(order)
    gate = added(run, capsys, "--steward", gate="Gate A")
    gate.admit(first.qr_text, count=2)
    for ticket in (first.ticket_id, f"{first.ticket_id}-R1"):
        assert run("tickets", "reissue", ticket, "--reason", "its code was shared") == OK
    gate.admit(TicketRow.get(f"{first.ticket_id}-R2").qr_text, count=1)
    capsys.readouterr()

    assert run("doors", "report", "5", "--json") == OK

    facts = said(capsys)
    assert (facts["people"], facts["with_place"], facts["expected"]) == (3, 3, 4)
    assert facts["void_since"] == facts["problems"] == []
    assert [(row["in"], row["no_shows"], row["void_in"]) for row in facts["type"]] == [(3, 1, 0)]


def test_an_event_without_doors_has_an_empty_report(run: Run, capsys: Capture) -> None:
    sold()

    assert run("doors", "report", "5") == OK
    assert "Nobody has come in." in capsys.readouterr().out
    assert run("doors", "report", "77") == FAILED
    assert "event 77 cannot be read: there is no such row" in capsys.readouterr().err


@pytest.mark.usefixtures("evening")
def test_json_has_times_for_programs(run: Run, capsys: Capture) -> None:
    assert at_the_show(run, "--json") == OK
    facts = said(capsys)

    assert facts["as_of"] == "2026-07-18T18:05:00+00:00"
    assert facts["time"] == [
        {"at": "2026-07-18T17:00:00+00:00", "people": 7, "without_place": 3}
    ]  # fmt: skip
