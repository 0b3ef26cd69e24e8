"""An order round-trips exactly; an incomplete row is reported, never guessed at."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, a_line, an_order
from tests.support.stored import in_utc, store
from ticketing.adapters.dynamodb.mapping import order_from, order_row
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.order import (
    PAYMENT_WINDOW,
    Customer,
    Delivery,
    Order,
    OrderStatus,
    Origin,
    Reissued,
    Trouble,
    VoidTicket,
    Work,
)
from ticketing.orders.refund import PartRefund, Refund, RefundStatus

ORDERS = OrderTable("test")
EVERYTHING = an_order(
    status=OrderStatus.COMPLETED,
    created_at=datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC),
    lines=(a_line(), a_line(sku="child", description="Child", quantity=1)),
    checkout_ids=("first", "second"),
    paid_checkout_id="second",
    transaction_id="tx",
    payment_status="PAID",
    status_reason="Payment verified.",
    reason_code="paid",
    work=Work.LATE,
    next_check_at=NOW + timedelta(minutes=7),
    checked_at=NOW + timedelta(minutes=6),
    trouble=Trouble("unreadable", NOW, 3),
    stuck_alerted_at=NOW + timedelta(minutes=30),
    settled_at=NOW + timedelta(minutes=5),
    delivery=Delivery.DELIVERED,
    tickets_revision=2,
    event_starts_at=NOW + timedelta(days=40),
    complained_at=NOW + timedelta(days=1),
    holds_seats=True,
    rejected=True,
    refunds=(
        Refund("tx", RefundStatus.REFUNDED, Money(Decimal("50.00"), "GBP"), settled_at=NOW),
        Refund("two", RefundStatus.UNKNOWN, Money(Decimal("5.10"), "EUR"), NOW, "a1", None, "no"),
    ),
    parts=(
        PartRefund(
            "tx",
            RefundStatus.REFUNDED,
            Money(Decimal("5.00"), "GBP"),
            settled_at=NOW,
            number=2,
            tickets=("ORD-ABC123-01",),
            back_before=Decimal("1.20"),
        ),
    ),
    void_tickets=(VoidTicket("ORD-ABC123-01", "general", NOW),),
    reissued=(Reissued("ORD-ABC123-02", 3),),
    voided_at=NOW + timedelta(days=2),
    customer=Customer("Jane Doe", "Jane.Doe@example.com", Language.FRENCH),
    hold_until=NOW + timedelta(minutes=20),
    attempt_seen_at=NOW + timedelta(minutes=4),
    held_in="unpaid#5#0",
    asked_to_pay_at=NOW + timedelta(minutes=3),
    agreed_to="0123456789abcdef",
    address_changes=2,
    refund_asked_at=NOW + timedelta(days=3),
    checks_booked_until=NOW + timedelta(minutes=8),
    version=4,
    audit_hash="a" * 64,
)
REQUIRED = [
    *("status", "created_at", "customer_name", "customer_email", "lines", "total"),
    *("currency", "event_id", "organiser_id", "merchant_code", "checkout_reference"),
    *("holds_seats", "version"),
]
OF_A_LINE = ["sku", "description", "quantity", "unit_price"]
TIMES = ["created_at", "deadline", "next_check_at", "checked_at", "settled_at", "stuck_alerted_at"]

WRONG = [
    ("status", {"S": "shipped"}, "shipped"),
    ("status", {"S": "COMPLETED"}, "COMPLETED"),
    ("total", {"S": "45.00"}, "total"),
    ("total", {"N": "45.001"}, "45.001"),
    ("total", {"N": "44.99"}, "its total is 44.99"),
    ("total", {"N": "-45"}, "its total is -45"),
    ("total", {"N": "1E+30"}, "more digits than its currency"),
    ("currency", {"S": "pounds"}, "pounds"),
    ("currency", {"S": "gbp"}, "gbp"),
    ("currency", {"N": "826"}, "currency"),
    ("deadline", {"S": "2026-06-01"}, "deadline"),
    ("deadline", {"S": ""}, "deadline"),
    ("deadline", {"N": "1780315200"}, "deadline"),
    ("created_at", {"S": "yesterday"}, "created_at"),
    ("next_check_at", {"S": "soon"}, "next_check_at"),
    ("work_key", {"S": "SOMETIMES"}, "SOMETIMES"),
    ("delivery", {"S": "lost"}, "lost"),
    ("lines", {"L": []}, "no lines"),
    ("lines", {"S": "3 tickets"}, "lines"),
    ("lines", {"L": [{"S": "3 tickets"}]}, "lines"),
    ("version", {"N": "1.5"}, "version"),
    ("version", {"S": "1"}, "version"),
    ("holds_seats", {"S": "true"}, "holds_seats"),
    ("event_id", {"S": "event 5"}, "event id"),
    ("voided_at", {"S": "2026-06-01"}, "voided_at"),
    ("refunds", {"S": "all of it"}, "refunds"),
    ("refunds", {"L": [{"M": {"transaction_id": {"S": "tx"}}}]}, "a refund lacks amount, currency"),
    (
        "refunds",
        {
            "L": [
                {
                    "M": {
                        "transaction_id": {"S": "tx"},
                        "status": {"S": "half"},
                        "amount": {"N": "1"},
                        "currency": {"S": "GBP"},
                    }
                }
            ]
        },
        "half",
    ),
]
A_REISSUE = {"ticket_id": {"S": "ORD-ABC123-01"}, "times": {"N": "1"}}
WRONG += [
    ("reissued", {"S": "once"}, "reissued"),
    ("reissued", {"L": [{"M": {"times": {"N": "1"}}}]}, "was reissued lacks ticket_id"),
    ("reissued", {"L": [{"M": A_REISSUE | {"times": {"N": "0.5"}}}]}, "times"),
    ("reissued", {"L": [{"M": A_REISSUE}, {"M": A_REISSUE}]}, "counted twice"),
]
WRONG_IN_A_LINE = [
    ("quantity", {"N": "2.5"}, "quantity"),
    ("quantity", {"N": "0"}, "without tickets"),
    ("quantity", {"N": "-3"}, "without tickets"),
    ("quantity", {"N": "51"}, "51 tickets"),
    ("quantity", {"N": "1E+125"}, "tickets"),
    ("quantity", {"S": "3"}, "quantity"),
    ("quantity", {"NULL": True}, "quantity"),
    ("unit_price", {"S": "NaN"}, "unit_price"),
    ("unit_price", {"N": "-15"}, "price is negative"),
    ("unit_price", {"N": "15.01"}, "45.03"),
    ("unit_price", {"N": "1E+125"}, "E+125, its total is 45.00"),
    ("sku", {"N": "7"}, "sku"),
]
NOT_NUMBERS = ["NaN", "Infinity", "-Infinity"]


def written(world: World, order: Order | None = None) -> dict[str, Any]:
    """Store an order and return its item."""
    store(order or an_order())
    (item,) = world.items("OrdersTable")
    return item


def problem_of(world: World, item: dict[str, Any]) -> str:
    """Return why an order's item cannot be read."""
    world.put("OrdersTable", item)
    with pytest.raises(UnreadableOrder) as caught:
        ORDERS.get("ORD-ABC123")
    assert caught.value.order_number == "ORD-ABC123"
    return caught.value.problem


