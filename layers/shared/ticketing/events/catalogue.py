"""What is sold: the offers of an import file, and what is stored of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from ticketing.events.event import Event
from ticketing.money import Money

MOST_ROWS = 100
"""The writes of one DynamoDB transaction, and so the most that one import may hold."""


@dataclass(frozen=True)
class Offer:
    """A ticket type as the file has it."""

    sku: str
    name: str
    price: Money
    capacity: int


@dataclass(frozen=True)
class Listing:
    """An event as the file has it, and its place in the file."""

    place: str
    event: Event
    currency: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class StoredType:
    """A ticket type: how many seats there are, and how many are left."""

    sku: str
    name: str
    price: Money
    capacity: int
    available: int

    @property
    def currency(self) -> str:
        return self.price.currency

    @property
    def sold(self) -> int:
        """The seats that are sold, or held by orders that may still be paid."""
        return self.capacity - self.available


@dataclass(frozen=True)
class StoredEvent:
    """An event and its ticket types by SKU."""

    event: Event
    types: Mapping[str, StoredType]

    @property
    def organiser_id(self) -> str:
        return self.event.organiser_id
