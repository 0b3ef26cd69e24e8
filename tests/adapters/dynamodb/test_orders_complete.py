"""Completing an order: payment, tickets, mail, seats and audit together, or nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.aws import World
from tests.support.builders import CHECKOUT_ID, a_line, an_order, tickets_for
from tests.support.stored import (
    LATER,
    TRANSACTION_ID,
    a_checkout,
    a_mail,
    a_payment,
    audit_of,
    in_utc,
    paid,
    seats_left,
    sell,
    store,
)
from ticketing.adapters.dynamodb.models import CheckoutRow, PaymentRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.errors import PaymentClaimed, SeatsGone
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.payments.payment import Transaction

ORDERS = OrderTable("verify_payment")
CLOSED = {"status": OrderStatus.EXPIRED, "work": Work.LATE, "holds_seats": False}


def complete(order: Order) -> None:
    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)


def test_the_accepted_payment_is_stored_with_its_exact_amount(world: World) -> None:
    order = store(an_order())

    complete(order)

    (item,) = world.items("PaymentsTable")
    assert in_utc(item.pop("accepted_at")["S"]) == LATER
    assert Decimal(item.pop("amount")["N"]) == Decimal(45)
    assert item == {
        "transaction_id": {"S": TRANSACTION_ID},
        "order_number": {"S": "ORD-ABC123"},
        "checkout_id": {"S": CHECKOUT_ID},
        "currency": {"S": "GBP"},
        "merchant_code": {"S": "MC0001"},
        "transaction_code": {"S": "TAAA1BBB2C"},
    }
    checkout = CheckoutRow.get(CHECKOUT_ID)
    assert (checkout.status, checkout.seen_at) == ("PAID", LATER)


def test_the_largest_order_fits_in_one_transaction(world: World) -> None:
    order = store(an_order(lines=(a_line(quantity=50),)))

    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)

    assert len(world.items("TicketsTable")) == 50
    assert world.wire.count("TransactWriteItems") == 1


def other_payment(order: Order) -> None:
    PaymentRow(
        TRANSACTION_ID,
        order_number="ORD-OTHER1",
        checkout_id="other",
        amount=order.total.amount,
        currency="GBP",
        merchant_code="MC0001",
        accepted_at=LATER,
    ).save()


def test_a_sold_out_ticket_type_leaves_the_other_type_unchanged(world: World) -> None:
    sell(available=10)
    sell(available=1, sku="child")
    lines = (a_line(), a_line(sku="child", quantity=2))
    order = store(an_order(**CLOSED | {"lines": lines}))

    with pytest.raises(SeatsGone):
        ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)

    assert (seats_left("general"), seats_left("child")) == (10, 1)
    assert world.items("TicketsTable") == []


def test_a_payment_claimed_by_another_order_names_both(world: World) -> None:
    order = store(an_order())
    other_payment(order)

    with pytest.raises(PaymentClaimed) as caught:
        complete(order)

    claimed = caught.value
    assert claimed.transaction_id == TRANSACTION_ID
    assert (claimed.order_number, claimed.owner) == ("ORD-ABC123", "ORD-OTHER1")
    assert world.items("TicketsTable") == []


def test_the_audit_entry_records_the_evidence_but_no_personal_data(world: World) -> None:
    order = store(an_order())

    complete(order)

    (entry,) = audit_of(order)
    assert (entry.by, entry.change, entry.reason) == ("verify_payment", "completed", "paid")
    assert entry.seen == f"{CHECKOUT_ID} PAID 45.00 GBP [{TRANSACTION_ID} SUCCESSFUL 45.00]"
    assert (entry.sequence, entry.at) == (1, LATER)
    assert ORDERS.get("ORD-ABC123").audit_hash == entry.hash
    (item,) = world.items("AuditTable")
    assert "previous_hash" not in item, "it is the first"
    assert "jane" not in str(item).lower()


def test_the_audit_entry_includes_earlier_payment_attempts(world: World) -> None:
    order = store(an_order())
    failed = Transaction("first-try", "FAILED", Decimal("45.00"), "GBP")
    decision = paid(checkout=a_checkout(transactions=(failed, a_payment())))

    ORDERS.complete(order, decision, tickets_for(order), [a_mail()], LATER + timedelta(1))

    assert "first-try FAILED 45.00, " in audit_of(order)[0].seen
    assert len(world.items("AuditTable")) == 1
