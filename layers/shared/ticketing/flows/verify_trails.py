"""Recompute audit trails: each entry's hash, its link to the one before, and the order's last one.

An edited, removed, added or reordered entry shows, and so does a trail that is cut at its end: the
order's row holds its length and last hash. Orders move while they are read: what seems broken is
looked at again, until its row stands still.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, Unreadable
from ticketing.audit.reading import OrderReading, Page, Place
from ticketing.audit.rules import TRAIL, orphans, unreadable
from ticketing.errors import OrderNotFound
from ticketing.orders.order import Order

T = TypeVar("T")
LOOKS = 4
"""How often an order may move during a close look before it is taken as it is."""


class Ledger(Protocol):
    """What is needed of the tables."""

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]: ...
    def look(self, order_number: str) -> OrderReading: ...
    def order(self, order_number: str) -> Order | Unreadable | None: ...
    def sequences(self, order_number: str) -> tuple[int, ...]: ...
    def entries(self, place: Place | None) -> Page[tuple[str, int]]: ...
    def versions(self, order_numbers: Iterable[str]) -> dict[str, int]: ...


@dataclass
class Verified:
    """What was gone through, and every broken rule of a trail."""

    orders: int = 0
    entries: int = 0
    found: list[Breach] = field(default_factory=list)


@dataclass(frozen=True)
class VerifyTrails:
    """The flow with what it reads; it writes nothing."""

    ledger: Ledger

    def one(self, order_number: str, now: datetime) -> Verified:
        """Verify the trail of one order; `OrderNotFound` if neither it nor a trail exists."""
        sequences = self.ledger.sequences(order_number)
        if not sequences and self.ledger.order(order_number) is None:
            raise OrderNotFound(order_number)
        return Verified(1, len(sequences), list(self._closely(order_number, now)))

    def all(self, now: datetime, progress: Callable[[Verified], None]) -> Verified:
        """Verify every order's trail, then look for entries that no order counts."""
        done = Verified()
        suspects: dict[str, None] = {}
        for page in _pages(self.ledger.orders):
            for read in page.found:
                if isinstance(read, Unreadable):
                    done.found.append(unreadable(read, None))
                elif any(_judged(read, now)):
                    suspects[read.order.order_number] = None
            done.orders += page.rows
            progress(done)
        for entries in _pages(self.ledger.entries):
            versions = self.ledger.versions({number for number, _ in entries.found})
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
            look = self.ledger.look(order_number)
            found = list(self._found(order_number, look, now))
            after = self.ledger.order(order_number)
            if not found or _version(after) == _version(look.order):
                break
        return found

    def _found(self, order_number: str, look: OrderReading, now: datetime) -> Iterator[Breach]:
        if isinstance(look.order, Unreadable):
            yield unreadable(look.order, order_number)
            return
        sequences = self.ledger.sequences(order_number)
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


def _judged(evidence: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    for rule in TRAIL:
        yield from rule(evidence, now)
    for row in evidence.unreadable:
        if row.row.startswith("audit "):
            yield unreadable(row, evidence.order.order_number)


def _version(order: Order | Unreadable | None) -> int | None:
    return order.version if isinstance(order, Order) else None
