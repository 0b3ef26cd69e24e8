"""`events guests` and `events sales` on the tables: what is read, written, added up and named."""

import csv
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.test_commands import Run, run
from tests.support.aws import World
from tests.support.builders import NOW, a_line, an_order, tickets_for
from tests.support.stored import sell, store
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import OrderRow, PaymentRow, TicketRow, TicketTypeRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.orders.order import CLOSED, Customer, Order, OrderStatus, Origin
from ticketing.orders.refund import Refund, RefundStatus
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
    assert told.err == "", "progress is for what takes a while"
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


def sold(number: int, chance: random.Random, event_id: str = "5") -> None:
    """Store an order of a random kind as the functions would leave it, with its payment."""
    lines = tuple(
        a_line(sku=sku, quantity=chance.randint(1, 4), unit_price=Decimal(price))
        for sku, price in chance.choice([
            [("general", "15.15")],
            [("child", "0.00")],
            [("general", "15.15"), ("child", "0.00")],
            [("general", "15.15"), ("vip", "99.99")],
        ])
    )  # fmt: skip
    order = an_order(
        order_number=f"ORD-{chance.choice('ABC')}{number:04}", lines=lines, event_id=event_id
    )
    at = NOW + timedelta(hours=chance.randint(0, 200))
    status = chance.choice([OrderStatus.COMPLETED] * 4 + [*OrderStatus])
    order = replace(order, status=status, settled_at=at, holds_seats=status not in CLOSED)
    if status is OrderStatus.COMPLETED and not order.is_free:
        order = _paid(order, at)
        gone = chance.choice([None, None, RefundStatus.REFUNDED, *RefundStatus])
        if gone:
            paid_with = f"tx-{order.order_number}"
            back = Refund(paid_with, gone, order.total, at, settled_at=at + timedelta(days=2))
            is_void = back.went_back
            order = replace(order, refunds=(back,), voided_at=back.settled_at if is_void else None)
    if order.is_free and number % 2:
        order = replace(order, origin=Origin.GIVEN)
    if chance.random() < 0.1:
        second = Refund("tx-second", RefundStatus.REFUNDED, order.total, at, settled_at=at)
        order = replace(order, refunds=(*order.refunds, second))
    store(order)


def _paid(order: Order, at: datetime) -> Order:
    transaction_id = f"tx-{order.order_number}"
    PaymentRow(
        transaction_id,
        order_number=order.order_number,
        checkout_id="x",
        amount=order.total.amount,
        currency=order.total.currency,
        merchant_code="MC0001",
        accepted_at=at + timedelta(minutes=1),
        paid_at=at,
    ).save()
    return replace(order, transaction_id=transaction_id)


def number(item: dict[str, Any], name: str) -> Decimal:
    return Decimal(item[name]["N"])


def venue_day(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at.astimezone(ZoneInfo('Europe/Jersey')):%Y-%m-%d}"


def test_the_sums_are_those_of_the_raw_rows(
    run: Run, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second program: it knows the tables' attributes and none of our code."""
    chance = random.Random(17)
    sell()
    for one in range(40):
        sold(one, chance, event_id="6" if one % 8 == 7 else "5")
    rows = [row for row in world.items("OrdersTable") if row["event_id"]["S"] == "5"]
    ours = {row["order_number"]["S"] for row in rows}
    payments = {
        row["transaction_id"]["S"]: row
        for row in world.items("PaymentsTable")
        if row["order_number"]["S"] in ours
    }
    money_in = sum(number(row, "amount") for row in payments.values())
    by_day: Counter[str] = Counter()
    for row in payments.values():
        by_day[venue_day(row["paid_at"]["S"])] += number(row, "amount")  # type: ignore[assignment]
    back: Counter[str] = Counter()
    tickets: Counter[str] = Counter()
    for row in rows:
        many = sum(int(line["M"]["quantity"]["N"]) for line in row["lines"]["L"])
        if row["status"]["S"] == "completed":
            kind = row["origin"]["S"] if "origin" in row else "free"
            tickets[kind if not number(row, "total") else "sold"] += many
            tickets["void"] += many if "voided_at" in row else 0
        for refund in (one["M"] for one in row.get("refunds", {}).get("L", [])):
            kind, sum_ = refund["status"]["S"], number(refund, "amount")
            if kind in {"refunded", "charged_back"}:
                accepted = refund["transaction_id"]["S"] in payments
                back[kind if accepted else "besides"] += sum_  # type: ignore[assignment]

    run("events", "sales", "5", "--json")
    (facts,) = json.loads(capsys.readouterr().out)["currencies"]
    file = tmp_path / "sales.csv"
    run("events", "sales", "5", "--csv", str(file))
    lines = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))

    total = facts["total"]
    assert Decimal(total["money_in"]) == money_in > 0
    assert Decimal(total["refunded"]) == back["refunded"] > 0
    assert Decimal(total["charged_back"]) == back["charged_back"] > 0
    assert Decimal(facts["bought_nothing"]) == back["besides"] > 0
    assert {name: total[name] for name in ("sold", "free", "given", "void")} == tickets
    assert tickets["free"] > 0 < tickets["given"]
    assert {
        row["day"]: Decimal(row["money_in"]) for row in facts["days"] if row["money_in"] != "0.00"
    } == by_day
    for table in ("types", "days"):
        for name in total.keys() - {"currency"}:
            assert sum(Decimal(row[name]) for row in facts[table]) == Decimal(total[name])
    in_csv = [Decimal(row["money_in"]) for row in lines if row["line"] == "type"]
    assert sum(in_csv) == money_in


def test_sales_are_shown_and_written_as_a_page(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sell()
    order = _paid(an_order(status=OrderStatus.COMPLETED, settled_at=NOW), NOW)
    store(order)
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(147)])
    file = tmp_path / "sales.html"

    assert run("events", "sales", "5") == OK
    told = capsys.readouterr().out
    assert told.splitlines()[2].split() == [
        *("type", "seats", "held", "left", "sold", "free", "given", "cash", "void"),
        *("in", "refunded", "charged", "back", "kept", "in", "cash"),
    ]
    assert told.splitlines()[3].split() == [
        *("general", "150", "0", "147", "3", "0", "0", "0", "0"),
        *("£45.00", "£0.00", "£0.00", "£45.00", "£0.00"),
    ]
    assert "2026-06-01  3" in told

    assert run("events", "sales", "5", "--html", str(file)) == OK
    assert "Jersey Live: Summer Sounds" in file.read_text()


def test_orders_and_payments_that_cannot_be_read_are_named(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    sell(available=150)
    store(an_order(order_number="ORD-AAA111"))
    OrderRow("ORD-AAA111").update([OrderRow.total.set(Decimal(1))])
    store(an_order(order_number="ORD-AAA222", event_id="6"))
    OrderRow("ORD-AAA222").update([OrderRow.event_id.remove()])
    store(_paid(an_order(order_number="ORD-AAA333", status=OrderStatus.COMPLETED), NOW))
    PaymentRow("tx-ORD-AAA333").update([PaymentRow.amount.remove()])

    assert run("events", "sales", "5") == ATTENTION

    told = capsys.readouterr().err
    assert "not counted: order ORD-AAA111: its lines add up to 45.00, its total is 1" in told
    assert "not counted: order ORD-AAA222: it lacks event_id" in told
    assert "not counted: payment tx-ORD-AAA333: it lacks amount" in told
    assert "order ORD-AAA333 is completed for £45.00, and has no payment" in told
