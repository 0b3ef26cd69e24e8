"""Seats: for each ticket type, the seats left are the capacity less what orders hold.

Orders change while they are counted, so the count is for the moment at which `available` was read:
an order's row says when it was placed and settled. An order that may have changed on either side of
that moment is perhaps held, so there is a least and a most that may be taken.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ticketing.audit.order_snapshot import Breach, Rule
from ticketing.orders.order import OrderStatus
from ticketing.orders.reason import Reason

LONGEST_WRITE = timedelta(minutes=5)
"""From the time that a function notes to the write itself; no function runs for more than three."""
SKEW = timedelta(seconds=10)
"""How far the clocks of two functions may differ."""

PAID_WHILE_OPEN = frozenset({Reason.PAID, Reason.FREE})

Kind = tuple[str, str]
"""A ticket type: its event and its SKU."""


class Holder(Protocol):
    """What is needed of an order to count its seats."""

    @property
    def event_id(self) -> str: ...
    @property
    def seats(self) -> Mapping[str, int]: ...
    @property
    def status(self) -> OrderStatus: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def reason_code(self) -> str: ...
    @property
    def settled_at(self) -> datetime | None: ...
    @property
    def voided_at(self) -> datetime | None: ...
    @property
    def holds_seats(self) -> bool: ...


@dataclass(frozen=True)
class SeatsLeft:
    """The counter of a ticket type as it is stored."""

    event_id: str
    sku: str
    capacity: int
    available: int

    @property
    def kind(self) -> Kind:
        return self.event_id, self.sku

    @property
    def taken(self) -> int:
        return self.capacity - self.available

    @property
    def row(self) -> str:
        """How a breach names its row."""
        return f"ticket type {self.event_id} {self.sku}"


@dataclass
class Tally:
    """The seats of each ticket type that orders held at a moment between `since` and `until`.

    `unknown` are the events of unreadable orders, whose counters cannot be judged.
    """

    since: datetime
    until: datetime
    least: Counter[Kind] = field(default_factory=Counter)
    most: Counter[Kind] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)

    def add(self, order: Holder) -> None:
        held = held_between(order, self.since, self.until)
        for sku, seats in order.seats.items():
            if held:
                self.least[order.event_id, sku] += seats
            if held is not False:
                self.most[order.event_id, sku] += seats

    def difference(self, left: SeatsLeft) -> int:
        """Return how many seats too many are taken, negative if too few; 0 if that may be right."""
        least, most = self.least[left.kind], self.most[left.kind]
        if left.event_id in self.unknown or least <= left.taken <= most:
            return 0
        return left.taken - (most if left.taken > most else least)


def held_between(order: Holder, since: datetime, until: datetime) -> bool | None:
    """Return whether an order held its seats at that moment; None if its row cannot tell."""
    if order.created_at > until + SKEW:
        return False
    if order.created_at > since - LONGEST_WRITE:
        return None
    if order.voided_at is not None and order.voided_at >= since - LONGEST_WRITE:
        return None
    if order.settled_at is None or order.settled_at < since - LONGEST_WRITE:
        return order.holds_seats
    return True if order.holds_seats and not _may_have_taken_them_late(order) else None


def _may_have_taken_them_late(order: Holder) -> bool:
    """Return whether the order may have been closed, and its seats free, before it completed."""
    return order.status is OrderStatus.COMPLETED and order.reason_code not in PAID_WHILE_OPEN


def counter_is_possible(left: SeatsLeft) -> Iterator[Breach]:
    """The seats left are never below zero, nor above the capacity."""
    if not 0 <= left.available <= left.capacity:
        text = f"{left.available} of {left.capacity} seats are on sale, which cannot be."
        yield Breach(Rule.SEATS_LEFT, text, (left.row,))


def counter_is_right(left: SeatsLeft, first: int, second: int) -> Iterator[Breach]:
    """Two tallies must agree that the counter is wrong, and in which direction."""
    if first > 0 and second > 0:
        text = f"{second} seats are neither on sale nor held by an order."
        yield Breach(Rule.SEATS_LEFT, text, (left.row,))
    if first < 0 and second < 0:
        text = f"{-second} seats are on sale although orders hold them."
        yield Breach(Rule.SEATS_LEFT, text, (left.row,))
