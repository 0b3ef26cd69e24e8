"""Erasing a buyer from the tables: one conditional write, found again until it is done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import World
from tests.support.builders import NOW, an_order, tickets_for
from tests.support.stored import LATER, audit_of, row_of, store
from ticketing.adapters.dynamodb.mapping import request_row, ticket_row
from ticketing.adapters.dynamodb.models import OrderRow, TicketRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.errors import UnreadableOrder
from ticketing.operators.next_step import row_attributes
from ticketing.orders.basket import Request
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus

ORDERS = OrderTable("erase_buyers")
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


def test_name_and_address_are_erased_from_order_and_tickets_atomically(world: World) -> None:
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
def test_a_ticket_belonging_to_another_order_keeps_its_holder() -> None:
    order = bought()
    TicketRow("ORD-ABC123-01").update([TicketRow.order_number.set("ORD-OTHER1")])

    ORDERS.erase(order, "she asked", LATER)

    assert TicketRow.get("ORD-ABC123-01").holder == "Jane Doe"
    assert TicketRow.get("ORD-ABC123-02").holder == ERASED


def test_a_missing_or_reassigned_ticket_aborts_the_whole_erasure(world: World) -> None:
    order = bought()
    taken = TicketRow.order_number.set("ORD-OTHER1")
    world.wire.meanwhile("TransactWriteItems", lambda: TicketRow("ORD-ABC123-01").update([taken]))
    TicketRow("ORD-ABC123-03").delete()

    with pytest.raises(TransactWriteError):
        ORDERS.erase(order, "she asked", LATER)

    assert ORDERS.get("ORD-ABC123") == order
    assert {row.holder for row in TicketRow.scan()} == {"Jane Doe"}


def test_a_lost_response_adds_no_second_audit_entry(world: World) -> None:
    order = bought()
    world.wire.lose_answer("TransactWriteItems")

    ORDERS.erase(order, "she asked", LATER)

    assert len(audit_of(order)) == 1
    assert ORDERS.get("ORD-ABC123").customer.is_erased


def test_a_request_that_expires_meanwhile_is_not_recreated(world: World) -> None:
    order = bought()
    row = request_row(order, Request("key-1", "a hash of it", NOW + timedelta(days=1)))
    row.save()
    world.wire.meanwhile("UpdateItem", row.delete)

    ORDERS.forget_requests("ORD-ABC123")

    assert world.items("RequestsTable") == []


def test_an_order_whose_time_is_misspelt_is_found_by_its_address(world: World) -> None:
    """Its row cannot be read, which whoever asks about its buyer has to know."""
    bought("ORD-ABC123")
    (item,) = world.items("OrdersTable")
    broken = {"order_number": {"S": "ORD-BAD111"}, "created_at": {"S": "soon"}}
    world.put("OrdersTable", item | broken)

    assert ORDERS.of_email("jane@example.com") == ("ORD-ABC123", "ORD-BAD111")

    with pytest.raises(UnreadableOrder):
        ORDERS.get("ORD-BAD111")
