"""The documents of the HTTP API: what buyers' pages send and get, checked by pydantic.

Amounts are decimal text beside their currency; `text` is how a person reads them.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ticketing import money
from ticketing.brand import Brand
from ticketing.emails.address import single_address
from ticketing.errors import InvalidAddress
from ticketing.events.dates import moment_text
from ticketing.events.event import Event, TicketType
from ticketing.flows.checkout_api import Placed
from ticketing.flows.order_page import Page
from ticketing.language import Language
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Delivery, Line
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.qr import key_document
from ticketing.tickets.ticket import Paper
from ticketing.web.order_status import (
    BuyerStatus,
    MailWord,
    buyer_status,
    email_hint,
    mail_word,
    words,
)

PROBLEM = "application/problem+json"
MOST_PER_LINE = 10
SOON = 4
"""Seconds until a page asks again whose tickets are being made."""
LONGEST_NAME = 80
LONGEST_ADDRESS = 254


def _one_address(text: str) -> str:
    try:
        return single_address(text.strip())
    except InvalidAddress as error:
        raise ValueError(str(error)) from None


def _printable(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise ValueError("this is not a name")
    return name


def _whole(number: object) -> object:
    """JSON knows one kind of number: 2.0 is 2. Text and truth are none."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Address = Annotated[
    str,
    Field(
        max_length=LONGEST_ADDRESS,
        description="One mail address that SES can deliver to. The domain may be an international "
        "one; the part before the @ is ASCII and not quoted.",
        json_schema_extra={"format": "address"},
        examples=["jane@example.com"],
    ),
    AfterValidator(_one_address),
]
PersonName = Annotated[
    str,
    Field(
        max_length=LONGEST_NAME,
        description="What is printed on tickets: at least one character, and none that does not "
        "print. Any space counts as one.",
        json_schema_extra={"format": "person-name"},
        examples=["Jane Doe"],
    ),
    AfterValidator(_printable),
]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
OwnLink = Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
OrderNumber = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,8}-[A-Z0-9]{3,12}$")]
Count = Annotated[int, Field(ge=0)]


class Document(BaseModel):
    """What buyers send: unknown fields are refused, because a price might be among them."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Document):
    """So many tickets of a type."""

    sku: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", examples=["general"])]
    quantity: Annotated[
        int, Field(ge=1, le=MOST_PER_LINE, strict=True, examples=[2]), BeforeValidator(_whole)
    ]


class CustomerIn(Document):
    """Who buys."""

    name: PersonName
    email: Address
    language: Annotated[Language, Field(description="What tickets and mails are written in.")] = (
        Language.ENGLISH
    )


class OrderIn(Document):
    """A basket."""

    event_id: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,40}$", examples=["5"])]
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=10)]
    customer: CustomerIn

    def basket(self) -> Basket:
        """Return the basket these fields describe."""
        lines = tuple(Wanted(line.sku, line.quantity) for line in self.lines)
        customer = self.customer
        return Basket(self.event_id, lines, customer.name, customer.email, customer.language)


class LostIn(Document):
    """Whose tickets are lost."""

    email: Address


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


class WidgetOut(BaseModel):
    """SumUp's card form for one checkout: the script that shows it, and what it asks for."""

    script_url: Link
    checkout_id: str


class OrderPlacedOut(BaseModel):
    """A new order: `token` opens it, `pay_url` is where to pay, if it can be paid now.

    With a `widget` it is paid on the order's own page, and `pay_url` is for when that fails.
    """

    order_number: OrderNumber
    token: str
    status: BuyerStatus
    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment
    total: Money


class PaymentOut(BaseModel):
    """Another attempt to pay."""

    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment


class LineOut(BaseModel):
    """A line of an order."""

    name: str
    quantity: Count
    price: Money
    total: Money


class CustomerOut(BaseModel):
    """Who bought, with as little of the address as its owner needs."""

    name: str
    email_hint: str


