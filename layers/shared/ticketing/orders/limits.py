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
from ticketing.orders.order import MAX_TICKETS, Order, OrderStatus
from ticketing.sentence import sentence

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
        email = order.customer.email
        if order.is_free:
            return Allowances(self._free(email, order.created_at), None)
        capacity = sum(kind.capacity for kind in ticket_types if kind.price.amount)
        return Allowances(
            Allowance(f"buyer#{_hash(email)}", self.open_orders, order.deadline + KEPT),
            self._seats(order, capacity),
        )

    def of_address(self, order: Order, email: str, now: datetime) -> Allowance | None:
        """Return where an order counts as well that gets another address; None for a paid one.

        It goes on counting for each address it had, until it is settled. So nobody makes room by a
        change, and an address is never that of more unpaid orders than may be placed with it.
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
        """However small the event, one order may hold all that an order can."""
        most = max(capacity * self.unpaid_percent // 100, MAX_TICKETS)
        rows = max(most // SEATS_A_ROW, 1)
        row = crc32(order.order_number.encode()) % rows
        key, expires_at = f"unpaid#{order.event_id}#{row}", order.deadline + SEATS_KEPT
        return Allowance(key, most // rows, expires_at)


def settled(order: Order, now: datetime) -> Allowance:
    """Return the row that a settled order no longer counts in; it always has room for that."""
    return Allowance(order.held_in or "", 0, now + SEATS_KEPT)


def too_many_orders(order: Order, allowance: Allowance, now: datetime) -> TooManyOrders:
    """Return what its buyer is told about an order for which there is no room.

    The wait is until this order would end by itself: pages that ask again by themselves do not wait
    for it, because it is the buyer who can do something.
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
    return TooManyOrders(max(int((order.open_until - now).total_seconds()), UNPAID_WAIT), text)


def _hash(email: str) -> str:
    return hashlib.sha256(mailbox(email).encode()).hexdigest()[:32]


def _until_tomorrow(now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1
