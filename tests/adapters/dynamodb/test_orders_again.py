"""Tickets resent by an operator, tickets rendered again, and the buyers of an event."""

from datetime import timedelta

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, an_order
from tests.support.stored import LATER, audit_of, row_of, store
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.orders.audit_entry import fingerprint
from ticketing.orders.order import Customer, Order, OrderStatus

ORDERS = OrderTable("arn:aws:iam::123456789012:user/alex")


def completed(**changes: object) -> Order:
    return store(an_order(**{"status": OrderStatus.COMPLETED} | changes))


def again(order: Order, address: str | None = None) -> Mail:
    moved = an_order(customer=Customer("Jane Doe", address)) if address else order
    return to_buyer(moved, MailKind.CONFIRMATION, LATER, 2)


def test_resending_a_mail_adds_an_audit_entry(world: World) -> None:
    order = completed()

    ORDERS.send_again(order, again(order), LATER)

    assert [item["mail_id"]["S"] for item in world.items("MailsTable")] == [
        "ORD-ABC123#confirmation#2"
    ]
    (entry,) = audit_of(order)
    assert (entry.change, entry.reason, entry.by) == (
        "tickets sent again",
        "resend",
        "arn:aws:iam::123456789012:user/alex",
    )
    assert entry.seen == "ORD-ABC123#confirmation#2"
    assert row_of(order).version == 1
    assert world.wire.count("TransactWriteItems") == 1


def test_a_corrected_address_is_in_the_order_but_not_in_the_audit_trail(world: World) -> None:
    order = completed(complained_at=NOW)

    ORDERS.send_again(order, again(order, "jane@example.org"), LATER)

    row, (entry,) = row_of(order), audit_of(order)
    assert row.customer_email == "jane@example.org"
    assert row.complained_at is None
    assert [r.order_number for r in OrderRow.email_index.query("jane@example.org")] == [
        "ORD-ABC123"
    ]
    assert entry.change == "address corrected"
    assert entry.seen.split() == [
        "ORD-ABC123#confirmation#2",
        fingerprint("ORD-ABC123", "jane@example.com"),
        fingerprint("ORD-ABC123", "jane@example.org"),
    ]
    assert "@" not in str(world.items("AuditTable"))


def test_a_fingerprint_distinguishes_addresses_within_an_order() -> None:
    first = fingerprint("ORD-ABC123", "jane@example.com")

    assert len(first) == 4
    assert first == fingerprint("ORD-ABC123", "Jane@Example.com")
    assert first != fingerprint("ORD-ABC123", "jane@example.org")
    assert first != fingerprint("ORD-ABC124", "jane@example.com")


def test_only_completed_orders_of_the_event_are_found(world: World) -> None:
    store(an_order(order_number="ORD-OPEN1"))
    store(an_order(order_number="ORD-OTHER1", status=OrderStatus.COMPLETED, event_id="6"))
    wanted = [completed(order_number=f"ORD-BUY{n}").order_number for n in range(3)]
    broken = completed(order_number="ORD-BROKEN")
    OrderRow(broken.order_number).update([OrderRow.total.remove()])
    world.wire.forget()

    found = [order.order_number for order in ORDERS.completed_for("5")]

    assert sorted(found) == wanted
    assert world.wire.count("Scan") == 1


@pytest.mark.usefixtures("world")
def test_orders_are_found_with_their_settled_time() -> None:
    completed(settled_at=NOW + timedelta(minutes=3))

    (order,) = ORDERS.completed_for("5")

    assert order.settled_at == NOW + timedelta(minutes=3)
