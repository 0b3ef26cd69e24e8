"""Compose a mail of the outbox: read its order and event, draw its tickets, fill its template.

The same row gives the same message until its order or event changes. `deliver_tickets` archives the
first message, and sends that one on every attempt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage

from ticketing.brand import Brand
from ticketing.emails import compose
from ticketing.emails.letterhead import PLAIN, Letterhead, letterhead
from ticketing.emails.mail import ALL_TICKETS, Mail, MailKind
from ticketing.emails.reminder import outdated
from ticketing.emails.rendering import Letter
from ticketing.errors import MailOutdated, ReminderOutdated, TicketsVoid, UnreadableOrder
from ticketing.events.revision import as_of, known
from ticketing.failures import describe
from ticketing.flows.lost_tickets import newest_of, without_tickets
from ticketing.flows.ports import Events, MailsTickets, ReadsDetails
from ticketing.observability import logger
from ticketing.orders.access import OrderAccess
from ticketing.orders.buyer import folded
from ticketing.orders.order import Order
from ticketing.orders.refund import Refund
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import Branding
from ticketing.tickets.details import Details

PLAIN_NEWS: Mapping[MailKind, Callable[[Letter], EmailMessage]] = {
    MailKind.EXPIRED: compose.expired,
    MailKind.UNDER_REVIEW: compose.under_review,
    MailKind.PAYMENT_FAILED: compose.payment_failed,
    MailKind.ADDRESS_CHANGED: compose.address_changed,
    MailKind.EVENT_CANCELLED: compose.event_cancelled,
}
"""The mails that need only their order and its event."""


@dataclass(frozen=True)
class ComposeMail:
    """Composes mails; `draw` returns the PDF to attach, which it has archived."""

    orders: MailsTickets
    events: Events
    details: ReadsDetails
    draw: Callable[[Order, Details, datetime], bytes]
    find_look: Callable[[str, Organiser | None], tuple[Branding, str]]
    access: OrderAccess
    brand: Brand

    def __call__(self, mail: Mail, now: datetime) -> EmailMessage:
        """Return the message.

        Raises `InvalidAddress`; `MailOutdated` if the order has another address by now, or for a
        reminder that helps nobody any more; `TicketsVoid` if the mail is about tickets that have
        become void; and any error from reading the order or drawing its tickets.
        """
        if mail.kind is MailKind.ALERT:
            return compose.alert(mail, self.brand)
        order = self.orders.get(mail.order_number or "")
        _refuse_outdated(mail, order)
        if mail.kind is MailKind.CONFIRMATION or mail.kind is MailKind.EVENT_CHANGED:
            return self._with_tickets(mail, order)
        return self._news(self._letter(mail, order, self.details.without_tickets(order)), now)

    def _news(self, letter: Letter, now: datetime) -> EmailMessage:
        """Return a message without tickets."""
        if plain := PLAIN_NEWS.get(letter.mail.kind):
            return plain(letter)
        match letter.mail.kind:
            case MailKind.REFUNDED:
                return compose.refunded(letter, _refund(letter))
            case MailKind.TICKETS_VOID:
                _refuse_overtaken(letter)
                return compose.tickets_void(letter)
            case MailKind.ORDER_LINKS:
                return compose.order_links(letter, self._links(letter))
            case MailKind.REMINDER:
                _refuse_reminder(letter, now)
                return compose.reminder(letter)
        raise NotImplementedError(letter.mail.kind)  # made above

    def _letter(self, mail: Mail, order: Order, details: Details) -> Letter:
        head = self._letterhead(mail, order, details.organiser)
        return Letter(mail, order, details.event, self.brand, head, self._order_url(order))

    def _letterhead(self, mail: Mail, order: Order, organiser: Organiser | None) -> Letterhead:
        """Return the head of a mail; whatever is wrong with the branding, the mail is sent.

        An address that an order no longer has may be a stranger's, so it is told no organiser.
        """
        if mail.kind is MailKind.ADDRESS_CHANGED:
            return PLAIN
        try:
            look, problem = self.find_look(order.organiser_id, organiser)
            head = letterhead(look)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it
            head = letterhead(Branding(organiser.name if organiser else ""))
            problem = describe(error)
        if problem:
            logger.error("plain mail", mail=mail.mail_id, problem=problem)
        return head

    def _with_tickets(self, mail: Mail, order: Order) -> EmailMessage:
        """Return a message with an order's tickets as they are now.

        An announcement describes its own revision of the event, even if there is a newer one.
        """
        if order.voided_at:
            raise TicketsVoid(order.order_number)
        details = self.details.of(order)
        if mail.kind is MailKind.EVENT_CHANGED:
            details = replace(details, event=as_of(details.event, mail.revision))
        document = self.draw(order, details, mail.created_at)
        if details.event.revision > order.tickets_revision:
            self.orders.note_tickets(order.order_number, details.event.revision)
        letter = self._letter(mail, order, details)
        if mail.kind is MailKind.CONFIRMATION:
            return compose.confirmation(letter, details.tickets, document)
        was = known(details.event, order.settled_at or order.created_at)
        return compose.event_changed(letter, was, details.tickets, document)

    def _links(self, letter: Letter) -> list[compose.Link]:
        """Return the links to the letter's order and the recipient's others without tickets."""
        found = without_tickets(newest_of(self.orders, letter.mail.recipient))
        others = [o for o in found if o.order_number != letter.order.order_number]
        return [
            compose.Link(o, self.events.get(o.event_id), self._order_url(o))
            for o in (letter.order, *others)
        ]

    def _order_url(self, order: Order) -> str:
        token = self.access.token(order.order_number)
        return self.brand.order_url(order.order_number, token, order.customer.language)


def _refuse_outdated(mail: Mail, order: Order) -> None:
    """Raise `MailOutdated` for an address that is no longer the order's, or an erased buyer's.

    Such an address gets neither tickets nor a link. Only the mail about the change itself goes to
    the old address.
    """
    is_the_buyers = folded(mail.recipient) == order.customer.key
    is_about_it = mail.kind is MailKind.ADDRESS_CHANGED and not order.customer.is_erased
    if not (is_the_buyers or is_about_it):
        raise MailOutdated(order.order_number)


def _refuse_reminder(letter: Letter, now: datetime) -> None:
    order, event = letter.order, letter.event
    if order.voided_at:
        raise TicketsVoid(order.order_number)
    if problem := outdated(letter.mail, order, event, now):
        raise ReminderOutdated(order.order_number, problem)


def _refuse_overtaken(letter: Letter) -> None:
    """Raise `TicketsVoid` if all tickets have become void since: another mail says so."""
    if letter.order.voided_at and letter.mail.cause != ALL_TICKETS:
        raise TicketsVoid(letter.order.order_number)


def _refund(letter: Letter) -> Refund:
    order, name = letter.order, letter.mail.cause
    refund = order.refund_named(name)
    if refund is None:
        raise UnreadableOrder(order.order_number, f"it knows no refund of {name}")
    return refund
