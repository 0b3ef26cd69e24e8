"""Optimistic locking: after a conflict, read the order or the ticket again and decide again."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ticketing.errors import OrderChanged, TicketBusy
from ticketing.flows.ports import ReadsOrders
from ticketing.observability import logger
from ticketing.orders.order import Order

T = TypeVar("T")
ROUNDS = 4
"""After this many conflicts the caller has to start again."""
TRIES_AT_THE_DOOR = 8
"""For one scan: many gates may scan a ticket at once, and their writes do not queue."""


def retry_on_conflict(orders: ReadsOrders, order_number: str, act: Callable[[Order], T]) -> T:
    """Return the result of `act`; raises `OrderChanged` after too many conflicts."""
    for _ in range(ROUNDS):
        try:
            return act(orders.get(order_number))
        except OrderChanged:
            logger.info("conflict, reading the order again", order=order_number)
    raise OrderChanged(order_number)


def retry_while_busy(act: Callable[[], T]) -> T:
    """Return the result of `act`, which reads a ticket; raises `TicketBusy` after too many."""
    tries = Retrying(
        retry=retry_if_exception_type(TicketBusy),
        stop=stop_after_attempt(TRIES_AT_THE_DOOR),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        reraise=True,
    )
    return tries(act)
