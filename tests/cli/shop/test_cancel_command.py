"""`events cancel` on the tables, with realistic SumUp responses."""

import json
from decimal import Decimal

import pytest

from tests.functions.conftest import Run, SumUpAnswers, said
from tests.support.aws import World
from tests.support.builders import NOW, a_line, an_order, tickets_for
from tests.support.stored import (
    LATER,
    a_checkout,
    a_decision,
    a_mail,
    a_payment,
    audit_of,
    mail_of,
    paid,
    row_of,
    seats_left,
    store,
)
from ticketing.adapters.dynamodb.audit_reader import AuditReader
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.audit.rules import breaches
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.events.event import RefundPolicy
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action

pytestmark = pytest.mark.usefixtures("logged")
WHY = ("--reason", "a storm is coming")
PAID = "tx-ORD-ABC123"
FREE = (a_line(unit_price=Decimal(0)),)


def sold(sumup: SumUpAnswers) -> Order:
    """Sell three tickets; SumUp shows their payment."""
    order = store(an_order())
    payment = a_payment(id=PAID)
    decision = paid(payment=payment, checkout=a_checkout(transactions=(payment,)))
    OrderTable("verify_payment").complete(order, decision, tickets_for(order), [a_mail()], NOW)
    sumup.paid(order)
    return order


def given_away() -> Order:
    order = store(an_order(order_number="ORD-FREE11", lines=FREE, checkout_ids=()))
    decision = a_decision(Action.ISSUE, Reason.FREE, checkout=None)
    mail = a_mail(mail_id="ORD-FREE11#confirmation#1", order_number="ORD-FREE11")
    OrderTable("verify_payment").complete(order, decision, tickets_for(order), [mail], NOW)
    return order


def open_order(sumup: SumUpAnswers) -> Order:
    order = store(an_order(order_number="ORD-OPEN11", checkout_ids=("chk-open",)))
    sumup.checkout(order)
    sumup.deactivates(order)
    sumup.checkout(order, status="EXPIRED")
    return order


def rules_broken(order: Order) -> list[str]:
    look = AuditReader(order.deadline - order.created_at).look(order.order_number)
    assert look.snapshot is not None
    return [breach.rule for breach in breaches(look.snapshot, LATER)]


def test_an_event_is_cancelled_once_and_everything_of_it_settled(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = (sold(sumup), given_away(), open_order(sumup))
    for _ in range(2):
        sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 45.0)
    sumup.gives_back(PAID)
    before, free = world.contents(), seats_left()

    assert run("events", "cancel", "5", *WHY, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before
    assert not any(asked.startswith(("POST", "DELETE")) for asked in sumup.questions)
    assert (planned["told"], planned["refunded"]) == (3, {"GBP": "45.00"})
    assert planned["settled"] == {"void": 2, "closed": 1}

    assert run("events", "cancel", "5", *WHY, "--json") == OK

    done = json.loads(capsys.readouterr().out)
    assert done == planned | {"written": True, "cancelled_at": LATER.isoformat()}
    assert {ticket["status"]["S"] for ticket in world.items("TicketsTable")} == {"void"}
    assert seats_left() == free + 9
    event = EventTable().get("5")
    assert (event.cancelled, event.cancellation_done_at) == (True, LATER)
    queued = world.messages("DeliveryQueue")
    for order in orders:
        told = f"{order.order_number}#event_cancelled#1"
        assert mail_of(told).recipient == "jane@example.com"
        assert {"mail_id": told} in queued
        assert rules_broken(order) == []
    void, asked, back = audit_of(orders[0])[-3:]
    assert (void.change, asked.change, back.change) == (
        "tickets void",
        "refund asked",
        "money went back",
    )
    assert void.by.startswith("arn:aws:")
    assert void.reason == "event_cancelled: a storm is coming"
    assert row_of(orders[2]).status == "failed"

    written = world.contents()
    assert run("events", "cancel", "5", *WHY) == OK
    told = capsys.readouterr().out
    assert "its tickets were void before: 2" in told
    assert "Buyers told now: 0; before: 3" in told
    assert "before: 1 payment, £45.00" in told
    assert world.contents() == written


def test_what_is_not_done_is_listed_with_its_command_until_it_is(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    refused = {"error_code": "NOT_ENOUGH_BALANCE", "message": "not enough balance"}
    sumup.gives_back(PAID, 409, json=refused)

    assert run("events", "cancel", "5", *WHY) == ATTENTION

    told = capsys.readouterr().out
    assert "Not done, and what helps:" in told
    assert "ORD-ABC123, £45.00: SumUp refused it" in told
    assert "python -m ticketing refund ORD-ABC123 --reason 'a storm is coming'" in told
    assert run("attention", "--json") == ATTENTION
    items = {item["what"]: item["command"] for item in said(capsys)}
    assert items["event 5"] == "events cancel 5 --refund all --reason WHY"
    assert items["ORD-ABC123"] == f"refund ORD-ABC123 --transaction {PAID} --reason WHY"
    assert EventTable().get("5").cancellation_done_at is None


def test_without_refunds_the_money_stays(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)

    assert run("events", "cancel", "5", "--refund", "none", *WHY) == OK

    assert "Stays with the organiser: £45.00" in capsys.readouterr().out
    assert row_of(order).voided_at == LATER
    assert sumup.questions == []
    assert rules_broken(order) == []
    assert run("events", "cancel", "5", "--refund", "all", "--dry-run", *WHY) == ATTENTION
    capsys.readouterr()


def test_a_promise_is_not_taken_back(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    EventTable().cancel("5", RefundPolicy.ALL, NOW)

    assert run("events", "cancel", "5", "--refund", "none", *WHY) == FAILED
    assert "use `--refund all`" in capsys.readouterr().err


def test_an_unreadable_order_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    store(an_order())
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])

    assert run("events", "cancel", "5", *WHY) == ATTENTION
    assert "cannot be read: order ORD-ABC123: it lacks total" in capsys.readouterr().out


def test_an_unknown_event_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("events", "cancel", "77", *WHY) == FAILED
    assert "77" in capsys.readouterr().err


@pytest.mark.parametrize("reason", ["", "ask jane@example.com"])
def test_a_reason_is_needed_that_the_trail_may_keep(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    before = world.contents()

    assert run("events", "cancel", "5", "--reason", reason) == FAILED
    assert "reason" in capsys.readouterr().err
    assert world.contents() == before
