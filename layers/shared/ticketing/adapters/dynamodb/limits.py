"""Counters of a buyer's orders and of an event's unpaid seats, changed in orders' transactions.

The row of a counter is created when something is first counted, and DynamoDB removes it some time
after its last order.
"""

from collections.abc import Collection
from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.models import RequestRow
from ticketing.adapters.dynamodb.retries import update_if
from ticketing.errors import TooManyUnpaid
from ticketing.orders.limits import (
    UNPAID_WAIT,
    Allowance,
    Allowances,
    settled,
    too_many_orders,
)
from ticketing.orders.order import Order


def count_order(t: TransactWrite, order: Order, allowances: Allowances) -> None:
    """Count a new order, on the condition that there is room for it."""
    orders = RequestRow.orders
    t.update(
        RequestRow(allowances.orders.key),
        actions=[orders.add({order.order_number}), *_kept(allowances.orders)],
        condition=orders.does_not_exist() | (size(orders) < allowances.orders.most),
    )
    if allowances.seats:
        seats = RequestRow.seats
        most = allowances.seats.most - order.seats_to_pay
        t.update(
            RequestRow(allowances.seats.key),
            actions=[seats.add(order.seats_to_pay), *_kept(allowances.seats)],
            condition=seats.does_not_exist() | (seats <= most),
        )


def count_too(t: TransactWrite, order: Order, allowance: Allowance) -> None:
    """Count an order in another buyer's row as well, if there is room or it is counted already."""
    orders = RequestRow.orders
    is_counted = orders.contains(order.order_number)
    t.update(
        RequestRow(allowance.key),
        actions=[orders.add({order.order_number}), *_kept(allowance)],
        condition=orders.does_not_exist() | is_counted | (size(orders) < allowance.most),
    )


def count_as_settled(t: TransactWrite, order: Order, now: datetime) -> None:
    """Take an order's seats out of the unpaid ones, which is always allowed."""
    seats = settled(order, now)
    fewer = RequestRow.seats.add(-order.seats_to_pay)
    t.update(RequestRow(seats.key), actions=[fewer, *_kept(seats)])


def require_room(order: Order, allowances: Allowances) -> None:
    """Raise `TooManyOrders` or `TooManyUnpaid` if there is no room for an order."""
    require_room_too(order, allowances.orders, order.created_at)
    row = _row(allowances.seats.key) if allowances.seats else None
    if row and allowances.seats and (row.seats or 0) + order.seats_to_pay > allowances.seats.most:
        raise TooManyUnpaid(UNPAID_WAIT)


def require_room_too(order: Order, allowance: Allowance, now: datetime) -> None:
    """Raise `TooManyOrders` if a buyer's row has no room for an order."""
    orders = counted(allowance)
    if order.order_number not in orders and len(orders) >= allowance.most:
        raise too_many_orders(order, allowance, now)


def counted(allowance: Allowance) -> frozenset[str]:
    """Return the orders that a buyer's row counts."""
    row = _row(allowance.key)
    return frozenset(row.orders or ()) if row else frozenset()


def drop(allowance: Allowance, order_numbers: Collection[str]) -> bool:
    """Stop counting these orders of a buyer; return False if the row counts none."""
    is_there: Condition = RequestRow.orders.exists()
    gone = RequestRow.orders.delete(set(order_numbers))
    return update_if(RequestRow(allowance.key), [gone], is_there)


def _kept(allowance: Allowance) -> list[Action]:
    return [
        RequestRow.kind.set(allowance.key.partition("#")[0]),
        RequestRow.expires_at.set(allowance.expires_at),
        RequestRow.expires_at_epoch.set(int(allowance.expires_at.timestamp())),
    ]


def _row(key: str) -> RequestRow | None:
    try:
        return RequestRow.get(key, consistent_read=True)
    except DoesNotExist:
        return None
