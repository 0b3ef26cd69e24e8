"""When events and ticket types are on sale, and what buyers are told when they are not. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from ticketing.events.event import Event, TicketType
from ticketing.sentence import sentence


class SaleState(StrEnum):
    """What an event, or a ticket type, is to a buyer at a moment."""

    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    SOLD_OUT = "sold_out"
    ENDED = "ended"
    NOT_ON_SALE = "not_on_sale"
    BEGUN = "begun"
    CANCELLED = "cancelled"


REFUSALS = {
    SaleState.NOT_YET: sentence("tickets for this event are not on sale yet"),
    SaleState.ENDED: sentence("tickets for this event are no longer on sale"),
    SaleState.NOT_ON_SALE: sentence("this event is not on sale"),
    SaleState.BEGUN: sentence("this event has begun"),
    SaleState.CANCELLED: sentence("this event is cancelled"),
}
"""Why nothing can be ordered, unless it is sold out: then each ticket type says what is left."""

TYPE_REFUSALS = {
    SaleState.NOT_YET: sentence("this ticket type is not on sale yet"),
    SaleState.ENDED: sentence("this ticket type is no longer on sale"),
    SaleState.NOT_ON_SALE: sentence("this ticket type is not on sale"),
}

HOPEFUL_FIRST = (
    SaleState.ON_SALE,
    SaleState.NOT_YET,
    SaleState.SOLD_OUT,
    SaleState.ENDED,
    SaleState.NOT_ON_SALE,
)
"""An event has the state of the most hopeful of its ticket types."""


def sale_state(event: Event, ticket_types: Iterable[TicketType], now: datetime) -> SaleState:
    closed = _closed(event, now)
    states = {type_state(kind, now) for kind in ticket_types} | {SaleState.NOT_ON_SALE}
    return closed or next(state for state in HOPEFUL_FIRST if state in states)


def type_state(kind: TicketType, now: datetime) -> SaleState:
    left = SaleState.ON_SALE if kind.available > 0 else SaleState.SOLD_OUT
    return _terms_state(kind, now) or left


def opens_at(event: Event, ticket_types: Iterable[TicketType], now: datetime) -> datetime | None:
    """Return when the sale of an event that is not on sale yet begins; None if it is not known."""
    if event.sale_starts_at and event.sale_starts_at > now:
        return event.sale_starts_at
    waiting = (k for k in ticket_types if type_state(k, now) is SaleState.NOT_YET)
    return min((k.sale_starts_at for k in waiting if k.sale_starts_at), default=None)


def refusal(event: Event, now: datetime) -> str | None:
    """Return why an event cannot be ordered now at all; None if its ticket types decide."""
    closed = _closed(event, now)
    return REFUSALS[closed] if closed else None


def type_refusal(kind: TicketType, now: datetime) -> str | None:
    """Return why a ticket type cannot be ordered now, even if some are left; None if it can."""
    return TYPE_REFUSALS.get(type_state(kind, now))


def payment_refusal(event: Event) -> str | None:
    """Return why orders of an event cannot be paid any more; None if they can.

    The end of the sale is no reason: orders that were placed before it may be paid.
    """
    if event.cancelled:
        return REFUSALS[SaleState.CANCELLED]
    return None if event.on_sale else REFUSALS[SaleState.NOT_ON_SALE]


def listed(ticket_types: Sequence[TicketType], now: datetime) -> tuple[TicketType, ...]:
    """Return the ticket types that buyers see: all except those that are switched off."""
    return tuple(k for k in ticket_types if type_state(k, now) is not SaleState.NOT_ON_SALE)


def _closed(event: Event, now: datetime) -> SaleState | None:
    """Return why an event is not on sale, whatever is left; None if it is."""
    if event.cancelled:
        return SaleState.CANCELLED
    if now >= event.starts_at:
        return SaleState.BEGUN
    return _terms_state(event, now)


def _terms_state(sold: Event | TicketType, now: datetime) -> SaleState | None:
    if not sold.on_sale:
        return SaleState.NOT_ON_SALE
    if sold.sale_starts_at and now < sold.sale_starts_at:
        return SaleState.NOT_YET
    if sold.sale_ends_at and now >= sold.sale_ends_at:
        return SaleState.ENDED
    return None
