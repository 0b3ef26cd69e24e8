"""Compose our mails: the same order, event and mail always give the same bytes.

`rendering` fills in the texts. The parts of a message are nested like this:

    multipart/mixed
      multipart/alternative
        text/plain
        multipart/related        just text/html if there are no pictures
          text/html
          image/png ...          the organiser's logo, the QR codes
      application/pdf
      text/calendar
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

from ticketing.brand import Brand
from ticketing.emails.cancellation import money_of
from ticketing.emails.mail import ALL_TICKETS, NEW_ADDRESS, Mail
from ticketing.emails.mime import (
    add_html,
    add_picture,
    add_text,
    attach_calendar,
    attach_pdf,
    new_message,
    seal,
    sender_domain,
)
from ticketing.emails.rendering import Letter, html, plain_text
from ticketing.events.dates import until_text
from ticketing.events.event import Event
from ticketing.events.revision import changes, times_of
from ticketing.failures import describe
from ticketing.language import Language, sentences
from ticketing.money import format_amount
from ticketing.observability import logger
from ticketing.orders import calendar
from ticketing.orders.order import CLOSED, Order, OrderStatus, Origin
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.orders.refund_offer import is_offered
from ticketing.payments.payment import CANCELLED
from ticketing.text import one_line, without_links
from ticketing.tickets.labels import kind_text
from ticketing.tickets.qr_image import png, side
from ticketing.tickets.ticket import Ticket

LARGEST_PDF = 7_000_000
"""In bytes. In base64 this is 9.6 MB, and many mailboxes refuse messages above 10 MB."""

SHOWN_PER_MODULE = 4
"""In pixels: 212 in total, which fits on the narrowest phone and is 56 mm on a desktop."""

LONGEST_IN_SUBJECT = 100


@dataclass(frozen=True)
class Picture:
    """A QR code in a mail: its ticket, its content id, and its size in pixels."""

    ticket: Ticket
    cid: str
    size: int


@dataclass(frozen=True)
class Link:
    """An order, its event, and the link that opens its page."""

    order: Order
    event: Event
    url: str


def confirmation(letter: Letter, tickets: Sequence[Ticket], pdf: bytes) -> EmailMessage:
    """Return the mail with the tickets: a QR code for each, and the PDF unless it is too large.

    A mail that sends them to the same address again says so, as does one with a ticket that
    replaces another. Like all functions here, this raises `InvalidAddress` if the recipient is not
    exactly one address.
    """
    gettext = sentences(letter.language).gettext
    again = letter.mail.revision > 1 and letter.mail.cause != NEW_ADDRESS
    anew = _issued_anew(letter, tickets)
    facts: dict[str, object] = {
        "again": again,
        "anew": anew,
        "given": letter.order.origin is Origin.GIVEN,
    }
    if anew:
        subject = gettext("A new ticket for %(event)s - Order %(number)s")
    elif again:
        subject = gettext("Once more: your tickets for %(event)s - Order %(number)s")
    else:
        subject = gettext("Your tickets for %(event)s - Order %(number)s")
    return _with_tickets(letter, "confirmation", subject, tickets, pdf, facts)


def _issued_anew(letter: Letter, tickets: Sequence[Ticket]) -> dict[str, object] | None:
    """Return which ticket replaced which, and its holder if that changed.

    None if the mail is about something else, or if the new ticket has become void since.
    """
    old, order = letter.mail.issued_anew, letter.order
    new = next((t for t in tickets if old and t.ticket_id == order.current_id(old)), None)
    if not old or not new:
        return None
    holder = one_line(without_links(new.holder)) if letter.mail.is_transfer else None
    return {"old": old, "new": new.ticket_id, "holder": holder}


def event_changed(
    letter: Letter, known: Event, tickets: Sequence[Ticket], pdf: bytes
) -> EmailMessage:
    """Return the mail about changes of an event, for a buyer who knows it as `known`."""
    news = changes(known, letter.event, letter.language)
    subject = _subject_of(known, letter.event, letter.language)
    facts: dict[str, object] = {"changes": news, "refunds_until": _refunds_until(letter)}
    return _with_tickets(letter, "event_changed", subject, tickets, pdf, facts)


def _refunds_until(letter: Letter) -> str | None:
    """Return until when the buyer may ask for the money back; None if they may not."""
    event, order = letter.event, letter.order
    if event.refunds_until is None or not is_offered(order, event, letter.mail.created_at):
        return None
    return until_text(event.refunds_until, event.time_zone, letter.language)


def event_cancelled(letter: Letter) -> EmailMessage:
    """Return the mail that says that an event is cancelled; its file removes it from calendars."""
    order, event = letter.order, letter.event
    had_tickets = order.status is OrderStatus.COMPLETED
    entry = _calendar(letter) if had_tickets else None
    facts: dict[str, object] = {
        "void": had_tickets,
        "closed": order.status in CLOSED,
        "total_is_due": not order.is_free,
        "money": money_of(order, event.refund_policy).value,
        "calendar": entry is not None,
    }
    gettext = sentences(letter.language).gettext
    message = _begun(letter, gettext("Cancelled: %(event)s - Order %(number)s"))
    _add_renderings(message, "event_cancelled", letter, facts)
    if entry:
        name = f"{order.order_number}.ics"
        attach_calendar(message, entry, name, calendar.method(event))
    return seal(message, letter.mail.mail_id)


def _subject_of(known: Event, event: Event, language: Language) -> str:
    """Return the subject of a mail about changes: what is new, if it is a single thing."""
    gettext = sentences(language).gettext
    changed = (
        (known.name != event.name, gettext("New name: %(event)s - Order %(number)s")),
        (
            (known.venue, known.address) != (event.venue, event.address),
            gettext("New venue: %(event)s - Order %(number)s"),
        ),
        (times_of(known) != times_of(event), gettext("New time: %(event)s - Order %(number)s")),
    )
    news = [subject for is_new, subject in changed if is_new]
    return news[0] if len(news) == 1 else gettext("Changed: %(event)s - Order %(number)s")


def payment_failed(letter: Letter) -> EmailMessage:
    """Return the mail about a failed payment. A closed order cannot be paid again.

    The link for trying again is the order's page, because SumUp's pages last only half an hour.
    """
    subject = sentences(letter.language).gettext(
        "Your payment for %(event)s did not go through - Order %(number)s"
    )
    reason = _reason(letter.mail.cause, letter.language)
    can_retry = letter.order.status not in CLOSED
    return _news(letter, "payment_failed", subject, {"can_retry": can_retry, "reason": reason})


def expired(letter: Letter) -> EmailMessage:
    subject = sentences(letter.language).gettext(
        "Your places for %(event)s are no longer held - Order %(number)s"
    )
    return _news(letter, "expired", subject, {})


def under_review(letter: Letter) -> EmailMessage:
    subject = sentences(letter.language).gettext(
        "We are looking at your payment for %(event)s - Order %(number)s"
    )
    return _news(letter, "under_review", subject, {})


def refunded(letter: Letter, refund: Refund) -> EmailMessage:
    gettext = sentences(letter.language).gettext
    by_bank = refund.status is RefundStatus.CHARGED_BACK
    subject = (
        gettext("Your payment for %(event)s was taken back - Order %(number)s")
        if by_bank
        else gettext("Your refund for %(event)s - Order %(number)s")
    )
    order, back = letter.order, refund.amount
    facts: dict[str, object] = {
        "amount": format_amount(back.amount, back.currency, letter.language),
        "by_bank": by_bank,
        "void": order.voided_at is not None,
        "valid": order.admits,
        "open": order.status is OrderStatus.REVIEW,
        "extra": order.admits and refund.transaction_id != order.transaction_id,
        "cancelled": letter.event.cancelled,
        "gone": _ticket_facts(letter, refund.tickets) if isinstance(refund, PartRefund) else [],
    }
    return _news(letter, "refunded", subject, facts)


def tickets_void(letter: Letter) -> EmailMessage:
    """Return the mail about tickets that an operator made void without giving money back."""
    gettext, cause = sentences(letter.language).gettext, letter.mail.cause or ""
    is_all = cause == ALL_TICKETS
    subject = (
        gettext("Your tickets for %(event)s are void - Order %(number)s")
        if is_all
        else gettext("Some of your tickets for %(event)s are void - Order %(number)s")
    )
    gone = _ticket_facts(letter, cause.split())
    return _news(letter, "tickets_void", subject, {"gone": gone, "valid": not is_all})


def order_links(letter: Letter, links: Sequence[Link]) -> EmailMessage:
    """Return the mail with the links to orders without tickets, for which somebody asked.

    Whoever placed the orders may have typed a stranger's address, so it greets nobody by name.
    """
    gettext = sentences(letter.language).gettext
    rows = [
        {
            "number": link.order.order_number,
            "event": one_line(link.event.name, LONGEST_IN_SUBJECT),
            "state": _state(link.order, letter.language),
            "url": link.url,
        }
        for link in links
    ]
    subject = gettext("The link to your order: %(event)s - Order %(number)s")
    return _news(letter, "order_links", subject, {"links": rows})


def reminder(letter: Letter) -> EmailMessage:
    """Return the mail before an event. It has no files; the tickets are on the order's page."""
    subject = sentences(letter.language).gettext("See you soon: %(event)s - Order %(number)s")
    return _news(letter, "reminder", subject, {"map_url": letter.event.about.map_url})


