"""What a buyer sees of an order, and what they may fetch again. Also for lost tickets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketing.archive_keys import tickets_key, tickets_name
from ticketing.brand import Brand
from ticketing.errors import (
    BuyerErased,
    MailUnwanted,
    NotIssued,
    OrderNotFound,
    TooManyResends,
    UnreadableOrder,
)
from ticketing.events.event import Event
from ticketing.observability import logger
from ticketing.orders.access import OrderAccess
from ticketing.orders.calendar import entry
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.ticket import Paper, refuse_unless_valid

LINK_SECONDS = 300
MOST_LOST = 5
"""Orders of one address whose tickets are sent again at once."""


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...
    def completed_of(self, email: str, limit: int) -> tuple[str, ...]: ...


class Events(Protocol):
    """What is needed of the events table."""

    def get(self, event_id: str) -> Event: ...


class Resend(Protocol):
    """What is needed to send tickets again; see `resend_tickets`."""

    def __call__(self, order: Order, now: datetime) -> None: ...


class Links(Protocol):
    """What is needed of the bucket."""

    def link(self, key: str, filename: str, seconds: int) -> str: ...


@dataclass(frozen=True)
class Page:
    """An order, its event, whether it may be paid, and its newest checkout if there is one."""

    order: Order
    event: Event
    payable: bool
    checkout: CheckoutRecord | None

    @property
    def pay_url(self) -> str | None:
        """Return SumUp's page for the checkout."""
        return self.checkout.pay_url if self.checkout else None


@dataclass(frozen=True)
class OrderPage:
    """The flows of the order page with everything they talk to."""

    orders: Orders
    events: Events
    resend: Resend
    links: Links
    access: OrderAccess
    brand: Brand

    def find(self, order_number: str, token: str) -> Order:
        """Return the order if the token opens it; otherwise the same error as for no order.

        One whose buyer was erased is nobody's, and opens no more.
        """
        if not self.access.opens(token, order_number):
            raise OrderNotFound(order_number)
        order = self.orders.get(order_number)
        if order.customer.is_erased:
            raise OrderNotFound(order_number)
        return order

    def show(self, order: Order, now: datetime) -> Page:
        """Return what the page shows."""
        open_for_payment = order.status is OrderStatus.PENDING and now < order.deadline
        payable = open_for_payment and not order.is_free
        records = self.orders.records(order) if payable and order.checkout_ids else None
        checkout = records[-1] if records else None
        return Page(order, self.events.get(order.event_id), payable, checkout)

    def tickets_link(self, order: Order, paper: Paper = Paper.A4) -> str:
        """Return a short-lived link to the PDF; `NotIssued` unless there is a valid one."""
        refuse_unless_valid(order)
        if order.delivery is Delivery.PENDING:
            raise NotIssued(order.order_number)
        revision = order.tickets_revision
        key = tickets_key(order.event_id, order.order_number, paper, revision)
        return self.links.link(key, tickets_name(order.order_number, paper), LINK_SECONDS)

    def calendar(self, order: Order) -> str:
        """Return the calendar file of an order with tickets; `NotIssued` for any other."""
        refuse_unless_valid(order)
        return entry(order, self.events.get(order.event_id), self.brand)

    def resend_lost(self, email: str, now: datetime) -> None:
        """Send an address its tickets again, if it has any; nobody learns whether it has."""
        for order_number in self.orders.completed_of(email, MOST_LOST):
            try:
                self.resend(self.orders.get(order_number), now)
            except (NotIssued, BuyerErased, MailUnwanted, TooManyResends, OrderNotFound):
                continue
            except UnreadableOrder as error:
                logger.error("lost tickets not sent", problem=str(error))
