"""What is sold: the offers of an import file, and what is stored of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ticketing.events.event import Event, TicketType
from ticketing.money import Money

MOST_ROWS = 100
"""The writes of one DynamoDB transaction, and so the most that one import may hold."""


@dataclass(frozen=True)
class Offer:
    """A ticket type as the file has it; what it shares with `TicketType` means the same."""

    sku: str
    name: str
    price: Money
    capacity: int
    on_sale: bool = True
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    off_sale_since: datetime | None = None
    window_since: datetime | None = None
    admits: int = 1

    @property
    def is_offered(self) -> bool:
        return self.on_sale


@dataclass(frozen=True)
class PictureFile:
    """An event's picture as the file names it, and what it shows.

    `keep` instead of a `file` is the name of the picture that the event has, and keeps.
    """

    alt: str
    file: str = ""
    keep: str = ""


@dataclass(frozen=True)
class Listing:
    """An event as the file has it, and its place in the file.

    `withdrawn` are its ticket types that are stored, and that the file does not have any more.
    """

    place: str
    event: Event
    currency: str
    offers: tuple[Offer, ...]
    picture: PictureFile | None = None
    withdrawn: tuple[TicketType, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows an import of it writes."""
        return 1 + len(self.offers) + len(self.withdrawn)


@dataclass(frozen=True)
class StoredEvent:
    """An event and its ticket types by SKU."""

    event: Event
    types: Mapping[str, TicketType]

    @property
    def organiser_id(self) -> str:
        return self.event.organiser_id


T = TypeVar("T", Event, Offer)


def dated(wanted: T, stored: Event | TicketType | None, now: datetime) -> T:
    """Return what to store of a file: with the times since when it is sold like that."""
    window = (wanted.sale_starts_at, wanted.sale_ends_at)
    is_kept = stored is not None and window == (stored.sale_starts_at, stored.sale_ends_at)
    window_since = stored.window_since if stored and is_kept else now
    off_since = stored.off_sale_since if stored and not stored.is_offered else None
    return replace(
        wanted,
        window_since=window_since if any(window) else None,
        off_sale_since=None if wanted.is_offered else off_since or now,
    )
