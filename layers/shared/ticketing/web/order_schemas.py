"""The documents about one order, as its buyer sees it."""

from pydantic import BaseModel

from ticketing import money
from ticketing.brand import Brand
from ticketing.events.dates import moment_text
from ticketing.flows.checkout_api import Placed
from ticketing.flows.order_page import Page
from ticketing.language import Language
from ticketing.orders.order import Delivery, Line, Order
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.web import phone_routes
from ticketing.web.event_schemas import EventOut, Money, amount, event_out
from ticketing.web.fields import Count, Link, Moment, OrderNumber, OwnLink
from ticketing.web.order_status import (
    BuyerStatus,
    MailProgress,
    buyer_status,
    email_hint,
    mail_progress,
    return_text,
    status_text,
)


class WidgetOut(BaseModel):
    """SumUp's card form: the script that shows it, and the checkout that it pays."""

    script_url: Link
    checkout_id: str


class OrderPlacedOut(BaseModel):
    """A new order. `token` opens it; `pay_url` is where to pay at once.

    SumUp's page at `pay_url` lives for half an hour, so it is not to be kept, and an order that an
    earlier request has placed has none. Then, and with a `widget`, the order's own page is the way.
    """

    order_number: OrderNumber
    token: str
    status: BuyerStatus
    pay_url: Link | None
    widget: WidgetOut | None
    deadline: Moment
    total: Money


class PaymentOut(BaseModel):
    """Another attempt to pay: SumUp's page for it at `pay_url` lives for half an hour."""

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
    """The buyer, with a hint of the address that only its owner understands."""

    name: str
    email_hint: str


class OrderOut(BaseModel):
    """An order as its buyer sees it."""

    order_number: OrderNumber
    status: BuyerStatus
    headline: str
    text: str
    pay_again: bool
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
    mail: MailProgress
    support: str
    next_poll_seconds: Count


class OrderStateOut(BaseModel):
    """How an order stands, for whoever has only its return code: nothing personal."""

    status: BuyerStatus
    headline: str
    text: str
    support: str
    next_poll_seconds: Count


class Nothing(BaseModel):
    """An empty answer, whatever was found."""


def placed_out(placed: Placed, token: str, script_url: str | None) -> OrderPlacedOut:
    """Return a new order; `script_url` is None where buyers pay on SumUp's page."""
    order = placed.order
    return OrderPlacedOut(
        order_number=order.order_number,
        token=token,
        status=buyer_status(order),
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=order.open_until.isoformat(),
        total=amount(order.total),
    )


def payment_out(placed: Placed, script_url: str | None) -> PaymentOut:
    return PaymentOut(
        pay_url=placed.pay_url,
        widget=_widget(placed.checkout, script_url),
        deadline=placed.order.open_until.isoformat(),
    )


def order_out(page: Page, token: str, brand: Brand, script_url: str | None) -> OrderOut:
    """Return an order as its buyer sees it; `pay_again` says whether it can be paid now."""
    order, status = page.order, buyer_status(page.order)
    shown = status_text(order)
    files = f"/api/orders/{order.order_number}"
    ready = order.admits
    downloadable = ready and order.delivery is not Delivery.PENDING
    payable = page.payable and status in {BuyerStatus.PAYING, BuyerStatus.DECLINED}
    return OrderOut(
        order_number=order.order_number,
        status=status,
        headline=shown.headline,
        text=shown.text,
        pay_again=payable,
        widget=_widget(page.checkout, script_url) if payable else None,
        deadline=order.open_until.isoformat(),
        deadline_text=moment_text(order.open_until, page.event.time_zone, Language.ENGLISH),
        event=event_out(page.event, ()),
        lines=[_line(line, order.total.currency) for line in order.lines],
        total=amount(order.total),
        customer=CustomerOut(name=order.customer.name, email_hint=email_hint(order.customer.email)),
        tickets=order.tickets_count if ready else 0,
        tickets_url=f"{files}/tickets?token={token}" if downloadable else None,
        phone_tickets_url=(
            phone_routes.address(order.order_number, token) if downloadable else None
        ),
        calendar_url=f"{files}/calendar?token={token}" if ready else None,
        mail=mail_progress(order),
        support=brand.support,
        next_poll_seconds=shown.next_poll_seconds,
    )


def order_state_out(order: Order, brand: Brand) -> OrderStateOut:
    shown = return_text(order)
    return OrderStateOut(
        status=buyer_status(order),
        headline=shown.headline,
        text=shown.text,
        support=brand.support,
        next_poll_seconds=shown.next_poll_seconds,
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