def in_line(item: dict[str, Any], name: str, value: dict[str, Any]) -> dict[str, Any]:
    (line,) = item["lines"]["L"]
    return item | {"lines": {"L": [{"M": line["M"] | {name: value}}]}}


def without(item: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != name}


def test_an_order_with_every_field_round_trips(world: World) -> None:
    written(world, EVERYTHING)

    assert ORDERS.get("ORD-ABC123") == EVERYTHING


def test_the_round_trip_covers_every_field() -> None:
    """Each optional field of the order above differs from its default."""
    # An order that was given costs nothing, so the next test has it.
    left_as_it_was = {f.name for f in fields(Order) if getattr(EVERYTHING, f.name) == f.default}

    assert left_as_it_was == {"holds_seats", "origin"}


def test_an_order_that_was_given_round_trips(world: World) -> None:
    given = an_order(lines=(a_line(unit_price=Decimal(0)),), origin=Origin.GIVEN)
    item = written(world, given)

    assert item["origin"] == {"S": "given"}
    assert ORDERS.get("ORD-ABC123") == given


def test_a_new_order_round_trips(world: World) -> None:
    written(world, an_order(holds_seats=False))

    assert ORDERS.get("ORD-ABC123") == an_order(holds_seats=False)


def test_absent_fields_are_not_stored(world: World) -> None:
    item = written(world, an_order(work=None, next_check_at=None))

    absent = {"work_key", "next_check_at", "transaction_id", "delivery", "trouble_code"}
    assert not absent & set(item)


