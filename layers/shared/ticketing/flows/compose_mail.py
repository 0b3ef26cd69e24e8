"""Make a mail of its row in the outbox: gather what it tells of, draw its tickets, put it in words.

The same row gives the same mail as long as nothing it tells of has changed; `deliver_tickets`
keeps the first one made and sends that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from ticketing.brand import Brand
from ticketing.emails import compose
from ticketing.emails.mail import Mail, MailKind
from ticketing.emails.rendering import Letter
from ticketing.errors import TicketsMissing, TicketsVoid, UnreadableOrder
from ticketing.events.event import Event
from ticketing.events.revision import as_of, known
from ticketing.orders.order import CLOSED, Order
from ticketing.orders.refund import Refund
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.ticket import Ticket, ticket_ids


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...
    def note_tickets(self, order_number: str, revision: int) -> None: ...


class Events(Protocol):
    """What is needed of the events table."""

    def get(self, event_id: str) -> Event: ...


class Tickets(Protocol):
    """What is needed of the tickets table."""

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]: ...


class Draw(Protocol):
    """What draws and keeps tickets, and returns those to be attached."""

    def __call__(
        self, order: Order, event: Event, tickets: Sequence[Ticket], now: datetime
    ) -> bytes: ...


class Links(Protocol):
    """What is needed to let a buyer see their order."""

    def token(self, order_number: str) -> str: ...


@dataclass(frozen=True)
class ComposeMail:
    """The flow with everything it talks to."""

    orders: Orders
    events: Events
    tickets: Tickets
    draw: Draw
    access: Links
    brand: Brand

    def __call__(self, mail: Mail) -> EmailMessage:
        """Return the message; raises `InvalidAddress`, and whatever keeps it from being made.

        `TicketsVoid`: it brings tickets whose money went back.
        """
        if mail.kind is MailKind.ALERT:
            return compose.alert(mail, self.brand)
        order = self.orders.get(mail.order_number or "")
        event = self.events.get(order.event_id)
        letter = Letter(mail, order, event, self.brand, self._order_url(order))
        match mail.kind:
            case MailKind.CONFIRMATION:
                return compose.confirmation(letter, *self._tickets(letter))
            case MailKind.EVENT_CHANGED:
                return self._event_changed(letter)
            case MailKind.EXPIRED:
                return compose.expired(letter)
            case MailKind.UNDER_REVIEW:
                return compose.under_review(letter)
            case MailKind.PAYMENT_FAILED:
                return compose.payment_failed(letter, self._retry_url(order))
            case MailKind.REFUNDED:
                return compose.refunded(letter, _refund(letter))

    def _event_changed(self, letter: Letter) -> EmailMessage:
        """Tell of the revision that the mail is about, whatever came after it."""
        order, event = letter.order, as_of(letter.event, letter.mail.revision)
        letter = replace(letter, event=event)
        was = known(event, order.settled_at or order.created_at)
        return compose.event_changed(letter, was, *self._tickets(letter))

    def _tickets(self, letter: Letter) -> tuple[tuple[Ticket, ...], bytes]:
        """Return an order's tickets, and the PDF that says what this revision of the event is."""
        order, event = letter.order, letter.event
        if order.voided_at:
            raise TicketsVoid(order.order_number)
        wanted = ticket_ids(order)
        tickets = self.tickets.get_all(wanted)
        if len(tickets) != len(wanted):
            raise TicketsMissing(order.order_number, len(wanted), len(tickets))
        document = self.draw(order, event, tickets, letter.mail.created_at)
        if event.revision > order.tickets_revision:
            self.orders.note_tickets(order.order_number, event.revision)
        return tickets, document

    def _retry_url(self, order: Order) -> str | None:
        """Return where the newest checkout can still be paid, or else the order's page.

        None for an order that is closed: it takes a new order to try again.
        """
        if order.status in CLOSED:
            return None
        records = self.orders.records(order) or ()
        pay_urls = [record.pay_url for record in records if record.pay_url]
        return pay_urls[-1] if pay_urls else self._order_url(order)

    def _order_url(self, order: Order) -> str:
        return self.brand.order_url(order.order_number, self.access.token(order.order_number))


def _refund(letter: Letter) -> Refund:
    order, transaction_id = letter.order, letter.mail.cause
    refund = order.refund_of(transaction_id)
    if refund is None:
        raise UnreadableOrder(order.order_number, f"it knows no refund of {transaction_id}")
    return refund
