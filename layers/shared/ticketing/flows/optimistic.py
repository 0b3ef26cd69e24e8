"""Act on an order as it is: read again, and decide again, whenever it changes under the act."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from ticketing.errors import OrderChanged
from ticketing.observability import logger
from ticketing.orders.order import Order

T = TypeVar("T")
ROUNDS = 4
"""How often an order may change under us before somebody else has to begin anew."""


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...


def retry_on_conflict(orders: Orders, order_number: str, act: Callable[[Order], T]) -> T:
    """Return what acting on the order comes to; raises `OrderChanged` if it keeps changing."""
    for _ in range(ROUNDS):
        try:
            return act(orders.get(order_number))
        except OrderChanged:
            logger.info("order changed meanwhile, reading again", order=order_number)
    raise OrderChanged(order_number)
