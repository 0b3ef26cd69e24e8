"""How the audit reads: page by page for suspicions, then each suspect closely."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ticketing.audit.order_snapshot import OrderSnapshot, Unreadable
from ticketing.orders.order import Order, OrderStatus

T = TypeVar("T")
Place = Mapping[str, Any]
"""Where the next page of a table begins, in the table's own form, which can be stored as JSON."""


class Stage(StrEnum):
    """What the audit reads, in this order. Bookmarks store the values."""

    ORDERS = "orders"
    TICKETS = "tickets"
    PAYMENTS = "payments"
    CHECKOUTS = "checkouts"
    MAILS = "mails"


@dataclass(frozen=True)
class Bookmark:
    """How far an audit has read; without a place, the stage has not begun."""

    stage: Stage
    place: Place | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """What was found on a page, how many rows were read, and where the next page begins, if any."""

    found: tuple[T, ...]
    rows: int
    following: Place | None


@dataclass(frozen=True)
class Suspicion:
    """A row that its order may not warrant; a close reading decides."""

    row: str
    order_number: str | None


@dataclass(frozen=True)
class OrderReading:
    """A close reading of an order; `rows` are those that were found and do name it.

    `order` is None if it does not exist; there is a snapshot only if the order can be read.
    """

    order: Order | Unreadable | None
    snapshot: OrderSnapshot | None
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """What the audit of seats needs of an order; see `seats.Holder`."""

    event_id: str
    seats: Mapping[str, int]
    status: OrderStatus
    created_at: datetime
    reason_code: str
    settled_at: datetime | None
    voided_at: datetime | None
    holds_seats: bool


@dataclass(frozen=True)
class UnknownClaim:
    """An order whose seats cannot be read, with its event if that can be."""

    event_id: str | None
