"""`events guests` on the tables: what is read, written and named."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import Run, run
from tests.support.aws import World
from tests.support.builders import NOW, a_line, an_order, tickets_for
from tests.support.stored import sell
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.orders.order import Customer
from ticketing.tickets.ticket import TicketStatus

__all__ = ["run"]


def issued(number: str, name: str, event_id: str = "5") -> list[str]:
    """Store the two tickets of an order; return their numbers."""
    order = an_order(
        order_number=number,
        customer=Customer(name, "someone@example.com"),
        lines=(a_line(quantity=2),),
        event_id=event_id,
    )
    tickets = tickets_for(order)
    for ticket in tickets:
        ticket_row(ticket, NOW).save()
    return [ticket.ticket_id for ticket in tickets]


def test_guests_are_listed_without_void_tickets_and_other_events(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    sell()
    issued("ORD-AAA111", "Zoë")
    gone, _ = issued("ORD-AAA222", "élise")
    TicketRow(gone).update([TicketRow.status.set(TicketStatus.VOID)])
    issued("ORD-AAA333", "Adam", event_id="6")

    assert run("events", "guests", "5") == OK

    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["name", "élise", "Zoë", "Zoë"]
    assert lines[-1] == "Jersey Live: Summer Sounds: 3 tickets for 3 people; 1 void, not listed"
    assert told.err == "  6 tickets of all events read ...\n"
    assert "@" not in told.out

    assert run("events", "guests", "5", "--json") == OK
    facts = json.loads(capsys.readouterr().out)
    assert (facts["void"], len(facts["guests"])) == (1, 3)


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbfname,"), ("pdf", b"%PDF-")])
def test_guests_are_written_to_a_new_file(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, begins: bytes
) -> None:
    sell()
    issued("ORD-AAA111", "Zoë")
    file = tmp_path / f"guests.{kind}"

    assert run("events", "guests", "5", f"--{kind}", str(file)) == OK
    assert f"Written: {file}." in capsys.readouterr().out
    made = file.read_bytes()
    assert made.startswith(begins)

    assert run("events", "guests", "5", f"--{kind}", str(file)) == FAILED
    assert "exists already" in capsys.readouterr().err
    assert file.read_bytes() == made


def test_tickets_that_cannot_be_read_are_named_on_screen_and_in_the_file(
    run: Run, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sell()
    first, second = issued("ORD-AAA111", "Zoë")
    lost, _ = issued("ORD-AAA222", "Adam", event_id="6")
    TicketRow(first).update([TicketRow.holder.remove()])
    TicketRow(lost).update([TicketRow.event_id.remove()])
    row = next(row for row in world.items("TicketsTable") if row["ticket_id"]["S"] == second)
    world.put("TicketsTable", row | {"status": {"S": "perhaps"}})
    file = tmp_path / "guests.csv"

    assert run("events", "guests", "5", "--csv", str(file)) == ATTENTION

    told = capsys.readouterr().err
    for ticket in (first, second, lost):
        assert f"cannot be read and is not counted: ticket {ticket}: " in told
        assert f"cannot be read: ticket {ticket}: " in file.read_text()


def test_guests_of_an_unknown_event_are_refused(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("events", "guests", "77") == FAILED
    assert "event 77 cannot be read: there is no such row" in capsys.readouterr().err