def address_changed(letter: Letter) -> EmailMessage:
    """Return the mail to an address that was replaced, which says only that it was changed."""
    subject = sentences(letter.language).gettext(
        "Your email address was changed - Order %(number)s"
    )
    return _news(letter, "address_changed", subject, {})


def alert(mail: Mail, brand: Brand) -> EmailMessage:
    message = new_message(
        mail.mail_id, mail.created_at, brand.alert_address, mail.subject or "", brand
    )
    add_text(message, mail.body or "")
    return message


def _reason(cause: str | None, language: Language) -> str | None:
    """Return what SumUp's status of a failed attempt means; None for FAILED, which says nothing."""
    gettext = sentences(language).gettext
    meanings = {CANCELLED: gettext("The payment was cancelled before it was complete.")}
    return meanings.get(cause or "")


def _ticket_facts(letter: Letter, ticket_ids: Sequence[str]) -> list[str]:
    """Return the names of tickets for a list: `ORD-ABC123-02, Adult`."""
    lines = letter.order.ticket_lines
    return [f"{i}, {kind_text(line, letter.language)}" for i, line in lines if i in ticket_ids]


def _state(order: Order, language: Language) -> str:
    gettext = sentences(language).gettext
    if order.voided_at:
        return gettext("its tickets are void")
    if order.status is OrderStatus.REVIEW:
        return gettext("we are looking into it")
    if order.status in CLOSED:
        return gettext("closed")
    if order.status is OrderStatus.COMPLETED:
        return gettext("complete")
    return gettext("its tickets are being made") if order.is_free else gettext("not paid yet")