def test_times_are_stored_as_iso_8601_in_utc(world: World) -> None:
    item = written(world, EVERYTHING)

    for name in TIMES:
        assert in_utc(item[name]["S"]) == getattr(EVERYTHING, name)


@pytest.mark.parametrize("amount", ["0.10", "45.00", "1234567890.12", "99999999999999999999.99"])
def test_amounts_are_stored_exactly(world: World, amount: str) -> None:
    """DynamoDB drops trailing zeros, which changes no amount."""
    order = an_order(lines=(a_line(quantity=1, unit_price=Decimal(amount)),))

    item = written(world, order)

    read = ORDERS.get("ORD-ABC123")
    assert Decimal(item["total"]["N"]) == Decimal(amount)
    assert Decimal(item["lines"]["L"][0]["M"]["unit_price"]["N"]) == Decimal(amount)
    assert read.total == Money(Decimal(amount), "GBP")
    assert type(read.total.amount) is type(read.lines[0].unit_price) is Decimal


def test_an_amount_that_no_float_can_represent_is_read_exactly(world: World) -> None:
    item = written(world, an_order(lines=(a_line(quantity=1),)))
    exact = {"N": "9007199254740993.01"}
    world.put("OrdersTable", in_line(item, "unit_price", exact) | {"total": exact})

    assert ORDERS.get("ORD-ABC123").total.amount == Decimal("9007199254740993.01")


def test_an_unknown_order_is_not_found(world: World) -> None:
    assert world.items("OrdersTable") == []
    with pytest.raises(OrderNotFound, match="ORD-NONE99"):
        ORDERS.get("ORD-NONE99")


def test_a_missing_deadline_defaults_to_the_configured_payment_window(world: World) -> None:
    world.put("OrdersTable", without(written(world), "deadline"))

    generous = OrderTable("test", timedelta(hours=5))

    assert ORDERS.get("ORD-ABC123").deadline == NOW + PAYMENT_WINDOW
    assert generous.get("ORD-ABC123").deadline == NOW + timedelta(hours=5)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_row_missing_a_required_field_is_unreadable(world: World, name: str) -> None:
    item = without(written(world), name)

    assert problem_of(world, item) == f"it lacks {name}"


def test_all_missing_fields_are_reported_at_once(world: World) -> None:
    item = written(world)

    problem = problem_of(world, {"order_number": item["order_number"]})

    assert problem == f"it lacks {', '.join(sorted(REQUIRED))}"


@pytest.mark.parametrize("name", OF_A_LINE)
def test_a_line_missing_a_field_makes_the_row_unreadable(world: World, name: str) -> None:
    item = written(world)
    (line,) = item["lines"]["L"]

    problem = problem_of(world, item | {"lines": {"L": [{"M": without(line["M"], name)}]}})

    assert problem == f"a line lacks {name}"


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_an_invalid_value_makes_the_row_unreadable(
    world: World, name: str, value: dict[str, Any], said: str
) -> None:
    problem = problem_of(world, written(world) | {name: value})

    assert said in problem


@pytest.mark.parametrize(("name", "value", "said"), WRONG_IN_A_LINE)
def test_an_invalid_value_in_a_line_makes_the_row_unreadable(
    world: World, name: str, value: dict[str, Any], said: str
) -> None:
    problem = problem_of(world, in_line(written(world), name, value))

    assert said in problem


@pytest.mark.moto
@pytest.mark.parametrize("number", NOT_NUMBERS)
@pytest.mark.parametrize("name", ["quantity", "unit_price"])
def test_a_line_value_that_is_not_a_number_is_named(world: World, name: str, number: str) -> None:
    """DynamoDB cannot store NaN; an emulator may, and even then it must not buy anything."""
    problem = problem_of(world, in_line(written(world), name, {"N": number}))

    assert name in problem


@pytest.mark.parametrize("number", NOT_NUMBERS)
def test_a_total_that_is_not_a_number_is_refused(number: str) -> None:
    row = order_row(an_order())
    row.total = Decimal(number)

    with pytest.raises(UnreadableOrder, match="finite"):
        order_from(row, PAYMENT_WINDOW)
