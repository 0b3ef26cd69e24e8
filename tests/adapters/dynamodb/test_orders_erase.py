"""Erasing a buyer in the tables: one write, only as read, and found until everything is done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import NOW, an_order, tickets_for
from tests.support.stored import LATER, audit_of, row_of, store
from ticketing.adapters.dynamodb.mapping import request_row, ticket_row
from ticketing.adapters.dynamodb.models import OrderRow, TicketRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.errors import OrderChanged
from ticketing.operators.next_step import row_attributes
from ticketing.orders.basket import Repeated, Request
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus

ORDERS = OrderTable(REGION, "erase_buyers")
BEGAN = NOW - timedelta(days=200)


def bought(number: str = "ORD-ABC123", **changes: object) -> Order:
    """Store a completed order with its tickets."""
    settled = {
        "status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED, "work": None,
        "next_check_at": None, "event_starts_at": BEGAN, "checkout_ids": (),
    }  # fmt: skip
    order = store(an_order(order_number=number, **settled | changes))
    for ticket in tickets_for(order):
        ticket_row(ticket, NOW).save()
    return order


def test_name_and_address_are_gone_from_order_and_tickets_at_once(world: World) -> None:
    order = bought()
    OrderRow("ORD-ABC123").update([OrderRow.delivery_reason.set("she is unknown there")])
    world.wire.forget()

    ORDERS.erase(order, "she asked", LATER)

    after = ORDERS.get("ORD-ABC123")
    customer = Customer(ERASED, ERASED, order.customer.language)
    (entry,) = audit_of(order)
    assert after == replace(order, customer=customer, version=1, audit_hash=entry.hash)
    assert (entry.by, entry.change, entry.reason) == ("erase_buyers", "buyer erased", "she asked")
    assert {row.holder for row in TicketRow.scan()} == {ERASED}
    assert row_of(order).delivery_reason is None
    assert row_of(order).what_next == row_attributes(after)["what_next"]
    assert world.wire.count("TransactWriteItems") == 1


@pytest.mark.usefixtures("world")
def test_an_address_that_was_erased_finds_nothing() -> None:
    order = bought()
    bought("ORD-OTHER1", created_at=NOW + timedelta(hours=1))
    assert ORDERS.of_email("jane@example.com") == ("ORD-ABC123", "ORD-OTHER1")

    ORDERS.erase(order, "she asked", LATER)

    assert ORDERS.of_email("jane@example.com") == ("ORD-OTHER1",)
    assert ORDERS.completed_of("jane@example.com", 5) == ("ORD-OTHER1",)


MOVED: dict[str, Callable[[], object]] = {
    "version": lambda: OrderRow("ORD-ABC123").update([OrderRow.version.set(7)]),
    "status": lambda: OrderRow("ORD-ABC123").update([OrderRow.status.set("expired")]),
}


@pytest.mark.parametrize("move", MOVED.values(), ids=MOVED)
def test_an_order_that_moved_on_is_not_erased(world: World, move: Callable[[], object]) -> None:
    order = bought()
    move()
    before = world.contents()

    with pytest.raises(OrderChanged):
        ORDERS.erase(order, "she asked", LATER)

    assert world.contents() == before


@pytest.mark.usefixtures("world")
def test_a_ticket_of_another_order_keeps_its_holder() -> None:
    order = bought()
    TicketRow("ORD-ABC123-01").update([TicketRow.order_number.set("ORD-OTHER1")])

    ORDERS.erase(order, "she asked", LATER)

    assert TicketRow.get("ORD-ABC123-01").holder == "Jane Doe"
    assert TicketRow.get("ORD-ABC123-02").holder == ERASED


def test_a_ticket_that_is_gone_or_changes_hands_does_not_leave_half(world: World) -> None:
    order = bought()
    taken = TicketRow.order_number.set("ORD-OTHER1")
    world.wire.meanwhile("TransactWriteItems", lambda: TicketRow("ORD-ABC123-01").update([taken]))
    TicketRow("ORD-ABC123-03").delete()

    with pytest.raises(TransactWriteError):
        ORDERS.erase(order, "she asked", LATER)

    assert ORDERS.get("ORD-ABC123") == order
    assert {row.holder for row in TicketRow.scan()} == {"Jane Doe"}


def test_a_lost_answer_is_no_second_entry(world: World) -> None:
    order = bought()
    world.wire.lose_answer("TransactWriteItems")

    ORDERS.erase(order, "she asked", LATER)

    assert len(audit_of(order)) == 1
    assert ORDERS.get("ORD-ABC123").customer.is_erased


@pytest.mark.usefixtures("world")
def test_past_orders_are_found_until_nothing_names_their_buyer() -> None:
    order = bought()
    bought("ORD-OTHER1", event_starts_at=BEGAN - timedelta(days=1))
    bought("ORD-LATER1", event_starts_at=BEGAN + timedelta(seconds=1))
    assert list(ORDERS.naming_buyers(BEGAN)) == ["ORD-OTHER1", "ORD-ABC123"]

    ORDERS.names_nobody("ORD-ABC123")
    assert list(ORDERS.naming_buyers(BEGAN)) == ["ORD-OTHER1", "ORD-ABC123"], "it still does"

    ORDERS.erase(order, "she asked", LATER)
    assert list(ORDERS.naming_buyers(BEGAN)) == ["ORD-OTHER1", "ORD-ABC123"], "mails may be left"

    ORDERS.names_nobody("ORD-ABC123")
    assert list(ORDERS.naming_buyers(BEGAN)) == ["ORD-OTHER1"]
    ORDERS.names_nobody("ORD-GONE01")


@pytest.mark.usefixtures("world")
def test_an_event_that_was_put_off_moves_its_orders_in_the_index() -> None:
    order = bought()

    ORDERS.note_event(order, NOW)
    ORDERS.note_event(order, BEGAN)

    assert list(ORDERS.naming_buyers(BEGAN)) == []
    assert ORDERS.get("ORD-ABC123").event_starts_at == NOW


@pytest.mark.usefixtures("world")
def test_an_order_that_names_nobody_is_not_put_back_into_the_index() -> None:
    order = bought()
    ORDERS.erase(order, "she asked", LATER)
    ORDERS.names_nobody("ORD-ABC123")

    ORDERS.note_event(order, NOW)

    assert row_of(order).event_starts_at == BEGAN
    assert list(ORDERS.naming_buyers(LATER)) == []


@pytest.mark.usefixtures("world")
def test_what_a_request_asked_for_is_forgotten() -> None:
    order = bought()
    for key, number in (("key-1", "ORD-ABC123"), ("key-2", "ORD-OTHER1")):
        named = replace(order, order_number=number)
        request_row(named, Request(key, "a hash of it", NOW + timedelta(days=1))).save()

    ORDERS.forget_requests("ORD-ABC123")

    assert ORDERS.requested("key-1") == Repeated(ERASED, "ORD-ABC123")
    assert ORDERS.requested("key-2") == Repeated("a hash of it", "ORD-OTHER1")


def test_a_request_that_expires_meanwhile_stays_gone(world: World) -> None:
    order = bought()
    row = request_row(order, Request("key-1", "a hash of it", NOW + timedelta(days=1)))
    row.save()
    world.wire.meanwhile("UpdateItem", row.delete)

    ORDERS.forget_requests("ORD-ABC123")

    assert world.items("RequestsTable") == []
