"""Placing an order (W1), adopting checkouts (W2), and the records of both."""

from decimal import Decimal

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import CHECKOUT_ID, a_line, an_order
from tests.support.stored import (
    LATER,
    a_checkout,
    audit_of,
    seats_left,
    sell,
    store,
)
from ticketing.adapters.dynamodb.models import CheckoutRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.errors import PaymentClaimed, SeatsGone
from ticketing.orders.order import Order
from ticketing.payments.checkout_result import CheckoutRecord

ORDERS = OrderTable(REGION, "checkout_api")


def adopt(order: Order) -> None:
    ORDERS.adopt(order, [a_checkout(id="found", pay_url="https://pay.sumup.com/f")], LATER)


# ---- W1: place


def test_placing_an_order_takes_its_seats(world: World) -> None:
    sell(available=10)

    ORDERS.place(an_order())

    assert ORDERS.get("ORD-ABC123") == an_order()
    assert seats_left() == 7
    assert world.wire.count("TransactWriteItems") == 1


def test_lines_of_one_type_take_their_seats_together(world: World) -> None:
    sell(available=5)
    cheap = a_line(quantity=2, unit_price=Decimal("9.99"))

    ORDERS.place(an_order(lines=(a_line(), cheap)))

    assert seats_left() == 0
    assert len(world.items("OrdersTable")) == 1


@pytest.mark.parametrize("available", [0, 2])
def test_an_order_without_enough_seats_is_not_placed(world: World, available: int) -> None:
    sell(available=available)
    before = world.contents()

    with pytest.raises(SeatsGone):
        ORDERS.place(an_order())

    assert world.contents() == before


def test_an_order_of_an_unknown_ticket_type_is_not_placed(world: World) -> None:
    before = world.contents()

    with pytest.raises(SeatsGone):
        ORDERS.place(an_order())

    assert world.contents() == before


def test_a_number_is_given_once(world: World) -> None:
    sell(available=10)
    ORDERS.place(an_order())
    before = world.contents()

    with pytest.raises(TransactWriteError):
        ORDERS.place(an_order())

    assert world.contents() == before


# ---- W2: adopt


def test_an_adopted_checkout_is_noted_with_what_it_was_made_for(world: World) -> None:
    order = store(an_order(checkout_ids=()))

    adopt(order)

    adopted = ORDERS.get("ORD-ABC123")
    assert (adopted.checkout_ids, adopted.version) == (("found",), 1)
    assert ORDERS.records(adopted) == (
        CheckoutRecord("found", "ORD-ABC123", "ORD-ABC123", "https://pay.sumup.com/f"),
    )
    row = CheckoutRow.get("found")
    assert (row.amount, row.currency, row.merchant_code) == (Decimal("45.00"), "GBP", "MC0001")
    assert audit_of(order)[0].seen == "found"
    assert len(world.items("CheckoutsTable")) == 1


def test_checkouts_known_before_keep_their_place(world: World) -> None:
    order = store(an_order(checkout_ids=("first", "found")))

    adopt(order)

    assert ORDERS.get("ORD-ABC123").checkout_ids == ("first", "found")
    assert len(world.items("CheckoutsTable")) == 2


def test_a_checkout_of_another_order_is_not_adopted(world: World) -> None:
    order = store(an_order(checkout_ids=()))
    store(an_order(order_number="ORD-DEF456", checkout_ids=("found",)))
    before = world.contents()

    with pytest.raises(PaymentClaimed, match="ORD-DEF456"):
        adopt(order)

    assert world.contents() == before


def test_an_order_without_checkouts_has_no_records(world: World) -> None:
    assert ORDERS.records(store(an_order(checkout_ids=()))) is None
    assert world.wire.count("BatchGetItem") == 0


def test_records_come_oldest_first(world: World) -> None:
    order = store(an_order(checkout_ids=("c", "a", "b")))

    records = ORDERS.records(order)

    assert records is not None
    assert [r.checkout_id for r in records] == ["c", "a", "b"]
    assert world.wire.count("BatchGetItem") == 1


def test_one_missing_record_means_none(world: World) -> None:
    order = store(an_order(checkout_ids=("a", "b")))
    CheckoutRow("b").delete()

    assert ORDERS.records(order) is None
    assert len(world.items("CheckoutsTable")) == 1


def test_a_record_of_another_order_is_not_ours(world: World) -> None:
    order = store(an_order())
    CheckoutRow(CHECKOUT_ID).update([CheckoutRow.order_number.set("ORD-OTHER1")])

    assert ORDERS.records(order) is None
    assert len(world.items("CheckoutsTable")) == 1
