"""The documents about events, and what doors need to check tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ticketing import money
from ticketing.events.about import (
    BlockKind,
    Picture,
    Style,
    file_name,
    shared_width,
)
from ticketing.events.dates import moment_text, other_times_text
from ticketing.events.event import Event, TicketType, local_time
from ticketing.events.sale import SaleState, listed, opens_at, sale_state, type_state
from ticketing.language import Language
from ticketing.text import unbroken
from ticketing.tickets.qr import key_document
from ticketing.web.fields import Count, Moment, OwnLink
from ticketing.web.request_schemas import MOST_PER_LINE

PICTURE_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


class Money(BaseModel):
    """An amount in major units, its currency, and both as text for people."""

    amount: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", examples=["15.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]
    text: Annotated[str, Field(examples=["£15.00"])]


class EventOut(BaseModel):
    """An event: what it is, where and when."""

    event_id: str
    name: str
    venue: str
    address: str
    starts_at: Moment
    starts_text: str
    time_zone: str
    doors_at: Moment | None = None
    ends_at: Moment | None = None


class SourceOut(BaseModel):
    """One size of a picture."""

    url: OwnLink
    width: Count
    height: Count
    type: str


class PictureOut(BaseModel):
    """An event's picture in several sizes, and what it shows in words."""

    alt: str
    sources: list[SourceOut]


class ListedEventOut(EventOut):
    """An event, whether it is on sale, and its lowest price."""

    url: Annotated[OwnLink, Field(description="Its page on the site.")]
    sale: SaleState
    sale_starts_at: Annotated[
        Moment | None, Field(description="When the first tickets go on sale, if none are yet.")
    ] = None
    sale_starts_text: str | None = None
    from_price: Annotated[
        Money | None, Field(description="The lowest price to pay; 0 if every ticket is free.")
    ] = None
    picture: PictureOut | None = None


class EventsOut(BaseModel):
    """The events on sale."""

    events: list[ListedEventOut]


class SpanOut(BaseModel):
    """A part of a sentence; with a `url` it is a link."""

    text: str
    style: Style
    url: str


class BlockOut(BaseModel):
    """A part of a description; consecutive items are one list."""

    kind: BlockKind
    spans: list[SpanOut]


class TicketTypeOut(BaseModel):
    """A ticket type, and how many of its tickets are left."""

    sku: str
    name: str
    price: Money
    sale: SaleState
    sale_starts_text: Annotated[str | None, Field(description="If it is not on sale yet.")] = None
    sale_ends_text: Annotated[str | None, Field(description="If its sale ends early.")] = None
    admits: Annotated[int, Field(ge=1, description="How many people one ticket admits.")]
    available: Count
    max_per_order: Annotated[int, Field(ge=0, le=MOST_PER_LINE)]


class EventPageOut(ListedEventOut):
    """An event with its tickets."""

    other_times_text: Annotated[
        str, Field(description="Doors and end, as text for people; empty if neither is known.")
    ]
    ticket_types: list[TicketTypeOut]
    hold_minutes: Count
    organiser: Annotated[str, Field(description="Who sells the tickets; empty if unknown.")]
    contact: Annotated[str, Field(description="How to reach the organiser; may be empty.")]
    description: list[BlockOut]
    age: str
    access: str
    map_url: str
    terms: str
    refunds: Annotated[str, Field(description="The organiser's rule for giving money back.")]
    consent: Annotated[
        bool,
        Field(
            description="Whether orders must say that the buyer `agreed` to `terms` and `refunds`."
        ),
    ]


class DoorKey(BaseModel):
    """A public key. Each ticket names the key that signed it."""

    key_id: Annotated[str, Field(pattern="^[A-Z0-9]$", description="The character after VALID:.")]
    public_key: Annotated[
        str, Field(pattern="^[A-Za-z0-9+/]{43}=$", description="32 raw bytes, in base64.")
    ]


class DoorKeys(BaseModel):
    """What a door needs to check the tickets of an event offline."""

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


def amount(of: money.Money, language: Language) -> Money:
    text = money.format_amount(of.amount, of.currency, language)
    return Money(amount=str(of.amount), currency=of.currency, text=text)


