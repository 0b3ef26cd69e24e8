"""The documents about events and what doors need for them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ticketing import money
from ticketing.events.dates import moment_text
from ticketing.events.event import Event, TicketType
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
    """An event as it is offered."""

    event_id: str
    name: str
    venue: str
    address: str
    starts_at: Moment
    starts_text: str
    time_zone: str
    from_price: Money | None = None
    sold_out: bool = False


class EventsOut(BaseModel):
    """All events on sale."""

    events: list[EventOut]


class TicketTypeOut(BaseModel):
    """A kind of ticket and what is left of it."""

    sku: str
    name: str
    price: Money
    available: Count
    max_per_order: Annotated[int, Field(ge=0, le=MOST_PER_LINE)]


class EventPageOut(EventOut):
    """An event with its tickets."""

    ticket_types: list[TicketTypeOut]
    payment_window_minutes: Count


class DoorKey(BaseModel):
    """One public key; a ticket names the one it was signed with."""

    key_id: Annotated[str, Field(pattern="^[A-Z0-9]$", description="The character after VALID:.")]
    public_key: Annotated[
        str, Field(pattern="^[A-Za-z0-9+/]{43}=$", description="32 raw bytes, in base64.")
    ]


class DoorKeys(BaseModel):
    """What a door needs to check tickets of an event without asking anybody."""

    format: Literal["ticketing-qr-keys-1"]
    event_id: str
    algorithm: Annotated[Literal["Ed25519"], Field(description="As RFC 8032 has it.")]
    keys: Annotated[
        list[DoorKey], Field(description="The older ones are of tickets that are still good.")
    ]
    text_pattern: Annotated[
        str, Field(description="What a QR code says, all of it, as a regular expression.")
    ]
    fields: Annotated[list[str], Field(description="What the groups of the pattern are.")]
    signature_encoding: Annotated[
        Literal["base32"], Field(description="As RFC 4648 has it, without padding.")
    ]
    signed_bytes: Annotated[
        str, Field(description="What is signed, once the fields are put in: ASCII with NULs.")
    ]


def amount(of: money.Money) -> Money:
    """Return an amount as the API shows it."""
    return Money(amount=str(of.amount), currency=of.currency, text=str(of))


def event_out(event: Event, kinds: Sequence[TicketType]) -> EventOut:
    """Return an event as it is listed."""
    prices = [kind.price for kind in kinds]
    cheapest = min(prices, key=lambda price: price.amount) if prices else None
    return EventOut(
        event_id=event.event_id,
        name=event.name,
        venue=event.venue,
        address=event.address,
        starts_at=event.local_start.isoformat(),
        starts_text=moment_text(event.starts_at, event.time_zone, Language.ENGLISH),
        time_zone=event.time_zone,
        from_price=amount(cheapest) if cheapest else None,
        sold_out=not any(kind.available > 0 for kind in kinds),
    )


def event_page_out(event: Event, kinds: Sequence[TicketType], minutes: int) -> EventPageOut:
    """Return an event with its tickets."""
    return EventPageOut(
        **event_out(event, kinds).model_dump(),
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
        payment_window_minutes=minutes,
    )


def door_keys(event_id: str, public_keys: Mapping[str, bytes]) -> DoorKeys:
    """Return what a door needs for an event."""
    return DoorKeys.model_validate(key_document(event_id, public_keys))
