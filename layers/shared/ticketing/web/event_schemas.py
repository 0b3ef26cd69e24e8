"""The documents about events and what doors need for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ticketing import money
from ticketing.events.dates import moment_text
from ticketing.events.event import Event, TicketType, local_time
from ticketing.events.sale import SaleState, sale_state
from ticketing.language import Language
from ticketing.tickets.qr import key_document
from ticketing.web.fields import Count, Moment
from ticketing.web.request_schemas import MOST_PER_LINE


class Money(BaseModel):
    """An amount in major units, its currency, and both as people read them."""

    amount: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", examples=["15.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]
    text: Annotated[str, Field(examples=["£15.00"])]


class EventOut(BaseModel):
    """An event on sale."""

    event_id: str
    name: str
    venue: str
    address: str
    starts_at: Moment
    starts_text: str
    time_zone: str
    doors_at: Moment | None = None
    ends_at: Moment | None = None
    from_price: Annotated[
        Money | None, Field(description="The lowest price to pay; 0 if every ticket is free.")
    ] = None
    sold_out: bool = False


class EventsOut(BaseModel):
    """The events on sale."""

    events: list[EventOut]


class TicketTypeOut(BaseModel):
    """A ticket type and how many are left."""

    sku: str
    name: str
    price: Money
    available: Count
    max_per_order: Annotated[int, Field(ge=0, le=MOST_PER_LINE)]


class EventPageOut(EventOut):
    """An event with its tickets."""

    sale: SaleState
    ticket_types: list[TicketTypeOut]
    hold_minutes: Count


class DoorKey(BaseModel):
    """A public key. Each ticket names the key that it was signed with."""

    key_id: Annotated[str, Field(pattern="^[A-Z0-9]$", description="The character after VALID:.")]
    public_key: Annotated[
        str, Field(pattern="^[A-Za-z0-9+/]{43}=$", description="32 raw bytes, in base64.")
    ]


class DoorKeys(BaseModel):
    """What a door needs to check the tickets of an event without a network."""

    format: Literal["ticketing-qr-keys-1"]
    event_id: str
    algorithm: Annotated[Literal["Ed25519"], Field(description="RFC 8032.")]
    keys: Annotated[
        list[DoorKey], Field(description="Older keys are listed while their tickets are valid.")
    ]
    text_pattern: Annotated[
        str, Field(description="A regular expression that matches the whole text of a QR code.")
    ]
    fields: Annotated[list[str], Field(description="The names of the pattern's groups.")]
    signature_encoding: Annotated[
        Literal["base32"], Field(description="RFC 4648, without padding.")
    ]
    signed_bytes: Annotated[
        str, Field(description="The signed bytes, with the fields filled in: ASCII with NULs.")
    ]


def amount(of: money.Money) -> Money:
    return Money(amount=str(of.amount), currency=of.currency, text=str(of))


def event_out(event: Event, kinds: Sequence[TicketType]) -> EventOut:
    cheapest = cheapest_of([kind.price for kind in kinds])
    return EventOut(
        event_id=event.event_id,
        name=event.name,
        venue=event.venue,
        address=event.address,
        starts_at=event.local_start.isoformat(),
        starts_text=moment_text(event.starts_at, event.time_zone, Language.ENGLISH),
        time_zone=event.time_zone,
        doors_at=_at_venue(event.doors_at, event),
        ends_at=_at_venue(event.ends_at, event),
        from_price=amount(cheapest) if cheapest else None,
        sold_out=not any(kind.available > 0 for kind in kinds),
    )


def cheapest_of(prices: Sequence[money.Money]) -> money.Money | None:
    """Return the lowest price that is not nothing; nothing only where all prices are."""
    to_pay = [price for price in prices if price.amount]
    return min(to_pay or prices, key=lambda price: price.amount, default=None)


def _at_venue(moment: datetime | None, event: Event) -> str | None:
    return local_time(moment, event.time_zone).isoformat() if moment else None


def event_page_out(
    event: Event, kinds: Sequence[TicketType], minutes: int, now: datetime
) -> EventPageOut:
    return EventPageOut(
        **event_out(event, kinds).model_dump(),
        sale=sale_state(event, kinds, now),
        ticket_types=[
            TicketTypeOut(
                sku=kind.sku,
                name=kind.name,
                price=amount(kind.price),
                available=max(kind.available, 0),
                max_per_order=min(MOST_PER_LINE, max(kind.available, 0)),
            )
            for kind in kinds
        ],
        hold_minutes=minutes,
    )


def door_keys(event_id: str, public_keys: Mapping[str, bytes]) -> DoorKeys:
    return DoorKeys.model_validate(key_document(event_id, public_keys))
