"""An event and its ticket types as they are stored. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from ticketing.events.event import Event
from ticketing.money import Money

MOST_ROWS = 100
"""What DynamoDB writes in one transaction, and so what one import may hold."""


@dataclass(frozen=True)
class StoredType:
    """A kind of ticket: how many there are, and how many are left."""

    sku: str
    name: str
    price: Money
    capacity: int
    available: int

    @property
    def currency(self) -> str:
        """Return what it is sold in."""
        return self.price.currency

    @property
    def sold(self) -> int:
        """Return how many are sold, or held by orders that may still be paid."""
        return self.capacity - self.available


@dataclass(frozen=True)
class Stored:
    """An event and its ticket types by SKU."""

    event: Event
    types: Mapping[str, StoredType]

    @property
    def organiser_id(self) -> str:
        """Return whose it is."""
        return self.event.organiser_id
