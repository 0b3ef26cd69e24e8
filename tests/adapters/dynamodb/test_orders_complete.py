"""Completing an order (W4): payment, tickets, mail, seats and audit together, or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import CHECKOUT_ID, a_line, an_order, tickets_for
from tests.support.stored import (
    LATER,
    TRANSACTION_ID,
    a_checkout,
    a_decision,
    a_mail,
    a_payment,
    audit_of,
    in_utc,
    mail_of,
    paid,
    row_of,
    seats_left,
    sell,
    store,
    store_mail,
)
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import CheckoutRow, OrderRow, PaymentRow, TicketTypeRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.errors import AlreadyIssued, OrderChanged, PaymentClaimed, SeatsGone
from ticketing.money import Money
from ticketing.orders.order import Delivery, Order, OrderStatus, Trouble, Work
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action
from ticketing.payments.payment import Transaction

ORDERS = OrderTable(REGION, "verify_payment")
CLOSED = {"status": OrderStatus.EXPIRED, "work": Work.LATE, "holds_seats": False}


def complete(order: Order) -> None:
    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)


def test_everything_of_a_completed_order_is_there(world: World) -> None:
    sell(available=100)
    order = store(an_order(trouble=Trouble("unreadable", LATER, 2)))

    complete(order)

    done = ORDERS.get("ORD-ABC123")
    assert (done.status, done.delivery) == (OrderStatus.COMPLETED, Delivery.PENDING)
    assert (done.transaction_id, done.paid_checkout_id) == (TRANSACTION_ID, CHECKOUT_ID)
    assert (done.payment_status, done.status_reason) == ("PAID", "What happened, in words.")
    assert (done.settled_at, done.checked_at, done.version) == (LATER, LATER, 1)
    assert (done.work, done.next_check_at, done.trouble) == (None, None, None)
    assert [t["ticket_id"]["S"] for t in world.items("TicketsTable")] == [
        "ORD-ABC123-01",
        "ORD-ABC123-02",
        "ORD-ABC123-03",
    ]
    assert mail_of("ORD-ABC123#confirmation#1").status == "pending"
    assert seats_left() == 100, "they were taken when the order was placed"


def test_the_accepted_payment_is_noted_with_its_exact_amount(world: World) -> None:
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


def test_the_tickets_can_be_read_back_as_issued(world: World) -> None:
    order = store(an_order())

    complete(order)

    tickets = tickets_for(order)
    assert TicketTable().get_all([t.ticket_id for t in tickets]) == tickets
    assert len(world.items("TicketsTable")) == 3


def test_a_free_order_completes_without_a_payment(world: World) -> None:
    free = an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=())
    order = store(replace(free, total=Money(Decimal(0), "GBP")))
    decision = a_decision(Action.ISSUE, Reason.FREE, checkout=None)

    ORDERS.complete(order, decision, tickets_for(order), [a_mail()], LATER)

    assert ORDERS.get("ORD-ABC123").status is OrderStatus.COMPLETED
    assert len(world.items("TicketsTable")) == 3
    assert world.items("PaymentsTable") == []


def test_a_payment_without_an_id_is_guarded_by_its_checkout(world: World) -> None:
    order = store(an_order())
    payment = a_payment(id=None)
    decision = paid(payment=payment, checkout=a_checkout(transactions=(payment,)))

    ORDERS.complete(order, decision, tickets_for(order), [a_mail()], LATER)

    assert PaymentRow.get(CHECKOUT_ID).order_number == "ORD-ABC123"
    assert row_of(order).transaction_id is None
    assert world.wire.count("TransactWriteItems") == 1


def test_the_largest_order_fits_one_transaction(world: World) -> None:
    order = store(an_order(lines=(a_line(quantity=50),)))

    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)

    assert len(world.items("TicketsTable")) == 50
    assert world.wire.count("TransactWriteItems") == 1


def test_an_order_with_another_checkout_stays_watched(world: World) -> None:
    """A second payment, through the other checkout, must not go unseen."""
    order = store(an_order(checkout_ids=("another", CHECKOUT_ID)))

    complete(order)

    watched = ORDERS.get("ORD-ABC123")
    assert (watched.work, watched.next_check_at) == (Work.LATE, LATER)
    assert [i.order_number for i in ORDERS.due(Work.LATE, LATER, 9)] == ["ORD-ABC123"]
    assert world.wire.count("TransactWriteItems") == 1


@pytest.mark.parametrize("status", [OrderStatus.EXPIRED, OrderStatus.FAILED])
def test_a_late_payment_takes_its_seats_again(world: World, status: OrderStatus) -> None:
    sell(available=3)
    order = store(an_order(**CLOSED | {"status": status}))

    complete(order)

    assert seats_left() == 0
    assert ORDERS.get("ORD-ABC123").holds_seats
    assert len(world.items("TicketsTable")) == 3


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


def moved_status(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.status.set(OrderStatus.REVIEW)])


def moved_version(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.version.set(order.version + 1)])


def existing_ticket(order: Order) -> None:
    ticket_row(tickets_for(order)[1], LATER).save()


def existing_mail(_: Order) -> None:
    store_mail(a_mail())


def missing_checkout(_: Order) -> None:
    CheckoutRow(CHECKOUT_ID).delete()


def checkout_of_another_order(_: Order) -> None:
    CheckoutRow(CHECKOUT_ID).update([CheckoutRow.order_number.set("ORD-OTHER1")])


SPOILED: list[tuple[Callable[[Order], None], type[Exception]]] = [
    (moved_status, OrderChanged),
    (moved_version, OrderChanged),
    (other_payment, PaymentClaimed),
    (existing_ticket, AlreadyIssued),
    (existing_mail, AlreadyIssued),
    (missing_checkout, TransactWriteError),
    (checkout_of_another_order, TransactWriteError),
]


@pytest.mark.parametrize(("spoil", "raised"), SPOILED)
def test_one_failed_condition_leaves_nothing_behind(
    world: World, spoil: Callable[[Order], None], raised: type[Exception]
) -> None:
    sell()
    order = store(an_order())
    spoil(order)
    before = world.contents()

    with pytest.raises(raised):
        complete(order)

    assert world.contents() == before


def test_an_order_that_vanished_is_not_half_completed(world: World) -> None:
    order = store(an_order())
    OrderRow(order.order_number).delete()
    before = world.contents()

    with pytest.raises(Exception, match="there is no order"):
        complete(order)

    assert world.contents() == before


def no_seats(_: Order) -> None:
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(2)])


def no_ticket_type(_: Order) -> None:
    TicketTypeRow("5", "general").delete()


@pytest.mark.parametrize("spoil", [no_seats, no_ticket_type])
def test_a_late_payment_without_seats_issues_nothing(
    world: World, spoil: Callable[[Order], None]
) -> None:
    sell()
    order = store(an_order(**CLOSED))
    spoil(order)
    before = world.contents()

    with pytest.raises(SeatsGone, match="ORD-ABC123"):
        complete(order)

    assert world.contents() == before


def test_seats_of_one_type_gone_leave_the_other_type_alone(world: World) -> None:
    sell(available=10)
    sell(available=1, sku="child")
    lines = (a_line(), a_line(sku="child", quantity=2))
    order = store(an_order(**CLOSED | {"lines": lines}))

    with pytest.raises(SeatsGone):
        ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)

    assert (seats_left("general"), seats_left("child")) == (10, 1)
    assert world.items("TicketsTable") == []


def test_a_claimed_payment_names_both_orders(world: World) -> None:
    order = store(an_order())
    other_payment(order)

    with pytest.raises(PaymentClaimed) as caught:
        complete(order)

    claimed = caught.value
    assert claimed.transaction_id == TRANSACTION_ID
    assert (claimed.order_number, claimed.owner) == ("ORD-ABC123", "ORD-OTHER1")
    assert world.items("TicketsTable") == []


def test_one_payment_completes_one_of_two_orders(world: World) -> None:
    first = store(an_order())
    second = store(an_order(order_number="ORD-DEF456", checkout_ids=("second",)))
    complete(first)

    decision = paid(checkout=a_checkout(id="second"))
    with pytest.raises(PaymentClaimed):
        ORDERS.complete(second, decision, tickets_for(second), [], LATER)

    assert ORDERS.get("ORD-DEF456").status is OrderStatus.PENDING
    assert {t["order_number"]["S"] for t in world.items("TicketsTable")} == {"ORD-ABC123"}


def test_completing_twice_changes_nothing_more(world: World) -> None:
    order = store(an_order())
    complete(order)
    before = world.contents()

    with pytest.raises(OrderChanged):
        complete(order)

    assert world.contents() == before


def test_the_audit_tells_what_was_seen_and_nothing_personal(world: World) -> None:
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


def test_attempts_before_the_payment_are_in_the_audit(world: World) -> None:
    order = store(an_order())
    failed = Transaction("first-try", "FAILED", Decimal("45.00"), "GBP")
    decision = paid(checkout=a_checkout(transactions=(failed, a_payment())))

    ORDERS.complete(order, decision, tickets_for(order), [a_mail()], LATER + timedelta(1))

    assert "first-try FAILED 45.00, " in audit_of(order)[0].seen
    assert len(world.items("AuditTable")) == 1
