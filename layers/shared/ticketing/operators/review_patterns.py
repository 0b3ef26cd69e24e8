"""Find patterns among orders on hold: one mismatch may be an accident, several are not."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ticketing.orders.order import Order, ReviewedOrder

WINDOW = timedelta(hours=24)
BUYER_LIMIT = 2
ORGANISER_LIMIT = 3


@dataclass(frozen=True)
class Repetition:
    """Several reviews within a day for one buyer or organiser (`whose`), named by `who`."""

    whose: str
    who: str
    order_numbers: tuple[str, ...]

    @property
    def key(self) -> str:
        """A stable id of `who`, too short to find an address by."""
        return hashlib.sha256(self.who.encode()).hexdigest()[:4]


def repetitions(order: Order, reviewed: Sequence[ReviewedOrder]) -> tuple[Repetition, ...]:
    """Return the patterns that this order's review completes; they include the order."""
    of_buyer = [r.order_number for r in reviewed if _is_same(order, r.email)]
    of_organiser = [r.order_number for r in reviewed if r.organiser_id == order.organiser_id]
    found = (
        ("buyer", order.customer.key, of_buyer, BUYER_LIMIT),
        ("organiser", order.organiser_id, of_organiser, ORGANISER_LIMIT),
    )
    return tuple(
        Repetition(whose, who, numbers)
        for whose, who, others, limit in found
        if len(numbers := tuple(sorted({*others, order.order_number}))) >= limit
    )


def _is_same(order: Order, email: str) -> bool:
    return email == order.customer.key and not order.customer.is_erased
