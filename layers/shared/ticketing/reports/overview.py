"""Events at a glance: whether they are on sale, and their seats sold, held and left. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.events.event import Event, TicketType
from ticketing.events.sale import SaleState, sale_state, type_state
from ticketing.orders.order import Order

Held = Mapping[tuple[str, str], int]
"""Seats by event and ticket type."""


@dataclass(frozen=True)
class Seats:
    """How many seats are sold or given away, held by undecided orders, and left."""

    sold: int = 0
    held: int = 0
    left: int = 0

    def __add__(self, other: "Seats") -> "Seats":
        return Seats(self.sold + other.sold, self.held + other.held, self.left + other.left)


@dataclass(frozen=True)
class TypeOverview:
    """A ticket type, what a buyer now sees of its sale, and its seats."""

    kind: TicketType
    state: SaleState
    seats: Seats


@dataclass(frozen=True)
class EventOverview:
    """An event, what a buyer now sees of its sale, and its ticket types in their order."""

    event: Event
    state: SaleState
    types: tuple[TypeOverview, ...]

    @property
    def seats(self) -> Seats:
        return sum((one.seats for one in self.types), Seats())


def held_seats(orders: Iterable[Order]) -> Held:
    """Return the seats held by orders that are neither completed nor closed."""
    held: Counter[tuple[str, str]] = Counter()
    for order in orders:
        if order.holds_seats:
            held.update({(order.event_id, sku): count for sku, count in order.seats.items()})
    return held


def overview(event: Event, kinds: Sequence[TicketType], held: Held, now: datetime) -> EventOverview:
    """Return an event at a glance; seats that are taken and that no order holds count as sold."""
    ordered = sorted(kinds, key=lambda kind: (kind.position, kind.sku))
    types = tuple(
        TypeOverview(
            kind, type_state(kind, now), _seats(kind, held.get((event.event_id, kind.sku)))
        )
        for kind in ordered
    )
    return EventOverview(event, sale_state(event, ordered, now), types)


def _seats(kind: TicketType, held: int | None) -> Seats:
    return Seats(sold=kind.sold - (held or 0), held=held or 0, left=kind.available)
