"""How much one person, or everybody without paying, may take at once. Pure.

An order counts in rows of its own transaction: one for its buyer, and one for the unpaid seats of
its event. A large event has several of these, so that orders do not wait for each other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zlib import crc32

from ticketing.errors import TooManyOrders
from ticketing.events.event import TicketType
from ticketing.orders.buyer import mailbox
from ticketing.orders.order import MAX_TICKETS, Order

SEATS_A_ROW = 500
"""More unpaid seats than that are counted in several rows."""
KEPT = timedelta(days=2)
"""How much longer than its orders a buyer's row is kept."""
SEATS_KEPT = timedelta(days=62)
"""The same of an event's row, longer than any order is open: while SumUp does not answer, orders
outlive their deadline, and a row that is gone would begin again below zero.
"""
UNPAID_WAIT = 60
"""Seconds after which asking again for seats that are not paid makes sense."""


@dataclass(frozen=True)
class Allowance:
    """A row that counts, the most it may count to, and when it is no longer needed."""

    key: str
    most: int
    expires_at: datetime


@dataclass(frozen=True)
class Allowances:
    """What a new order must find room in: its buyer's orders, and the event's unpaid seats.

    A free order holds no unpaid seats.
    """

    orders: Allowance
    seats: Allowance | None


@dataclass(frozen=True)
class Limits:
    """The unpaid orders that a buyer may have open, the free ones in a day, and the unpaid seats.

    `unpaid_percent` is the share of an event's seats that orders may hold before they are paid.
    """

    open_orders: int = 3
    free_a_day: int = 5
    unpaid_percent: int = 50

    def of(self, order: Order, ticket_types: Iterable[TicketType]) -> Allowances:
        """Return where a new order counts; `ticket_types` are all of its event's."""
        whose = hashlib.sha256(mailbox(order.customer.email).encode()).hexdigest()[:32]
        expires_at = order.deadline + KEPT
        if order.is_free:
            day = order.created_at.astimezone(UTC).date()
            expires_at = datetime.combine(day, time(), UTC) + KEPT
            return Allowances(Allowance(f"free#{day}#{whose}", self.free_a_day, expires_at), None)
        capacity = sum(kind.capacity for kind in ticket_types if kind.price.amount)
        return Allowances(
            Allowance(f"buyer#{whose}", self.open_orders, expires_at),
            self._seats(order, capacity),
        )

    def _seats(self, order: Order, capacity: int) -> Allowance:
        """However small the event, one order may hold all that an order can."""
        most = max(capacity * self.unpaid_percent // 100, MAX_TICKETS)
        rows = max(most // SEATS_A_ROW, 1)
        row = crc32(order.order_number.encode()) % rows
        key, expires_at = f"unpaid#{order.event_id}#{row}", order.deadline + SEATS_KEPT
        return Allowance(key, most // rows, expires_at)


def settled(order: Order, now: datetime) -> Allowance:
    """Return the row that a settled order no longer counts in; it always has room for that."""
    return Allowance(order.held_in or "", 0, now + SEATS_KEPT)


def too_many_orders(order: Order, allowance: Allowance) -> TooManyOrders:
    """Return what its buyer is told about an order for which there is no room.

    The wait is until an order placed now would end by itself: pages that ask again by themselves
    do not wait for it, because it is the buyer who can do something.
    """
    if order.is_free:
        text = f"free tickets can be ordered {allowance.most} times a day; try again tomorrow"
        return TooManyOrders(_until_tomorrow(order.created_at), text)
    text = (
        f"{allowance.most} orders for this email address wait for their payment; pay for one of "
        "them or cancel it, or try again later: an order that nobody pays for ends by itself"
    )
    return TooManyOrders(int((order.open_until - order.created_at).total_seconds()), text)


def _until_tomorrow(now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1
