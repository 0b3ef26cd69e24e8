"""The order page: what a buyer sees of an order, and how they get its tickets again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ticketing.archive_keys import tickets_key_of, tickets_name
from ticketing.brand import Brand
from ticketing.errors import NotIssued, OrderNotFound, TicketsMissing
from ticketing.events.event import Event
from ticketing.events.sale import payment_refusal
from ticketing.flows.ports import Archive, Events, MailsTickets, ReadsOrders, ReadsTickets
from ticketing.orders.access import OrderAccess
from ticketing.orders.calendar import entry
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.orders.refund_offer import is_offered
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.ticket import (
    Paper,
    Ticket,
    TicketStatus,
    refuse_unless_valid,
)

LINK_SECONDS = 300


@dataclass(frozen=True)
class Page:
    """An order, its event, whether it may be paid, and a fresh checkout if it has one.

    `offers_refund`: its event was moved, and the buyer may ask for the money back.

    The checkout is for SumUp's card form. The link to SumUp's own page for it is not shown: the
    order page may be open long after that is gone, and `pay_again` makes a new one.
    """

    order: Order
    event: Event
    payable: bool
    checkout: CheckoutRecord | None
    offers_refund: bool = False


@dataclass(frozen=True)
class OrderPage:
    """The requests of the order page; `resend` sends an order's tickets again."""

    orders: MailsTickets
    events: Events
    resend: Callable[[Order, datetime], str]
    archive: Archive
    access: OrderAccess
    brand: Brand
    tickets: ReadsTickets

    def find(self, order_number: str, token: str) -> Order:
        return open_order(self.orders, self.access, order_number, token)

    def find_returned(self, order_number: str, code: str, now: datetime) -> Order:
        """Return the order of a return code, which only entitles to see how the order stands.

        Raises `OrderNotFound` if the code has expired, just as for an order that does not exist.
        """
        if not self.access.returns(code, order_number, now):
            raise OrderNotFound(order_number)
        return _of_a_buyer(self.orders, order_number)

    def show(self, order: Order, now: datetime) -> Page:
        open_for_payment = order.status is OrderStatus.PENDING and now < order.open_until
        event = self.events.get(order.event_id)
        payable = open_for_payment and not order.is_free and payment_refusal(event) is None
        records = self.orders.records(order) if payable and order.checkout_ids else None
        fresh = records[-1] if records and records[-1].is_fresh(now) else None
        return Page(order, event, payable, fresh, is_offered(order, event, now))

    def tickets_link(self, order: Order) -> str:
        """Return a link to the PDF for paper; raises `NotIssued` if there is none.

        After tickets became void or were issued anew, the PDF is missing until the mail about that
        is composed.
        """
        is_changed = order.void_tickets or order.reissued
        if is_changed and not self.archive.has(key_of(order, Paper.A4)):
            raise NotIssued(order.order_number)
        return link_to(self.archive, order, Paper.A4)

    def codes(self, order: Order) -> tuple[Ticket, ...]:
        """Return the order's valid tickets as soon as they exist.

        Raises `NotIssued` if it has no valid tickets, and `TicketsMissing` if rows are missing.
        """
        refuse_unless_valid(order)
        wanted = order.valid_ticket_ids
        found = self.tickets.get_all(wanted)
        if len(found) != len(wanted):
            raise TicketsMissing(order.order_number, len(wanted), len(found))
        return tuple(ticket for ticket in found if ticket.status is not TicketStatus.VOID)

    def calendar(self, order: Order) -> str:
        """Return the order's calendar file; raises `NotIssued` if it has no valid tickets."""
        refuse_unless_valid(order)
        return entry(order, self.events.get(order.event_id), self.brand)


def open_order(orders: ReadsOrders, access: OrderAccess, order_number: str, token: str) -> Order:
    """Return the order if the token opens it and its buyer is not erased.

    Otherwise raises `OrderNotFound`, just as for an order that does not exist.
    """
    if not access.opens(token, order_number):
        raise OrderNotFound(order_number)
    return _of_a_buyer(orders, order_number)


def _of_a_buyer(orders: ReadsOrders, order_number: str) -> Order:
    order = orders.get(order_number)
    if order.customer.is_erased:
        raise OrderNotFound(order_number)
    return order


def key_of(order: Order, paper: Paper) -> str:
    """Return where the archive has the tickets that were drawn last.

    Raises `NotIssued` while none have been sent, and `TicketsVoid` if they are void.
    """
    refuse_unless_valid(order)
    if order.delivery is Delivery.PENDING:
        raise NotIssued(order.order_number)
    return tickets_key_of(order, paper, order.tickets_revision)


def link_to(archive: Archive, order: Order, paper: Paper) -> str:
    """Return a link to the tickets, valid for 5 minutes; raises what `key_of` raises."""
    name = tickets_name(order.order_number, paper)
    return archive.link(key_of(order, paper), name, LINK_SECONDS)
