"""Compose a mail of the outbox: read its order and event, draw its tickets, fill its template.

The same row gives the same mail until its order or event changes. `deliver_tickets` archives the
first one, and sends that on every attempt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage

from ticketing.brand import Brand
from ticketing.emails import compose
from ticketing.emails.mail import Mail, MailKind
from ticketing.emails.rendering import Letter
from ticketing.errors import TicketsVoid, UnreadableOrder
from ticketing.events.event import Event
from ticketing.events.revision import as_of, known
from ticketing.flows.draw_tickets import tickets_of
from ticketing.flows.ports import Events, MailsTickets, Tickets
from ticketing.orders.access import OrderAccess
from ticketing.orders.order import CLOSED, Order
from ticketing.orders.refund import Refund
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class ComposeMail:
    """Composes mails; `draw` draws tickets on paper, stores them, and returns those to attach."""

    orders: MailsTickets
    events: Events
    tickets: Tickets
    draw: Callable[[Order, Event, Sequence[Ticket], datetime], bytes]
    access: OrderAccess
    brand: Brand

    def __call__(self, mail: Mail) -> EmailMessage:
        """Return the message.

        Raises `InvalidAddress`, `TicketsVoid` if the money of its tickets went back, and any error
        of reading its order or drawing its tickets.
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
        """Describe the revision that the mail is about, even if there is a newer one."""
        order, event = letter.order, as_of(letter.event, letter.mail.revision)
        letter = replace(letter, event=event)
        was = known(event, order.settled_at or order.created_at)
        return compose.event_changed(letter, was, *self._tickets(letter))

    def _tickets(self, letter: Letter) -> tuple[tuple[Ticket, ...], bytes]:
        """Return an order's tickets, and their PDF for this revision of the event."""
        order, event = letter.order, letter.event
        if order.voided_at:
            raise TicketsVoid(order.order_number)
        tickets = tickets_of(order, self.tickets)
        document = self.draw(order, event, tickets, letter.mail.created_at)
        if event.revision > order.tickets_revision:
            self.orders.note_tickets(order.order_number, event.revision)
        return tickets, document

    def _retry_url(self, order: Order) -> str | None:
        """Return where the newest checkout can be paid, or else the order's page.

        None for a closed order: the buyer has to place a new one.
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
