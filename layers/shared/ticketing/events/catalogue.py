"""What is sold: the offers in an import file, and what is stored. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ticketing.events.event import Event, TicketType
from ticketing.money import Money

MOST_ROWS = 100
"""The most writes in a DynamoDB transaction, and so the most rows in an import."""


@dataclass(frozen=True)
class Offer:
    """A ticket type in an import file. Its fields mean the same as those of `TicketType`."""

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
    """An event's picture in an import file, and what it shows.

    Instead of a `file`, it may have `keep`, the name of the picture that the event has already.
    """

    alt: str
    file: str = ""
    keep: str = ""


@dataclass(frozen=True)
class Listing:
    """An event in an import file, and its place in the file.

    `withdrawn` are the stored ticket types that are no longer in the file.
    """

    place: str
    event: Event
    currency: str
    offers: tuple[Offer, ...]
    picture: PictureFile | None = None
    withdrawn: tuple[TicketType, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows its import writes."""
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
    """Return an event or offer with the times since when it has been sold on these terms."""
    window = (wanted.sale_starts_at, wanted.sale_ends_at)
    is_kept = stored is not None and window == (stored.sale_starts_at, stored.sale_ends_at)
    window_since = stored.window_since if stored and is_kept else now
    off_since = stored.off_sale_since if stored and not stored.is_offered else None
    return replace(
        wanted,
        window_since=window_since if any(window) else None,
        off_sale_since=None if wanted.is_offered else off_since or now,
    )
