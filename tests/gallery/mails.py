"""The mails of the gallery: each kind, finished, as SES would get it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

from tests.builders import NOW, a_brand, a_console, an_event, an_order, later, tickets_for
from ticketing.alerts.alert import unreadable_order
from ticketing.emails import compose
from ticketing.emails.compose import Letter
from ticketing.emails.mail import MailKind, to_buyer, to_operators
from ticketing.events.event import Event
from ticketing.events.revision import revised
from ticketing.language import Language
from ticketing.orders.order import Customer, Order
from ticketing.tickets import pdf

RETRY = "https://tickets.example.com/orders/?n=ORD-ABC123"


def mails() -> Iterator[tuple[str, EmailMessage]]:
    """Return every mail of the gallery with its title."""
    for language in Language:
        order = an_order(customer=Customer("Zoë Éloïse", "zoe@example.com", language))
        event = an_event()
        tickets = tickets_for(order)
        drawn = tickets, pdf.render(order, event, tickets, a_brand())
        first = _letter(order, event, MailKind.CONFIRMATION)
        again = _letter(order, event, MailKind.CONFIRMATION, 2)
        changed = _letter(order, _moved(event), MailKind.EVENT_CHANGED, 2)
        failed = _letter(order, event, MailKind.PAYMENT_FAILED)
        expired = _letter(order, event, MailKind.EXPIRED)
        review = _letter(order, event, MailKind.UNDER_REVIEW)
        yield f"Confirmation, {language}", compose.confirmation(first, *drawn)
        yield f"Sent again, {language}", compose.confirmation(again, *drawn)
        yield f"Event changed, {language}", compose.event_changed(changed, event, *drawn)
        yield f"Payment failed, {language}", compose.payment_failed(failed, RETRY)
        yield f"Expired, {language}", compose.expired(expired)
        yield f"Under review, {language}", compose.under_review(review)
    told = unreadable_order("ORD-ABC123", "it lacks total", a_console())
    yield "An alert", compose.alert(to_operators(told, a_brand(), NOW, "ORD-ABC123"), a_brand())


def _letter(order: Order, event: Event, kind: MailKind, revision: int = 1) -> Letter:
    mail = to_buyer(order, kind, NOW, revision)
    return Letter(mail, order, event, a_brand(), a_brand().order_url(order.order_number, "token"))


def _moved(event: Event) -> Event:
    elsewhere = replace(
        event, venue="Jersey Opera House", starts_at=event.starts_at + timedelta(days=1)
    )
    return revised(event, elsewhere, later(days=1))
