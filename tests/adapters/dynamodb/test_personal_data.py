"""No attribute of an order's row outlives its buyer because somebody forgot about it."""

from decimal import Decimal
from typing import Any

import pytest
from pynamodb.attributes import Attribute

from tests.support.aws import World
from tests.support.builders import NOW, an_order
from tests.support.stored import LATER, row_of, store
from ticketing.adapters.dynamodb.attributes import MomentAttribute, WholeNumberAttribute
from ticketing.adapters.dynamodb.mapping import ATTRIBUTES_OF
from ticketing.adapters.dynamodb.models import (
    OrderRow,
    PartRefundMap,
    RefundMap,
    ReissuedMap,
    VoidTicketMap,
)
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.personal_data import IMPERSONAL, PERSONAL, REPLACED
from ticketing.orders.order import ERASED, Delivery, OrderStatus, Origin
from ticketing.orders.refund import RefundStatus

ORDERS = OrderTable("erase_buyers")
CHANGED_WITH_IT = {"audit_hash", "personal_key", "version", "what_next", "runbook"}
"""These belong to the erasure itself, and to what follows for the order."""


def test_every_attribute_is_declared_personal_or_not() -> None:
    attributes = set(OrderRow.get_attributes())

    assert attributes - PERSONAL - IMPERSONAL == set(), "declare it in personal_data.py"
    assert (PERSONAL | IMPERSONAL) - attributes == set(), "it is no attribute any more"
    assert set() == PERSONAL & IMPERSONAL


def test_what_the_order_knows_of_its_buyer_is_replaced() -> None:
    assert set(ATTRIBUTES_OF["customer"]) == REPLACED


GONE: dict[str, Any] = {
    "transaction_id": "t-1",
    "status": RefundStatus.REFUNDED,
    "amount": Decimal(5),
    "currency": "GBP",
    "asked_at": NOW,
    "attempt": "a",
    "settled_at": NOW,
    "problem": "slow",
}
FILLED: dict[str, Any] = {
    "status": OrderStatus.COMPLETED,
    "origin": Origin.TERMINAL,
    "work_key": "LATE",
    "delivery": Delivery.PROBLEM,
    "refund_status": RefundStatus.REFUNDED,
    "customer_email": "jane@example.com",
    "customer_email_typed": "Jane@Example.com",
    "customer_language": "fr",
    "checkout_ids": ["c-1"],
    "personal_key": "BUYER",
    "refunds": [RefundMap(**GONE)],  # type: ignore[no-untyped-call]  # pynamodb leaves it so
    "parts": [
        PartRefundMap(**GONE, number=1, back_before=Decimal(0))  # type: ignore[no-untyped-call]
    ],
    "reissued": [
        ReissuedMap(ticket_id="ORD-ABC123-02", times=1)  # type: ignore[no-untyped-call]
    ],
    "void_tickets": [
        VoidTicketMap(ticket_id="ORD-ABC123-01", sku="general", at=NOW)  # type: ignore[no-untyped-call]
    ],
}


def filler(name: str, attribute: Attribute[Any]) -> Any:  # noqa: ANN401 - of any attribute
    if name in FILLED:
        return FILLED[name]
    if isinstance(attribute, MomentAttribute):
        return NOW
    if isinstance(attribute, WholeNumberAttribute):
        return 2
    return f"canary of {name}"


@pytest.mark.usefixtures("world")
def test_erasing_leaves_nothing_personal_in_a_row_with_every_attribute(world: World) -> None:
    store(an_order())
    row = row_of(an_order())
    for name, attribute in OrderRow.get_attributes().items():
        if getattr(row, name) is None or name in FILLED or name in PERSONAL:
            setattr(row, name, filler(name, attribute))
    row.status_reason, row.audit_hash = "It is paid.", ""
    row.save()
    (before,) = world.items("OrdersTable")
    assert set(before) == set(OrderRow.get_attributes()), "a row with every attribute"

    ORDERS.erase(ORDERS.get("ORD-ABC123"), "she asked", LATER)
    ORDERS.finish_erasure("ORD-ABC123")

    (after,) = world.items("OrdersTable")
    assert {name: after[name]["S"] for name in PERSONAL & after.keys()} == {
        "customer_name": ERASED,
        "customer_email": ERASED,
    }
    assert {n: after.get(n) for n in IMPERSONAL - CHANGED_WITH_IT} == {
        n: before.get(n) for n in IMPERSONAL - CHANGED_WITH_IT
    }
    told = repr(after).casefold()
    assert [name for name in PERSONAL if f"canary of {name}" in told] == []
    assert "jane" not in told
