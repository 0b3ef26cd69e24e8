"""How much one person may order, and how many seats may be held unpaid, at once. Pure.

An order is counted in rows that its own transaction writes: one for its buyer, and one for the
unpaid seats of its event. A large event has several of the latter, so that orders do not wait for
each other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zlib import crc32

from ticketing.errors import TooManyOrders
from ticketing.events.event import TicketType
from ticketing.orders.buyer import mailbox
from ticketing.orders.order import MAX_TICKETS, Order, OrderStatus
from ticketing.sentence import sentence

SEATS_A_ROW = 500
"""The unpaid seats of an event that one row counts; more than that are spread over several rows."""
KEPT = timedelta(days=2)
"""How much longer than its orders a buyer's row is kept."""
SEATS_KEPT = timedelta(days=62)
"""How much longer than its orders an event's row is kept: longer than any order is open. Orders
outlive their deadline while SumUp does not answer, and without the row a count would fall below
zero.
"""
UNPAID_WAIT = 60
"""Seconds after which it makes sense to ask for unpaid seats again."""
OPEN_ORDERS_WAIT = 15 * 60
"""The fewest seconds to wait with too many open orders. The shop's pages retry by themselves for
ten minutes; this is longer, so that none places an order while its buyer is paying for another.
"""


@dataclass(frozen=True)
class Allowance:
    """A counter's row, the most that it may count to, and when it is no longer needed."""

    key: str
    most: int
    expires_at: datetime


@dataclass(frozen=True)
class Allowances:
    """The counters that must have room for a new order: its buyer's, and that of unpaid seats.

    A free order has no unpaid seats.
    """

    orders: Allowance
    seats: Allowance | None


@dataclass(frozen=True)
class Limits:
    """How many unpaid orders a buyer may have open, and how many free ones they may place in a day.

    `unpaid_percent` is the share of an event's seats that orders may hold before they are paid.
    """

    open_orders: int = 3
    free_a_day: int = 5
    unpaid_percent: int = 50

    def of(self, order: Order, ticket_types: Iterable[TicketType]) -> Allowances:
        """Return the counters for a new order; `ticket_types` are all those of its event."""
        email = order.customer.email
        if order.is_free:
            return Allowances(self._free(email, order.created_at), None)
        capacity = sum(kind.capacity for kind in ticket_types if kind.price.amount)
        return Allowances(
            Allowance(f"buyer#{_hash(email)}", self.open_orders, order.deadline + KEPT),
            self._seats(order, capacity),
        )

    def of_address(self, order: Order, email: str, now: datetime) -> Allowance | None:
        """Return the counter of the new address of an order, where it then counts as well.

        Until it is settled, an order keeps counting for each address it has had. So nobody gains
        room by a change, and no address has more unpaid orders than may be placed with it. A paid
        order is not counted: None.
        """
        if order.is_free:
            return self._free(email, now)
        if order.status is not OrderStatus.PENDING:
            return None
        expires_at = max(order.deadline, now) + KEPT
        return Allowance(f"buyer#{_hash(email)}", self.open_orders, expires_at)

    def _free(self, email: str, now: datetime) -> Allowance:
        day = now.astimezone(UTC).date()
        expires_at = datetime.combine(day, time(), UTC) + KEPT
        return Allowance(f"free#{day}#{_hash(email)}", self.free_a_day, expires_at)

    def _seats(self, order: Order, capacity: int) -> Allowance:
        """Return the counter of unpaid seats; even a small event has room for one full order."""
        most = max(capacity * self.unpaid_percent // 100, MAX_TICKETS)
        rows = max(most // SEATS_A_ROW, 1)
        row = crc32(order.order_number.encode()) % rows
        key, expires_at = f"unpaid#{order.event_id}#{row}", order.deadline + SEATS_KEPT
        return Allowance(key, most // rows, expires_at)


def settled(order: Order, now: datetime) -> Allowance:
    """Return the counter of unpaid seats that a settled order leaves, which is always allowed."""
    return Allowance(order.held_in or "", 0, now + SEATS_KEPT)


def too_many_orders(order: Order, allowance: Allowance, now: datetime) -> TooManyOrders:
    """Return the error for an order that its buyer has no room for.

    For an unpaid order, the wait is until it would end by itself, which may be shorter than pages
    keep trying; but here the buyer can do something, so the wait is always longer.
    """
    if order.is_free:
        text = sentence(
            "free tickets can be ordered {most} times a day; try again tomorrow",
            most=allowance.most,
        )
        return TooManyOrders(_until_tomorrow(now), text)
    text = sentence(
        "{most} orders for this email address wait for their payment; pay for one of them or "
        "cancel it, or try again later: an order that nobody pays for ends by itself",
        most=allowance.most,
    )
    seconds = int((order.open_until - now).total_seconds())
    return TooManyOrders(max(seconds, OPEN_ORDERS_WAIT), text)


def _hash(email: str) -> str:
    return hashlib.sha256(mailbox(email).encode()).hexdigest()[:32]


def _until_tomorrow(now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1
