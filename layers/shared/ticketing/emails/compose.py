"""What our mails say: from an order to a finished message, byte for byte the same every time.

Texts are in `templates/`, one pair of .txt and .html for each mail. The parts nest like this:

    multipart/mixed
      multipart/alternative
        text/plain
        multipart/related        text/html alone where there are no pictures
          text/html
          image/png ...          the QR codes
      application/pdf
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ticketing.brand import Brand
from ticketing.emails.address import single_address
from ticketing.emails.mime import (
    add_html,
    add_picture,
    add_text,
    attach_pdf,
    new_message,
    seal,
    sender_domain,
    support_address,
)
from ticketing.events.event import Event
from ticketing.events.when import date_text, moment_text, time_text
from ticketing.money import format_amount
from ticketing.orders.order import Line, Order
from ticketing.tickets.qr_code import png, side
from ticketing.tickets.text import one_line
from ticketing.tickets.ticket import Ticket

__all__ = ["alert", "confirmation", "payment_failed", "single_address"]

LARGEST_PDF = 7_000_000
"""Bytes. In base64 this is 9.6 MB; many mailboxes refuse a message above 10 MB."""

SHOWN_PER_MODULE = 4
"""Pixels: 212 in all, which fits the narrowest telephone and is 56 mm on a desk."""

LONGEST_TEXT = 200
LONGEST_IN_SUBJECT = 100

SUSPICIOUS_NAME = re.compile(r"[/@:<>]|www\.|\.[a-z]{2,}", re.IGNORECASE)
"""A name that mail programs would turn into a link; nobody may use our mails to spread those."""


@dataclass(frozen=True)
class Picture:
    """A QR code in a mail: its ticket, the content id it is shown by, and its size in pixels."""

    ticket: Ticket
    cid: str
    size: int


def confirmation(
    mail_id: str,
    created_at: datetime,
    order: Order,
    event: Event,
    tickets: Sequence[Ticket],
    pdf: bytes,
    brand: Brand,
    order_url: str,
) -> EmailMessage:
    """Return the mail that brings the tickets: a QR code for each, and the PDF if it is not huge.

    `order_url` opens the order's page for whoever has this mail.

    Raises `InvalidAddress` if the buyer's address is not exactly one.
    """
    subject = f"Your tickets for {_in_subject(event)} - Order {order.order_number}"
    message = new_message(mail_id, created_at, order.customer.email, subject, brand)
    pictures = [_picture(ticket, brand) for ticket in tickets]
    attached = len(pdf) <= LARGEST_PDF
    facts = _facts(order, event, brand)
    facts |= {"attached": attached, "pictures": pictures, "order_url": order_url}
    html = _add_renderings(message, "confirmation", facts)
    for picture in pictures:
        name = f"{picture.ticket.ticket_id}.png"
        add_picture(html, png(picture.ticket.qr_text), picture.cid, name)
    if attached:
        attach_pdf(message, pdf, f"{order.order_number}.pdf")
    return seal(message, mail_id)


def payment_failed(
    mail_id: str,
    created_at: datetime,
    order: Order,
    event: Event,
    retry_url: str | None,
    reason: str | None,
    brand: Brand,
) -> EmailMessage:
    """Return the mail that says a payment did not go through, and where to try again.

    Without `retry_url` the time to pay is over, and a new order is the way.

    Raises `InvalidAddress` if the buyer's address is not exactly one.
    """
    subject = (
        f"Your payment for {_in_subject(event)} did not go through - Order {order.order_number}"
    )
    message = new_message(mail_id, created_at, order.customer.email, subject, brand)
    facts = _facts(order, event, brand) | {
        "retry_url": retry_url,
        "shop_url": brand.public_url,
        "reason": one_line(reason or "", LONGEST_TEXT),
        "deadline": moment_text(order.deadline, event.time_zone, order.customer.language),
    }
    _add_renderings(message, "payment_failed", facts)
    return seal(message, mail_id)


def alert(
    mail_id: str, created_at: datetime, subject: str, body: str, brand: Brand
) -> EmailMessage:
    """Return a plain text mail to the shop's own alert address."""
    message = new_message(mail_id, created_at, brand.alert_address, subject, brand)
    add_text(message, body)
    return message


def _add_renderings(message: EmailMessage, name: str, facts: Mapping[str, object]) -> MIMEPart:
    """Add both renderings of a mail; return the HTML part."""
    add_text(message, _templates().get_template(f"{name}.txt").render(facts))
    return add_html(message, _templates().get_template(f"{name}.html").render(facts))


def _picture(ticket: Ticket, brand: Brand) -> Picture:
    cid = f"{ticket.ticket_id}@{sender_domain(brand)}"
    return Picture(ticket, cid, side(ticket.qr_text) * SHOWN_PER_MODULE)


def _in_subject(event: Event) -> str:
    return one_line(event.name, LONGEST_IN_SUBJECT)


def _facts(order: Order, event: Event, brand: Brand) -> dict[str, object]:
    """Return what every mail about an order may mention, cleaned of line breaks and controls."""
    return {
        "brand": one_line(brand.name),
        "support": one_line(brand.support),
        "support_link": _support_link(brand),
        "greeting": _greeting(order.customer.name),
        "order_number": order.order_number,
        "lines": [_line_facts(line, order.total.currency) for line in order.lines],
        "total": str(order.total),
        "count": order.tickets_count,
        "event": one_line(event.name, LONGEST_TEXT),
        "date": date_text(event, order.customer.language),
        "time": time_text(event),
        "venue": one_line(event.venue, LONGEST_TEXT),
        "address": one_line(event.address, LONGEST_TEXT),
    }


def _line_facts(line: Line, currency: str) -> dict[str, object]:
    return {
        "description": one_line(line.description),
        "quantity": line.quantity,
        "unit_price": format_amount(line.unit_price, currency),
        "price": format_amount(line.unit_price * line.quantity, currency),
    }


def _greeting(name: str) -> str:
    plain = one_line(name)
    return "Hello," if not plain or SUSPICIOUS_NAME.search(plain) else f"Hello {plain},"


def _support_link(brand: Brand) -> str | None:
    address = support_address(brand)
    if address:
        return f"mailto:{address}"
    digits = re.sub(r"[^0-9+]", "", brand.support)
    return f"tel:{digits}" if digits and "/" not in brand.support else None


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("ticketing.emails"),
        autoescape=_is_html,  # noqa: S701 - on for everything but .txt
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["one_line"] = one_line
    return templates


def _is_html(template_name: str | None) -> bool:
    """Escape everywhere but in plain text, where `&amp;` would be read as it stands."""
    return not (template_name or "").endswith(".txt")
