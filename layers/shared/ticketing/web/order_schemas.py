"""The documents about one order, as its buyer sees it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from ticketing import money
from ticketing.brand import Brand
from ticketing.events.dates import until_text
from ticketing.events.event import Event
from ticketing.flows.checkout_api import Placed
from ticketing.flows.order_page import Page
from ticketing.language import Language, said
from ticketing.orders.order import Delivery, Line, Order
from ticketing.orders.refund_offer import is_owed
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.text import unbroken
from ticketing.tickets.ticket import Ticket
from ticketing.web import phone_routes
from ticketing.web.event_schemas import EventOut, Money, amount, event_out, moment_out
from ticketing.web.fields import Count, Link, Moment, OrderNumber, OwnLink
from ticketing.web.order_status import (
    MailProgress,
    buyer_status,
    is_given_up,
    mail_progress,
    return_text,
    status_text,
)
from ticketing.web.status_texts import BuyerStatus


class WidgetOut(BaseModel):
    """SumUp's card form: the script that shows it, and the checkout that it pays."""

    script_url: Link
    checkout_id: str


class OrderPlacedOut(BaseModel):
    """A new order. `token` opens it; `pay_url` is where to pay at once.

    SumUp's page at `pay_url` expires after half an hour, so do not keep it. It is null if an
    earlier request placed the order. Then, and if there is a `widget`, open the order's own page.
    """

    order_number: OrderNumber
    token: str
    status: BuyerStatus
    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment
    total: Money


class PaymentOut(BaseModel):
    """Another attempt to pay. SumUp's page for it, at `pay_url`, expires after half an hour."""

    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment


class LineOut(BaseModel):
    """A line of an order."""

    sku: str
    name: str
    quantity: Count
    price: Money
    total: Money


class CustomerOut(BaseModel):
    """The buyer's details, which anyone with the order's link may see and correct."""

    name: str
    email: str
    language: Language


class RefundOfferOut(BaseModel):
    """The event was moved, so the buyer may ask for a refund, or has asked for one."""

    asked: bool
    until_text: Annotated[str, Field(description="Until when they may ask, at the venue.")]


class OrderOut(BaseModel):
    """An order as its buyer sees it."""

    order_number: OrderNumber
    status: BuyerStatus
    headline: str
    text: str
    pay_again: bool
    given_up: Annotated[bool, Field(description="Its buyer cancelled it, and nothing was paid.")]
    widget: WidgetOut | None
    deadline: Moment
    deadline_text: str
    event: EventOut
    lines: list[LineOut]
    total: Money
    customer: CustomerOut
    tickets: Count
    codes_url: OwnLink | None
    tickets_url: OwnLink | None
    phone_tickets_url: OwnLink | None
    calendar_url: OwnLink | None
    mail: MailProgress
    refund_offer: RefundOfferOut | None
    support: str
    next_poll_seconds: Count


class CodeOut(BaseModel):
    """A QR code with its white margin: dark shapes on a white square."""

    side: Annotated[int, Field(gt=0, description="Width and height, in units of `path`.")]
    path: Annotated[str, Field(description="The dark shapes, as the path of an SVG.")]


class TicketOut(BaseModel):
    """A valid ticket, and the code that the door scans."""

    ticket_id: str
    name: str
    admits: Annotated[int, Field(ge=1, description="How many people come in with it.")]
    holder: str
    text: Annotated[str, Field(description="What the code says, signed.")]
    code: CodeOut


class TicketsOut(BaseModel):
    """The valid tickets of an order."""

    tickets: list[TicketOut]


class OrderStateOut(BaseModel):
    """How an order stands, without personal data, for holders of its return code."""

    status: BuyerStatus
    headline: str
    text: str
    support: str
    next_poll_seconds: Count


class Nothing(BaseModel):
    """An empty answer, whatever was found."""


def placed_out(
    placed: Placed, token: str, script_url: str | None, language: Language
) -> OrderPlacedOut:
    """Return a new order; `script_url` is None where buyers pay on SumUp's page."""
    order = placed.order
    return OrderPlacedOut(
        order_number=order.order_number,
        token=token,
        status=buyer_status(order),
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=order.open_until.isoformat(),
        total=amount(order.total, language),
    )


