"""Optimistic locking: after a conflict, read the order again and decide again."""

from collections.abc import Callable
from typing import TypeVar

from ticketing.errors import OrderChanged
from ticketing.flows.ports import ReadsOrders
from ticketing.observability import logger
from ticketing.orders.order import Order

T = TypeVar("T")
ROUNDS = 4
"""After so many conflicts the caller has to start again."""


def retry_on_conflict(orders: ReadsOrders, order_number: str, act: Callable[[Order], T]) -> T:
    """Return the result of `act`; raises `OrderChanged` after too many conflicts."""
    for _ in range(ROUNDS):
        try:
            return act(orders.get(order_number))
        except OrderChanged:
            logger.info("conflict, reading the order again", order=order_number)
    raise OrderChanged(order_number)