def _news(letter: Letter, name: str, subject: str, facts: dict[str, object]) -> EmailMessage:
    message = _begun(letter, subject)
    _add_renderings(message, name, letter, facts)
    return seal(message, letter.mail.mail_id)


def _with_tickets(
    letter: Letter,
    name: str,
    subject: str,
    tickets: Sequence[Ticket],
    pdf: bytes,
    facts: dict[str, object],
) -> EmailMessage:
    message = _begun(letter, subject)
    number = letter.order.order_number
    pictures = [_picture(ticket, letter.brand) for ticket in tickets]
    attached = len(pdf) <= LARGEST_PDF
    entry = _calendar(letter)
    shown = facts | {"attached": attached, "pictures": pictures, "calendar": entry is not None}
    html = _add_renderings(message, name, letter, shown)
    for picture in pictures:
        picture_name = f"{picture.ticket.ticket_id}.png"
        add_picture(html, png(picture.ticket.qr_text), picture.cid, picture_name)
    if attached:
        attach_pdf(message, pdf, f"{number}.pdf")
    if entry:
        attach_calendar(message, entry, f"{number}.ics", calendar.method(letter.event))
    return seal(message, letter.mail.mail_id)


def _calendar(letter: Letter) -> str | None:
    """Return the calendar file; None if it cannot be made, because tickets must not wait for it."""
    try:
        return calendar.entry(letter.order, letter.event, letter.brand)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        logger.error("no calendar file", mail=letter.mail.mail_id, problem=describe(error))
        return None


def _begun(letter: Letter, subject: str) -> EmailMessage:
    """Return the message with its headers; `subject` still has its placeholders."""
    named = {
        "event": one_line(letter.event.name, LONGEST_IN_SUBJECT),
        "number": letter.order.order_number,
    }
    mail = letter.mail
    return new_message(mail.mail_id, mail.created_at, mail.recipient, subject % named, letter.brand)


def _add_renderings(
    message: EmailMessage, name: str, letter: Letter, facts: dict[str, object]
) -> MIMEPart:
    """Add both renderings of a mail, and the logo that they show; return the HTML part."""
    shown = facts | {"subject": str(message["Subject"])}
    add_text(message, plain_text(letter, name, shown))
    page, logo = add_html(message, html(letter, name, shown)), letter.head.logo
    if logo:
        add_picture(page, logo.png, letter.logo_cid, "logo.png")
    return page


def _picture(ticket: Ticket, brand: Brand) -> Picture:
    cid = f"{ticket.ticket_id}@{sender_domain(brand)}"
    return Picture(ticket, cid, side(ticket.qr_text) * SHOWN_PER_MODULE)
