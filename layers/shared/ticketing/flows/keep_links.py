"""Keep order links that were made before links had a secret of their own.

They were made with the secret that signs tickets, which the shop's function may not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ticketing.flows.ports import KeepsLinks, NamesOrders
from ticketing.orders.access import OrderAccess

EVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class KeepLinks:
    """Keeps the links of all orders that name their buyer; `earlier` made them."""

    orders: NamesOrders
    kept: KeepsLinks
    earlier: OrderAccess

    def __call__(self, now: datetime) -> int:
        """Keep the links and return how many. Repeating it is harmless and adds what is missing."""
        return self.kept.keep(self._links(), now)

    def _links(self) -> Iterator[tuple[str, str]]:
        for order_number in self.orders.naming_buyers(EVER):
            for token in self.earlier.tokens(order_number):
                yield token, order_number
