"""Placing an order, adopting checkouts, and the records of both."""

from decimal import Decimal

from tests.support.aws import World
from tests.support.builders import a_line, an_order
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
from ticketing.orders.order import Order
from ticketing.payments.checkout_result import CheckoutRecord

ORDERS = OrderTable("checkout_api")


def adopt(order: Order) -> None:
    ORDERS.adopt(order, [a_checkout(id="found", pay_url="https://pay.sumup.com/f")], LATER)


# ---- place


def test_lines_of_the_same_type_take_their_seats_together(world: World) -> None:
    sell(available=5)
    cheap = a_line(quantity=2, unit_price=Decimal("9.99"))

    ORDERS.place(an_order(lines=(a_line(), cheap)))

    assert seats_left() == 0
    assert len(world.items("OrdersTable")) == 1


# ---- adopt


def test_an_adopted_checkout_is_stored_with_its_amount_and_merchant(world: World) -> None:
    order = store(an_order(checkout_ids=()))

    adopt(order)

    adopted = ORDERS.get("ORD-ABC123")
    assert (adopted.checkout_ids, adopted.version) == (("found",), 1)
    assert ORDERS.records(adopted) == (
        CheckoutRecord(
            "found", "ORD-ABC123", "ORD-ABC123", "https://pay.sumup.com/f", "PAID", LATER
        ),
    )
    row = CheckoutRow.get("found")
    assert (row.amount, row.currency, row.merchant_code) == (Decimal("45.00"), "GBP", "MC0001")
    assert audit_of(order)[0].seen == "found"
    assert len(world.items("CheckoutsTable")) == 1


def test_checkout_records_are_listed_oldest_first(world: World) -> None:
    order = store(an_order(checkout_ids=("c", "a", "b")))

    records = ORDERS.records(order)

    assert records is not None
    assert [r.checkout_id for r in records] == ["c", "a", "b"]
    assert world.wire.count("BatchGetItem") == 1
