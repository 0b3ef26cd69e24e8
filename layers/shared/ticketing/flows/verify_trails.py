"""Recompute audit trails: each entry's hash, its link to the entry before, and the last hash.

This finds entries that were edited, removed, added or reordered, and trails that were cut at the
end, because the order's row has the length of its trail and the last hash. Orders change while
they are read, so a trail that seems broken is read again until its order stays unchanged.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, Unreadable
from ticketing.audit.reading import OrderReading, Page, Place
from ticketing.audit.rules import TRAIL, orphans, unreadable
from ticketing.errors import OrderNotFound
from ticketing.flows.ports import TrailReader
from ticketing.orders.order import Order

T = TypeVar("T")
LOOKS = 4
"""An order that changes during this many readings is judged by the last of them."""


@dataclass
class Verified:
    """How many orders and entries were read, and every rule that a trail breaks."""

    orders: int = 0
    entries: int = 0
    found: list[Breach] = field(default_factory=list)


@dataclass(frozen=True)
class VerifyTrails:
    """Verifies trails; writes nothing."""

    audit_reader: TrailReader

    def one(self, order_number: str, now: datetime) -> Verified:
        """Verify one trail; raises `OrderNotFound` if neither the order nor a trail exists."""
        sequences = self.audit_reader.sequences(order_number)
        if not sequences and self.audit_reader.order(order_number) is None:
            raise OrderNotFound(order_number)
        return Verified(1, len(sequences), list(self._closely(order_number, now)))

    def all(self, now: datetime, progress: Callable[[Verified], None]) -> Verified:
        """Verify the trail of every order, then find the entries that belong to no order."""
        done = Verified()
        suspects: dict[str, None] = {}
        for page in _pages(self.audit_reader.orders):
            for read in page.found:
                if isinstance(read, Unreadable):
                    done.found.append(unreadable(read, None))
                elif any(_judged(read, now)):
                    suspects[read.order.order_number] = None
            done.orders += page.rows
            progress(done)
        for entries in _pages(self.audit_reader.entries):
            versions = self.audit_reader.versions({number for number, _ in entries.found})
            for number, sequence in entries.found:
                if sequence > versions.get(number, 0):
                    suspects[number] = None
            done.entries += entries.rows
            progress(done)
        for number in suspects:
            done.found += self._closely(number, now)
        return done

    def _closely(self, order_number: str, now: datetime) -> list[Breach]:
        found: list[Breach] = []
        for _ in range(LOOKS):
            look = self.audit_reader.look(order_number)
            found = list(self._found(order_number, look, now))
            after = self.audit_reader.order(order_number)
            if not found or _version(after) == _version(look.order):
                break
        return found

    def _found(self, order_number: str, look: OrderReading, now: datetime) -> Iterator[Breach]:
        if isinstance(look.order, Unreadable):
            yield unreadable(look.order, order_number)
            return
        sequences = self.audit_reader.sequences(order_number)
        if look.snapshot is None:
            rows = tuple(f"audit {order_number} {sequence}" for sequence in sequences)
            if rows:
                yield orphans(order_number, rows)
            return
        yield from _judged(look.snapshot, now)
        order = look.snapshot.order
        for sequence in sequences:
            if sequence > order.version + 1:
                row = f"audit {order_number} {sequence}"
                text = f"The order is at version {order.version}; this entry is too many."
                yield look.snapshot.breach(Rule.TRAIL_GAP, text, row)


def _pages(read: Callable[[Place | None], Page[T]]) -> Iterator[Page[T]]:
    place: Place | None = None
    while True:
        page = read(place)
        yield page
        place = page.following
        if place is None:
            return


def _judged(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    for rule in TRAIL:
        yield from rule(snapshot, now)
    for row in snapshot.unreadable:
        if row.row.startswith("audit "):
            yield unreadable(row, snapshot.order.order_number)


def _version(order: Order | Unreadable | None) -> int | None:
    return order.version if isinstance(order, Order) else None
