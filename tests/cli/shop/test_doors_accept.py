"""`doors accept`: what a revoked device had told of is counted, once, beside the log as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from tenacity import wait_none

from tests.cli.shop.test_doors_command import Capture, added
from tests.functions.conftest import Run, said
from tests.functions.test_check_in import left_of, sold
from tests.support.aws import World
from tests.support.builders import a_line
from tests.support.phone import Phone
from tests.support.stored import LATER
from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.models import AdmissionRow, TicketRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.doors.admission import Admission, Verdict
from ticketing.errors import TicketBusy
from ticketing.flows import optimistic
from ticketing.tickets.ticket import Ticket, TicketStatus

pytestmark = pytest.mark.usefixtures("logged")


def lost(run: Run, capsys: Capture, *texts: str, told: int | None = None) -> Phone:
    """Return a device that let people in offline, told how many, was lost, and then sent them."""
    phone = added(run, capsys, gate="Gate A")
    scans = [phone.scan(text, said="admitted", count=1) for text in texts]
    highest = len(scans) if told is None else told
    phone.deliver(highest=highest, waiting=highest)
    assert run("doors", "revoke", "5", phone.device_id) == OK
    for scan in scans:
        _, answer = phone.deliver(scan)
        assert answer["results"][0]["verdict"] == "after_revocation"
    capsys.readouterr()
    return phone


def log_of(world: World) -> dict[str, dict[str, object]]:
    return {row["scan_id"]["S"]: row for row in world.items("AdmissionsTable")}


def void(ticket: Ticket) -> None:
    TicketRow(ticket.ticket_id).update([TicketRow.status.set(TicketStatus.VOID)])


def test_what_it_had_told_of_is_counted_once_and_the_log_stays_as_it_was(
    run: Run, world: World, capsys: Capture
) -> None:
    one, two, three = sold()
    phone = lost(run, capsys, one.qr_text, two.qr_text, three.qr_text, told=2)
    before = log_of(world)
    contents = world.contents()
    assert run("doors", "accept", "5", phone.device_id, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == contents

    assert run("doors", "accept", "5", phone.device_id, "--json") == OK

    done = said(capsys)
    assert done == planned | {"written": True}
    assert [(e["scan"][5:], e["ticket"], e["verdict"]) for e in done["counted"]] == [
        ("#000001", one.ticket_id, "admitted"),
        ("#000002", two.ticket_id, "admitted"),
    ]
    assert [e["scan"][5:] for e in done["not_told_of"]] == ["#000003"]
    assert [left_of(ticket) for ticket in (one, two, three)] == [0, 0, None]
    after = log_of(world)
    assert {key: row for key, row in after.items() if key in before} == before
    assert sorted(after.keys() - before.keys()) == [
        f"+{phone.device_id}#000001",
        f"+{phone.device_id}#000002",
    ]
    beside = after[f"+{phone.device_id}#000001"]
    assert (beside["verdict"], beside["counted"]) == ({"S": "admitted"}, {"N": "1"})
    assert str(beside["by"]).startswith("{'S': 'arn:aws:")

    contents = world.contents()
    assert run("doors", "accept", "5", phone.device_id) == OK
    told = capsys.readouterr().out
    assert "Counted: 0 scans for 0 people" in told
    assert "Counted before: 2 scans" in told
    assert (
        f"Not counted, because it had reported scans only up to number 2: {phone.device_id}#000003"
        in told
    )
    assert world.contents() == contents


def test_double_and_void_tickets_are_named_and_use_up_nothing(run: Run, capsys: Capture) -> None:
    one, two, three = sold()
    other = added(run, capsys, gate="Gate B")
    phone = lost(run, capsys, one.qr_text, two.qr_text, three.qr_text)
    other.admit(one.qr_text)
    void(two)

    assert run("doors", "accept", "5", phone.device_id) == OK

    lines = capsys.readouterr().out.splitlines()
    first, second, third = (line for line in lines if "#00000" in line)
    assert f"double: {other.device_id}#000001 was counted before" in first
    assert "void" in second
    assert "admitted" in third
    assert "Counted: 3 scans for 3 people, 1 of them with a place" in lines[0]
    assert [left_of(ticket) for ticket in (one, two, three)] == [0, None, 0]
    (told,) = [r for r in AdmissionRow.query("5") if r.scan_id == f"+{phone.device_id}#000001"]
    assert told.collides == f"{other.device_id}#000001"
    assert not told.counted


def test_a_dry_run_knows_that_the_first_of_two_scans_takes_the_place(
    run: Run, capsys: Capture
) -> None:
    ticket, *_ = sold(lines=(a_line(admits=1, quantity=1),))
    phone = lost(run, capsys, ticket.qr_text, ticket.qr_text)

    assert run("doors", "accept", "5", phone.device_id, "--dry-run", "--json") == OK

    planned = said(capsys)
    assert [one["verdict"] for one in planned["counted"]] == ["admitted", "double"]
    assert left_of(ticket) is None
    run("doors", "accept", "5", phone.device_id, "--json")
    assert said(capsys)["counted"] == planned["counted"]


def test_a_code_that_no_door_takes_is_not_counted_because_a_thief_sent_it(
    run: Run, capsys: Capture
) -> None:
    one, two, *_ = sold()
    elsewhere, *_ = sold(order_number="ORD-EVENT6", event_id="6")
    copied = one.qr_text.partition("|VALID:")[0] + "|VALID:" + two.qr_text.partition("|VALID:")[2]
    phone = lost(run, capsys, copied, elsewhere.qr_text, "nothing of ours")

    assert run("doors", "accept", "5", phone.device_id, "--json") == OK

    assert [one["verdict"] for one in said(capsys)["counted"]] == [
        "altered", "wrong_event", "altered",
    ]  # fmt: skip
    assert left_of(one) is left_of(elsewhere) is None


def test_a_lost_answer_and_a_busy_ticket_count_nobody_twice(
    run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, *_ = sold(lines=(a_line(admits=2, quantity=2),))
    phone = lost(run, capsys, one.qr_text, two.qr_text)
    accept, calls = AdmissionLog.accept, []

    def late(*given: object) -> None:
        calls.append(given)
        if len(calls) == 1:
            raise TicketBusy(one.ticket_id)
        accept(*given)  # type: ignore[arg-type]  # as they came
        if len(calls) == 2:
            raise TicketBusy(one.ticket_id)

    monkeypatch.setattr(AdmissionLog, "accept", late)

    assert run("doors", "accept", "5", phone.device_id) == OK

    assert [left_of(one), left_of(two)] == [1, 1]
    assert len(calls) == 3


def test_a_ticket_that_stays_busy_is_named_and_the_others_are_counted(
    run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, *_ = sold()
    phone = lost(run, capsys, one.qr_text, two.qr_text)
    accept = AdmissionLog.accept

    def busy(log: AdmissionLog, entry: Admission, ticket: Ticket | None, by: str) -> None:
        if entry.ticket_id == one.ticket_id:
            raise TicketBusy(one.ticket_id)
        accept(log, entry, ticket, by)

    monkeypatch.setattr(AdmissionLog, "accept", busy)
    monkeypatch.setattr(optimistic, "wait_random_exponential", lambda **_: wait_none())

    assert run("doors", "accept", "5", phone.device_id) == ATTENTION

    told = capsys.readouterr()
    assert "Counted: 1 scan for 1 person" in told.out
    assert f"type the command again: scan {phone.device_id}#000001, whose" in told.err
    assert [left_of(one), left_of(two)] == [None, 0]


def test_two_operators_at_once_count_nobody_twice(run: Run, capsys: Capture) -> None:
    one, two, *_ = sold(lines=(a_line(admits=3, quantity=2),))
    phone = lost(run, capsys, one.qr_text, two.qr_text)
    run("doors", "accept", "5", phone.device_id)
    log, scans = AdmissionLog(), [f"{phone.device_id}#00000{n}" for n in (1, 2)]

    for ticket, scan in zip((one, two), scans, strict=True):
        entry = log.accepted("5", scan)
        assert entry
        for ruled in (entry, replace(entry, verdict=Verdict.VOID, counted=0)):
            with pytest.raises(TicketBusy):
                log.accept(ruled, ticket, "another operator")

    assert [left_of(one), left_of(two)] == [2, 2]


def test_what_was_accepted_is_known_at_the_other_gates(run: Run, capsys: Capture) -> None:
    ticket, *_ = sold()
    other = added(run, capsys, gate="Gate B")
    phone = lost(run, capsys, ticket.qr_text)
    run("doors", "accept", "5", phone.device_id)

    told = other.admit(ticket.qr_text)

    assert told["verdict"] == "already"
    assert (told["first"]["gate"], told["first"]["device"]) == ("Gate A", phone.device_id)


def test_a_ticket_that_cannot_be_read_is_named_and_left(run: Run, capsys: Capture) -> None:
    one, two, *_ = sold()
    phone = lost(run, capsys, one.qr_text, two.qr_text)
    TicketRow(one.ticket_id).update([TicketRow.holder.remove()])

    assert run("doors", "accept", "5", phone.device_id) == ATTENTION

    told = capsys.readouterr()
    assert f"cannot be read and is not counted: ticket {one.ticket_id}" in told.err
    assert left_of(two) == 0


def test_nobody_is_counted_for_a_device_that_is_not_revoked(run: Run, capsys: Capture) -> None:
    phone = added(run, capsys)

    assert run("doors", "accept", "5", phone.device_id) == FAILED
    assert f"is not revoked: `doors revoke 5 {phone.device_id}` first" in capsys.readouterr().err
    assert run("doors", "accept", "5", "D2222") == FAILED
    assert "event 5 has no device D2222" in capsys.readouterr().err


def test_what_an_expired_device_sends_is_counted_once_it_is_revoked(
    run: Run, capsys: Capture
) -> None:
    ticket, *_ = sold()
    phone = added(run, capsys)
    scan = phone.scan(ticket.qr_text, said="admitted", count=1)
    with time_machine.travel(LATER + timedelta(days=49), tick=False):
        _, answer = phone.deliver(scan)
        assert answer["results"][0]["verdict"] == "after_revocation"
        assert run("doors", "revoke", "5", phone.device_id) == OK
        assert run("doors", "accept", "5", phone.device_id) == OK

    assert left_of(ticket) == 0