class OrderOut(BaseModel):
    """An order as its buyer sees it."""

    order_number: OrderNumber
    status: BuyerStatus
    headline: str
    text: str
    pay_again: bool
    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment
    deadline_text: str
    event: EventOut
    lines: list[LineOut]
    total: Money
    customer: CustomerOut
    tickets: Count
    tickets_url: OwnLink | None
    phone_tickets_url: OwnLink | None
    calendar_url: OwnLink | None
    mail: MailWord
    support: str
    next_poll_seconds: Count


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


class ProblemField(BaseModel):
    """A field and what is wrong with it."""

    field: str
    reason: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it; `errors` is about fields of the request."""

    type: str = "about:blank"
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    errors: list[ProblemField] = []


class Nothing(BaseModel):
    """An answer that says nothing, whatever was found."""


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


def placed_out(placed: Placed, token: str, script_url: str | None) -> OrderPlacedOut:
    """Return a new order. `script_url` is None where buyers pay on SumUp's page."""
    order = placed.order
    return OrderPlacedOut(
        order_number=order.order_number,
        token=token,
        status=buyer_status(order),
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=order.deadline.isoformat(),
        total=amount(order.total),
    )


def payment_out(placed: Placed, script_url: str | None) -> PaymentOut:
    """Return another attempt to pay."""
    return PaymentOut(
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=placed.order.deadline.isoformat(),
    )


def door_keys(event_id: str, public_keys: Mapping[str, bytes]) -> DoorKeys:
    """Return what a door needs for an event."""
    return DoorKeys.model_validate(key_document(event_id, public_keys))


def order_out(page: Page, token: str, brand: Brand, script_url: str | None) -> OrderOut:
    """Return an order as its buyer sees it; it may be paid where `pay_again` says so."""
    order, looks = page.order, buyer_status(page.order)
    shown = words(order)
    files = f"/api/orders/{order.order_number}"
    ready = order.admits
    downloadable = ready and order.delivery is not Delivery.PENDING
    payable = page.payable and looks in {BuyerStatus.PAYING, BuyerStatus.DECLINED}
    return OrderOut(
        order_number=order.order_number,
        status=looks,
        headline=shown.headline,
        text=shown.text,
        pay_again=payable,
        pay_url=page.pay_url,
        widget=_widget(page.checkout, script_url) if payable else None,
        deadline=order.deadline.isoformat(),
        deadline_text=moment_text(order.deadline, page.event.time_zone, Language.ENGLISH),
        event=event_out(page.event, ()),
        lines=[_line(line, order.total.currency) for line in order.lines],
        total=amount(order.total),
        customer=CustomerOut(name=order.customer.name, email_hint=email_hint(order.customer.email)),
        tickets=order.tickets_count if ready else 0,
        tickets_url=f"{files}/tickets?token={token}" if downloadable else None,
        phone_tickets_url=(
            f"{files}/tickets?size={Paper.A6}&token={token}" if downloadable else None
        ),
        calendar_url=f"{files}/calendar?token={token}" if ready else None,
        mail=mail_word(order),
        support=brand.support,
        next_poll_seconds=SOON if ready and not downloadable else shown.next_poll_seconds,
    )


def _widget(checkout: CheckoutRecord | None, script_url: str | None) -> WidgetOut | None:
    if checkout is None or script_url is None:
        return None
    return WidgetOut(script_url=script_url, checkout_id=checkout.checkout_id)


def _line(line: Line, currency: str) -> LineOut:
    price = money.Money(line.unit_price, currency)
    total = money.Money(line.unit_price * line.quantity, currency)
    return LineOut(
        name=line.description, quantity=line.quantity, price=amount(price), total=amount(total)
    )


def problem(status: HTTPStatus, detail: str, fields: Sequence[tuple[str, str]] = ()) -> str:
    """Return an error document."""
    errors = [ProblemField(field=field, reason=reason) for field, reason in fields]
    told = Problem(title=status.phrase, status=status.value, detail=detail, errors=errors)
    return told.model_dump_json()


def field_name(where: Sequence[int | str]) -> str:
    """Return where a mistake is, without the part of the request: `lines.0.quantity`."""
    return ".".join(str(part) for part in where[1:]) or str(where[0])