def payment_out(placed: Placed, script_url: str | None) -> PaymentOut:
    return PaymentOut(
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=placed.order.open_until.isoformat(),
    )


def order_out(
    page: Page, token: str, brand: Brand, script_url: str | None, language: Language
) -> OrderOut:
    """Return an order as its buyer sees it; `pay_again` tells whether it can be paid now."""
    order, status = page.order, buyer_status(page.order)
    shown = status_text(order, page.event)
    files = f"/api/orders/{order.order_number}"
    ready = order.admits and page.event.cancelled_at is None
    downloadable = ready and order.delivery is not Delivery.PENDING
    payable = page.payable and status in {BuyerStatus.PAYING, BuyerStatus.DECLINED}
    return OrderOut(
        order_number=order.order_number,
        status=status,
        headline=said(shown.headline, language),
        text=said(shown.text, language),
        pay_again=payable,
        given_up=is_given_up(order),
        widget=_widget(page.checkout, script_url) if payable else None,
        deadline=order.open_until.isoformat(),
        deadline_text=moment_out(order.open_until, page.event, language),
        event=event_out(page.event, language),
        lines=[_line(line, order.total.currency, language) for line in order.lines],
        total=amount(order.total, language),
        customer=CustomerOut(
            name=order.customer.name,
            email=order.customer.email,
            language=order.customer.language,
        ),
        tickets=len(order.valid_ticket_ids) if ready else 0,
        codes_url=f"{files}/tickets/codes" if ready else None,
        tickets_url=f"{files}/tickets?token={token}" if downloadable else None,
        phone_tickets_url=(
            phone_routes.address(order.order_number, token) if downloadable else None
        ),
        calendar_url=f"{files}/calendar?token={token}" if ready else None,
        mail=mail_progress(order),
        refund_offer=_refund_offer(page, language),
        support=brand.support,
        next_poll_seconds=shown.next_poll_seconds,
    )


def _refund_offer(page: Page, language: Language) -> RefundOfferOut | None:
    event, until = page.event, page.event.refunds_until
    if until is None or not (page.offers_refund or is_owed(page.order)):
        return None
    asked = page.order.refund_asked_at is not None
    shown = unbroken(until_text(until, event.time_zone, language))
    return RefundOfferOut(asked=asked, until_text=shown)


def tickets_out(tickets: Sequence[Ticket]) -> TicketsOut:
    return TicketsOut(tickets=[_ticket(ticket) for ticket in tickets])


def _ticket(ticket: Ticket) -> TicketOut:
    """Return a ticket with its code drawn as it is on paper."""
    from ticketing.tickets import qr_image  # noqa: PLC0415  # it loads PIL, for few requests

    text = ticket.qr_text
    return TicketOut(
        ticket_id=ticket.ticket_id,
        name=ticket.description,
        admits=ticket.admits,
        holder=ticket.holder,
        text=text,
        code=CodeOut(side=qr_image.side(text), path=qr_image.svg_path(text)),
    )


def order_state_out(order: Order, event: Event, brand: Brand, language: Language) -> OrderStateOut:
    shown = return_text(order, event)
    return OrderStateOut(
        status=buyer_status(order),
        headline=said(shown.headline, language),
        text=said(shown.text, language),
        support=brand.support,
        next_poll_seconds=shown.next_poll_seconds,
    )


def _widget(checkout: CheckoutRecord | None, script_url: str | None) -> WidgetOut | None:
    if checkout is None or script_url is None:
        return None
    return WidgetOut(script_url=script_url, checkout_id=checkout.checkout_id)


def _line(line: Line, currency: str, language: Language) -> LineOut:
    price = money.Money(line.unit_price, currency)
    total = money.Money(line.unit_price * line.quantity, currency)
    return LineOut(
        sku=line.sku,
        name=line.description,
        quantity=line.quantity,
        price=amount(price, language),
        total=amount(total, language),
    )