def event_out(event: Event, language: Language) -> EventOut:
    return EventOut(
        event_id=event.event_id,
        name=event.name,
        venue=event.venue,
        address=unbroken(event.address),
        starts_at=event.local_start.isoformat(),
        starts_text=moment_out(event.starts_at, event, language),
        time_zone=event.time_zone,
        doors_at=_at_venue(event.doors_at, event),
        ends_at=_at_venue(event.ends_at, event),
    )


def listed_out(
    event: Event, kinds: Sequence[TicketType], language: Language, now: datetime
) -> ListedEventOut:
    cheapest, sale = cheapest_of(kinds, now), sale_state(event, kinds, now)
    opens = opens_at(event, kinds, now) if sale is SaleState.NOT_YET else None
    return ListedEventOut(
        **event_out(event, language).model_dump(),
        url=event.path,
        sale=sale,
        sale_starts_at=_at_venue(opens, event),
        sale_starts_text=_text(opens, event, language),
        from_price=amount(cheapest, language) if cheapest else None,
        picture=picture_out(event.about.picture),
    )


def picture_out(picture: Picture | None) -> PictureOut | None:
    """Return the addresses of a picture's sizes, the smallest first; the last one is a JPEG."""
    if picture is None:
        return None
    sizes = [(width, "webp") for width in picture.widths]
    sources = [
        SourceOut(
            url=f"/{file_name(picture.name, width, kind)}",
            width=width,
            height=round(picture.height * width / picture.width),
            type=PICTURE_TYPES[kind],
        )
        for width, kind in [*sizes, (shared_width(picture.widths), "jpg")]
    ]
    return PictureOut(alt=picture.alt, sources=sources)


def cheapest_of(kinds: Sequence[TicketType], now: datetime) -> money.Money | None:
    """Return the lowest price of what can be bought now, or else of what is on show.

    A price of zero counts only if there is no other.
    """
    seen = listed(kinds, now)
    on_sale = [kind for kind in seen if type_state(kind, now) is SaleState.ON_SALE]
    prices = [kind.price for kind in on_sale or seen]
    to_pay = [price for price in prices if price.amount]
    return min(to_pay or prices, key=lambda price: price.amount, default=None)


def moment_out(moment: datetime, event: Event, language: Language) -> str:
    """Return a moment in the venue's time as pages show it."""
    return unbroken(moment_text(moment, event.time_zone, language))


def _text(moment: datetime | None, event: Event, language: Language) -> str | None:
    return moment_out(moment, event, language) if moment else None


def _at_venue(moment: datetime | None, event: Event) -> str | None:
    return local_time(moment, event.time_zone).isoformat() if moment else None


def event_page_out(
    event: Event,
    kinds: Sequence[TicketType],
    organiser: str,
    minutes: int,
    language: Language,
    now: datetime,
) -> EventPageOut:
    about = event.about
    return EventPageOut(
        **listed_out(event, kinds, language, now).model_dump(),
        other_times_text=other_times_text(event, language),
        ticket_types=[_type_out(event, kind, language, now) for kind in listed(kinds, now)],
        hold_minutes=minutes,
        organiser=organiser,
        contact=about.contact,
        description=[BlockOut(**asdict(block)) for block in about.description],
        age=about.age,
        access=about.access,
        map_url=about.map_url,
        terms=event.terms,
        refunds=about.refunds,
        consent=about.consent,
    )


def _type_out(event: Event, kind: TicketType, language: Language, now: datetime) -> TicketTypeOut:
    state = type_state(kind, now)
    left = max(kind.available, 0)
    is_open = state in (SaleState.ON_SALE, SaleState.SOLD_OUT)
    return TicketTypeOut(
        sku=kind.sku,
        name=kind.name,
        price=amount(kind.price, language),
        sale=state,
        sale_starts_text=_text(kind.sale_starts_at, event, language)
        if state is SaleState.NOT_YET
        else None,
        sale_ends_text=_text(kind.sale_ends_at, event, language) if is_open else None,
        admits=kind.admits,
        available=left,
        max_per_order=min(MOST_PER_LINE, left) if state is SaleState.ON_SALE else 0,
    )


def door_keys(event_id: str, public_keys: Mapping[str, bytes]) -> DoorKeys:
    return DoorKeys.model_validate(key_document(event_id, public_keys))
