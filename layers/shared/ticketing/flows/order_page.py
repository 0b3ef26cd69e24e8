"""The order page: what a buyer sees of an order, and how they get its tickets again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ticketing.archive_keys import tickets_key, tickets_name
from ticketing.brand import Brand
from ticketing.errors import NotIssued, OrderNotFound
from ticketing.events.event import Event
from ticketing.flows.ports import Archive, Events, MailsTickets
from ticketing.orders.access import OrderAccess
from ticketing.orders.calendar import entry
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.ticket import Paper, refuse_unless_valid

LINK_SECONDS = 300


@dataclass(frozen=True)
class Page:
    """An order, its event, whether it may be paid, and its newest checkout if there is one."""

    order: Order
    event: Event
    payable: bool
    checkout: CheckoutRecord | None

    @property
    def pay_url(self) -> str | None:
        return self.checkout.pay_url if self.checkout else None


@dataclass(frozen=True)
class OrderPage:
    """The requests of the order page; `resend` sends an order's tickets again."""

    orders: MailsTickets
    events: Events
    resend: Callable[[Order, datetime], str]
    archive: Archive
    access: OrderAccess
    brand: Brand

    def find(self, order_number: str, token: str) -> Order:
        """Return the order if the token opens it and its buyer is not erased.

        Otherwise raises `OrderNotFound`, as for an order that does not exist.
        """
        if not self.access.opens(token, order_number):
            raise OrderNotFound(order_number)
        order = self.orders.get(order_number)
        if order.customer.is_erased:
            raise OrderNotFound(order_number)
        return order

    def show(self, order: Order, now: datetime) -> Page:
        open_for_payment = order.status is OrderStatus.PENDING and now < order.open_until
        payable = open_for_payment and not order.is_free
        records = self.orders.records(order) if payable and order.checkout_ids else None
        checkout = records[-1] if records else None
        return Page(order, self.events.get(order.event_id), payable, checkout)

    def tickets_link(self, order: Order, paper: Paper = Paper.A4) -> str:
        """Return a link to the PDF, valid for 5 minutes; raises `NotIssued` if there is none."""
        refuse_unless_valid(order)
        if order.delivery is Delivery.PENDING:
            raise NotIssued(order.order_number)
        revision = order.tickets_revision
        key = tickets_key(order.event_id, order.order_number, paper, revision)
        return self.archive.link(key, tickets_name(order.order_number, paper), LINK_SECONDS)

    def calendar(self, order: Order) -> str:
        """Return the order's calendar file; raises `NotIssued` if it has no valid tickets."""
        refuse_unless_valid(order)
        return entry(order, self.events.get(order.event_id), self.brand)
