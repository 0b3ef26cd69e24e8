"""Whether an event is sold now, and what a buyer is told if it is not. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from ticketing.events.event import Event, TicketType


class SaleState(StrEnum):
    """What an event is to a buyer at a moment."""

    ON_SALE = "on_sale"
    NOT_ON_SALE = "not_on_sale"
    BEGUN = "begun"
    SOLD_OUT = "sold_out"


REFUSALS = {
    SaleState.NOT_ON_SALE: "this event is not on sale",
    SaleState.BEGUN: "this event has begun",
}
"""Why nothing can be ordered. What is sold out says for each ticket type how many are left."""


def sale_state(event: Event, ticket_types: Sequence[TicketType], now: datetime) -> SaleState:
    if now >= event.starts_at:
        return SaleState.BEGUN
    if not event.on_sale:
        return SaleState.NOT_ON_SALE
    is_left = any(kind.available > 0 for kind in ticket_types)
    return SaleState.ON_SALE if is_left else SaleState.SOLD_OUT


def refusal(event: Event, now: datetime) -> str | None:
    """Return why nothing of an event can be ordered now; None if it can."""
    return REFUSALS.get(sale_state(event, (), now))
