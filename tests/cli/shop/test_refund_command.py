"""`refund` on the tables, with realistic SumUp responses: what is sent, stored and not repeated."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from requests.exceptions import ReadTimeout

from tests.functions.conftest import Run, SumUpAnswers, said
from tests.support.aws import World
from tests.support.builders import NOW, an_order, later, tickets_for
from tests.support.stored import (
    LATER,
    a_checkout,
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
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.audit.rules import breaches
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Refund, RefundStatus

pytestmark = pytest.mark.usefixtures("logged")
WHY = ("--reason", "the buyer is ill, the organiser agreed")
PAID = "tx-ORD-ABC123"
TOLD = "ORD-ABC123#refunded#3"


def sold(sumup: SumUpAnswers) -> Order:
    """Sell three tickets; SumUp shows their payment."""
    order = store(an_order())
    payment = a_payment(id=PAID)
    decision = paid(payment=payment, checkout=a_checkout(transactions=(payment,)))
    OrderTable("verify_payment").complete(order, decision, tickets_for(order), [a_mail()], NOW)
    sumup.paid(order)
    return order


def rules_broken(order: Order) -> list[str]:
    look = AuditReader(order.deadline - order.created_at).look("ORD-ABC123")
    assert look.snapshot is not None
    return [breach.rule for breach in breaches(look.snapshot, LATER)]


def test_a_refund_is_sent_once_and_voids_the_tickets(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 45.0)
    sumup.gives_back(PAID)
    before = world.contents()
    assert run("refund", "ORD-ABC123", *WHY, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before
    assert not any(question.startswith("POST") for question in sumup.questions)

    assert run("refund", "ORD-ABC123", *WHY, "--json") == OK

    assert said(capsys) == planned | {"written": True}
    assert planned["void"] == ["ORD-ABC123-01", "ORD-ABC123-02", "ORD-ABC123-03"]
    assert (planned["refund"], planned["amount"]) == ("refunded", "45.00 GBP")
    assert {ticket["status"]["S"] for ticket in world.items("TicketsTable")} == {"void"}
    row = row_of(order)
    assert (row.status, row.refund_status, row.holds_seats) == ("completed", "refunded", False)
    assert seats_left() == 103
    assert mail_of(TOLD).recipient == "jane@example.com"
    assert {"mail_id": TOLD} in world.messages("DeliveryQueue")
    asked, void = audit_of(order)[-2:]
    assert (asked.change, void.change) == ("refund asked", "tickets void")
    assert asked.by.startswith("arn:aws:")
    assert void.reason == f"refund: {WHY[1]}"
    assert rules_broken(order) == []

    written = world.contents()
    assert run("refund", "ORD-ABC123", *WHY) == OK
    assert "went back already, there is nothing more to write" in capsys.readouterr().out
    assert world.contents() == written
    assert len([q for q in sumup.questions if q.startswith("POST")]) == 1


def test_the_output_explains_what_was_done(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 45.0)
    sumup.gives_back(PAID)

    assert run("refund", "ORD-ABC123", *WHY, "--dry-run") == OK
    assert run("refund", "ORD-ABC123", *WHY) == OK

    would, did = (part for part in capsys.readouterr().out.split("\n\n")[0].split("Refunded", 1))
    assert would.startswith(f"Would refund £45.00 of ORD-ABC123: {PAID}")
    for words in ("Void: ticket ORD-ABC123-02", "Seats: on sale again", f"Mail: {TOLD} to jane@"):
        assert words in would
        assert words in did
    assert run("status", "ORD-ABC123") == OK
    shown = capsys.readouterr().out
    assert "Next: Nothing. Its money went back, so its tickets are void" in shown
    assert f"{PAID}  refunded  £45.00" in shown
    assert "Rules: all hold" in shown
    assert run("resend", "ORD-ABC123") == FAILED
    assert "the tickets of this order are void" in capsys.readouterr().err
    assert len(world.items("TicketsTable")) == 3


def test_a_rejected_refund_is_shown_until_it_is_resolved(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    problem = {"error_code": "NOT_ENOUGH_BALANCE", "message": "Not enough available balance"}
    sumup.gives_back(PAID, 409, json=problem)

    assert run("refund", "ORD-ABC123", *WHY) == ATTENTION

    told = capsys.readouterr().out
    assert "SumUp did not give £45.00 back." in told
    assert "409 Not enough available balance" in told
    assert row_of(order).refund_status == "refused"
    assert {ticket["status"]["S"] for ticket in world.items("TicketsTable")} == {"valid"}
    assert run("attention", "--json") == ATTENTION
    (item,) = said(capsys)
    helps = f"refund ORD-ABC123 --transaction {PAID} --reason WHY"
    assert (item["what"], item["command"]) == ("ORD-ABC123", helps)
    assert "Not enough available balance" in item["next"]
    assert run("status", "ORD-ABC123", "--json") == ATTENTION
    (refused,) = said(capsys)["refunds"]
    assert (refused["status"], refused["asked_at"]) == ("refused", "2026-06-01T12:05:00+00:00")
    assert rules_broken(order) == []


def test_a_refund_with_a_lost_response_is_unknown_until_looked_up(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    for _ in range(4):
        sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 45.0)
    sumup.gives_back(PAID, body=ReadTimeout(), json=None)

    assert run("refund", "ORD-ABC123", *WHY, "--json") == ATTENTION

    facts = said(capsys)
    assert (facts["refund"], facts["written"]) == ("unknown", True)
    assert facts["again_from"] == "2026-06-01T13:05:00+00:00"
    assert run("refund", "ORD-ABC123", *WHY) == ATTENTION
    told = capsys.readouterr().out
    assert "it is not known whether £45.00 went back" in told
    assert "until 2026-06-01 13:05 UTC, --again asks once more" in told
    assert run("refund", "ORD-ABC123", *WHY, "--again") == FAILED
    assert "may be again from 13:05 on" in capsys.readouterr().err
    assert run("attention") == ATTENTION
    assert "refund ORD-ABC123" in capsys.readouterr().out

    assert run("refund", "ORD-ABC123", *WHY, "--json") == OK

    assert said(capsys)["refund"] == "refunded"
    assert len([q for q in sumup.questions if q.startswith("POST")]) == 1
    assert {ticket["status"]["S"] for ticket in world.items("TicketsTable")} == {"void"}
    assert rules_broken(order) == []


def test_refunding_an_order_under_review_rejects_it(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = {"status": OrderStatus.REVIEW, "work": None, "next_check_at": None}
    order = store(an_order(**settled, settled_at=NOW))
    sumup.paid(order, amount=40.0)
    sumup.shows(id=PAID, amount=40.0)
    sumup.shows_back(PAID, 40.0, of=40.0)
    sumup.gives_back(PAID, 204, body="", json=None)

    assert run("refund", "ORD-ABC123", *WHY) == OK

    told = capsys.readouterr().out
    assert "Refunded £40.00 of ORD-ABC123" in told
    assert "Order: requires_manual_review -> failed" in told
    row = row_of(order)
    assert (row.status, row.rejected, seats_left()) == ("failed", True, 103)
    assert world.items("TicketsTable") == []


def test_a_refund_made_in_the_dashboard_is_only_recorded(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    sumup.shows_back(PAID, 45.0)

    assert run("refund", "ORD-ABC123", *WHY, "--json") == OK

    assert said(capsys)["asked_at"] is None
    assert audit_of(order)[-1].reason == f"refunded_elsewhere: {WHY[1]}"
    assert not any(question.startswith("POST") for question in sumup.questions)


def test_an_earlier_partial_refund_is_named(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sold(sumup)
    sumup.shows_back(PAID, 20.1)
    sumup.gives_back(PAID, 422, json={"detail": "Refund failed."})

    assert run("refund", "ORD-ABC123", *WHY) == ATTENTION
    told = capsys.readouterr().out
    assert run("refund", "ORD-ABC123", *WHY, "--dry-run", "--json") == OK

    assert "£20.10 of it had gone back before, only the rest is asked for" in told
    assert said(capsys)["back_before"] == "20.1"
    assert {ticket["status"]["S"] for ticket in world.items("TicketsTable")} == {"valid"}


def two_payments(sumup: SumUpAnswers) -> None:
    order = store(an_order(status=OrderStatus.REVIEW, work=None, settled_at=NOW))
    attempts = [{"id": f"tx-{n}", "status": "SUCCESSFUL", "amount": 45.0, "currency": "GBP"}
                for n in (1, 2)]  # fmt: skip
    sumup.checkout(order, status="PAID", transaction_id="tx-1", transactions=attempts)


def unpaid(sumup: SumUpAnswers) -> None:
    sumup.checkout(store(an_order(status=OrderStatus.EXPIRED)), status="EXPIRED")


def pending(sumup: SumUpAnswers) -> None:
    sumup.paid(store(an_order()))


def silent(sumup: SumUpAnswers) -> None:
    sold(sumup)
    sumup.shows(status=None)


IMPOSSIBLE: dict[str, tuple[Any, str]] = {
    "two payments": (two_payments, "name one with --transaction: tx-1 £45.00; tx-2 £45.00"),
    "unpaid": (unpaid, "SumUp shows no payment of it"),
    "pending": (pending, "have it checked with `poll ORD-ABC123`"),
    "unreadable": (silent, "its transaction could not be read"),
}


@pytest.mark.parametrize(("prepare", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_refund_is_explained_and_nothing_is_written(
    run: Run,
    world: World,
    sumup: SumUpAnswers,
    capsys: pytest.CaptureFixture[str],
    prepare: Any,  # noqa: ANN401 - one of the above
    words: str,
) -> None:
    prepare(sumup)
    before = world.contents()

    assert run("refund", "ORD-ABC123", *WHY) == FAILED

    assert words in capsys.readouterr().err
    assert world.contents() == before


def test_a_refund_needs_an_order_and_a_reason(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = world.contents()
    with pytest.raises(SystemExit) as left:
        run("refund", "ORD-ABC123")
    assert left.value.code == 2

    assert run("refund", "ORD-NOBODY", *WHY) == FAILED
    assert run("refund", "ORD-NOBODY", "--reason", "ask jane@example.com") == FAILED

    told = capsys.readouterr().err
    assert "there is no order ORD-NOBODY" in told
    assert "the reason holds an address" in told
    assert world.contents() == before


def test_outstanding_refunds_are_listed_for_orders_in_any_state(world: World) -> None:
    money = Money(Decimal("45.00"), "GBP")
    orders = OrderTable("x")
    for number, status in enumerate(RefundStatus):
        refund = Refund(f"tx-{number}", status, money, later(hours=number))
        store(an_order(order_number=f"ORD-{status.name[:6]}", refunds=(refund,), checkout_ids=()))
    store(replace(an_order(order_number="ORD-NONE01"), checkout_ids=()))

    found = {o.order_number for o in orders.with_refunds(RefundStatus.ASKED, RefundStatus.REFUSED)}

    assert found == {"ORD-ASKED", "ORD-REFUSE"}
    assert world.wire.count("Scan") == 1


# ---- a part of a payment


SECOND = ("--ticket", " ord-abc123-02\n")
"""As it is copied."""


def test_the_price_of_a_ticket_goes_back_once(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 15.0)
    sumup.gives_back(PAID)
    before = world.contents()
    assert run("refund", "ORD-ABC123", *SECOND, *WHY, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run("refund", "ORD-ABC123", *SECOND, *WHY, "--json") == OK

    assert said(capsys) == planned | {"written": True}
    assert (planned["void"], planned["amount"]) == (["ORD-ABC123-02"], "15.00 GBP")
    assert planned["mails"] == [TOLD, "ORD-ABC123#confirmation#2"]
    assert seats_left() == 101
    assert rules_broken(order) == []
    written = world.contents()
    assert run("refund", "ORD-ABC123", *SECOND, *WHY) == OK
    assert "went back already" in capsys.readouterr().out
    assert world.contents() == written
    assert run("status", "ORD-ABC123") == OK
    shown = capsys.readouterr().out
    assert "ORD-ABC123-02  void" in shown
    assert f"{PAID}/1  refunded  £15.00" in shown


def test_an_amount_goes_back_without_a_ticket(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 2.5)
    sumup.gives_back(PAID)

    assert run("refund", "ORD-ABC123", "--amount", "2.50", *WHY) == OK

    told = capsys.readouterr().out
    assert told.startswith("Refunded £2.50 of ORD-ABC123")
    assert "Void" not in told
    assert rules_broken(order) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--amount", "0"),
        ("--amount", "-1"),
        ("--amount", "NaN"),
        ("--amount", "five"),
        ("--amount", "5", *SECOND),
        ("--transaction", PAID, *SECOND),
        ("--amount", "5", "--another", "--already-back"),
    ],
)
def test_a_part_that_says_two_things_or_nothing_is_a_wrong_argument(
    run: Run, options: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("refund", "ORD-ABC123", *options, *WHY)
    assert ended.value.code == 2


# ---- void without money


def test_a_ticket_is_made_void_without_asking_sumup(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    before = world.contents()
    assert run("void", "ORD-ABC123", *SECOND, *WHY, "--dry-run") == OK
    assert "Would make tickets of ORD-ABC123 void" in capsys.readouterr().out
    assert world.contents() == before

    assert run("void", "ORD-ABC123", *SECOND, *WHY) == OK

    told = capsys.readouterr().out
    assert "Void: ticket ORD-ABC123-02" in told
    assert "No money goes back" in told
    assert (sumup.questions, seats_left()) == ([], 101)
    assert run("void", "ORD-ABC123", *WHY, "--json") == OK
    assert said(capsys)["void"] == ["ORD-ABC123-01", "ORD-ABC123-03"]
    assert seats_left() == 103
    assert rules_broken(order) == []
    assert run("void", "ORD-ABC123", *WHY) == OK
    assert "void already" in capsys.readouterr().out
    assert run("status", "ORD-ABC123") == OK
    assert "An operator made its tickets void" in capsys.readouterr().out
