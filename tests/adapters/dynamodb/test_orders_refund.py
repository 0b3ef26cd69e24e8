"""Refunds: a refund and everything that follows from it are written together."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import World
from tests.support.builders import NOW, a_line, an_order, later, tickets_for
from tests.support.stored import (
    LATER,
    TRANSACTION_ID,
    a_mail,
    a_payment,
    paid,
    row_of,
    seats_left,
    sell,
    store,
)
from ticketing.adapters.dynamodb import orders
from ticketing.adapters.dynamodb.models import TicketRow, TicketTypeRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.money import Money
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.tickets.ticket import TicketStatus

pytestmark = pytest.mark.usefixtures("world")
ORDERS = OrderTable("somebody")
WHY = "refund: the buyer is ill"
ASKED = Refund(
    TRANSACTION_ID, RefundStatus.ASKED, Money(Decimal("45.00"), "GBP"), asked_at=LATER, attempt="a1"
)
UNKNOWN = replace(ASKED, status=RefundStatus.UNKNOWN, problem="no answer in time")
REFUSED = replace(ASKED, status=RefundStatus.REFUSED, problem="409 not enough balance")
BACK = replace(ASKED, status=RefundStatus.REFUNDED, settled_at=later(hours=1))
TOLD = a_mail(mail_id="ORD-ABC123#refunded#1")
REVIEW = OrderStatus.REVIEW
VOID, REJECTED, NOTHING = Consequence.TICKETS_VOID, Consequence.REJECTED, Consequence.NONE


def a_completed_order() -> Order:
    """Sell an order of three tickets."""
    sell(available=97)
    order = store(an_order())
    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], NOW)
    return ORDERS.get("ORD-ABC123")


def void(order: Order) -> None:
    ORDERS.settle_refund(order, BACK, VOID, WHY, [TOLD], later(hours=1))


def statuses(order: Order) -> set[TicketStatus]:
    return {t.status for t in TicketTable().get_all([t.ticket_id for t in tickets_for(order)])}


# ---- what comes before


def test_the_latest_refund_of_a_transaction_is_kept() -> None:
    order = a_completed_order()
    other = replace(ASKED, transaction_id="txn-twice")
    for refund in (ASKED, other, REFUSED):
        ORDERS.note_refund(ORDERS.get("ORD-ABC123"), refund, WHY, LATER)

    assert ORDERS.get("ORD-ABC123").refunds == (other, REFUSED)
    assert row_of(order).refund_status == "asked", "what needs a person most"


@pytest.mark.parametrize("refund", [ASKED, UNKNOWN, REFUSED, BACK])
def test_a_row_explains_what_comes_next_at_each_step(refund: Refund) -> None:
    order = a_completed_order()

    if refund is BACK:
        void(order)
    else:
        ORDERS.note_refund(order, refund, WHY, LATER)

    row, told = row_of(order), row_attributes(ORDERS.get("ORD-ABC123"))
    assert {name: getattr(row, name) for name in told} == told


def test_a_row_explains_that_a_reviewed_order_was_rejected() -> None:
    order = store(an_order(status=REVIEW, work=None, next_check_at=None))

    ORDERS.settle_refund(order, BACK, REJECTED, WHY, [], later(hours=1))

    row, told = row_of(order), row_attributes(ORDERS.get("ORD-ABC123"))
    assert {name: getattr(row, name) for name in told} == told
    assert told["what_next"] == "Nothing. An operator rejected it, and its money went back."


# ---- after the refund


def test_seats_are_returned_to_every_ticket_type() -> None:
    lines = (a_line(quantity=2), a_line(sku="child", quantity=1), a_line(quantity=1))
    sell(available=10)
    sell(available=20, sku="child")
    order = store(an_order(lines=lines))
    payment = a_payment(amount=Decimal("60.00"))
    ORDERS.complete(order, paid(payment=payment), tickets_for(order), [a_mail()], NOW)

    void(ORDERS.get("ORD-ABC123"))

    assert (seats_left(), seats_left("child")) == (13, 21)


def test_seats_are_not_returned_twice() -> None:
    sell(available=100)
    order = store(an_order(status=REVIEW, holds_seats=False, work=None))

    ORDERS.settle_refund(order, BACK, REJECTED, WHY, [], LATER)

    assert seats_left() == 100


def test_a_refund_settles_even_if_tickets_and_their_type_are_missing() -> None:
    order = a_completed_order()
    TicketRow("ORD-ABC123-02").delete()
    TicketTypeRow("5", "general").delete()

    void(order)

    assert ORDERS.get("ORD-ABC123").voided_at == later(hours=1)
    rows = list(TicketRow.scan())
    assert {row.ticket_id: row.status for row in rows} == {
        "ORD-ABC123-01": "void",
        "ORD-ABC123-03": "void",
    }


def test_a_ticket_reassigned_to_another_order_meanwhile_is_not_voided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a_completed_order()
    read = orders._existing_tickets

    def read_and_moved(of: Order, wanted: Sequence[str]) -> list[str]:
        ids = read(of, wanted)
        TicketRow(ids[0]).update([TicketRow.order_number.set("ORD-OTHER1")])
        return ids

    monkeypatch.setattr(orders, "_existing_tickets", read_and_moved)

    with pytest.raises(TransactWriteError):
        void(order)

    assert statuses(order) == {TicketStatus.VALID}
    assert seats_left() == 97
    assert len(world.items("AuditTable")) == 1
