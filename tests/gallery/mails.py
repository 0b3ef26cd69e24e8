"""The mails of the gallery: each kind, finished, as SES would get it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

from tests.gallery.papers import logo, look
from tests.support.builders import NOW, a_brand, a_line, an_event, an_order, later, tickets_for
from ticketing.emails import compose
from ticketing.emails.compose import LARGEST_PDF
from ticketing.emails.letterhead import PLAIN, letterhead
from ticketing.emails.mail import ALL_TICKETS, REISSUED, TRANSFERRED, MailKind, to_buyer
from ticketing.emails.rendering import Letter
from ticketing.events.event import Event, RefundPolicy
from ticketing.events.moving import NewTimes, moved
from ticketing.events.revision import revised
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.order import Customer, Order, OrderStatus, Origin, Reissued, VoidTicket
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine the Younger of Somewhere-on-Sea"
LONG_TITLE = (
    "The Extraordinarily Long and Winding Festival of Sounds, Sights and Seaside Amusements "
    "of the Island of Jersey, in its Forty-Second Glorious Year"
)
TOO_LARGE = b"x" * (LARGEST_PDF + 1)
COMPLETED: dict[str, Any] = {"status": OrderStatus.COMPLETED, "transaction_id": "txn-1"}
REFUNDED, BANK = RefundStatus.REFUNDED, RefundStatus.CHARGED_BACK
REFUNDS: tuple[tuple[str, RefundStatus, dict[str, Any]], ...] = (
    ("Refunded", REFUNDED, COMPLETED | {"voided_at": NOW}),
    ("Refunded, paid twice", REFUNDED, COMPLETED | {"transaction_id": "txn-2"}),
    ("Refunded without tickets", REFUNDED, {"status": OrderStatus.FAILED}),
    ("Refunded in part of a review", REFUNDED, {"status": OrderStatus.REVIEW}),
    ("Charged back", BANK, COMPLETED | {"voided_at": NOW}),
    ("Charged back, tickets stay", BANK, COMPLETED),
)
CASH: dict[str, Any] = {"status": OrderStatus.COMPLETED, "voided_at": NOW, "origin": Origin.CASH}
CANCELLED: tuple[tuple[str, RefundPolicy, dict[str, Any]], ...] = (
    ("Event cancelled", RefundPolicy.ALL, COMPLETED | {"voided_at": NOW}),
    ("Event cancelled, no refunds", RefundPolicy.NONE, COMPLETED | {"voided_at": NOW}),
    ("Event cancelled, paid in cash", RefundPolicy.ALL, CASH),
    ("Event cancelled, unpaid", RefundPolicy.ALL, {"status": OrderStatus.FAILED}),
    ("Event cancelled, on hold", RefundPolicy.NONE, {"status": OrderStatus.REVIEW}),
)
LINKED: tuple[dict[str, Any], ...] = (
    {"status": OrderStatus.REVIEW},
    {"status": OrderStatus.EXPIRED},
    COMPLETED | {"voided_at": NOW},
    COMPLETED,
)


LOOKS = {
    "colour and logo": look("#006E5A", logo()),
    "a pale colour": look("#F4F1E8", logo()),
    "a light colour and no logo": look("#F28C28"),
    "black": look("#000000", logo(), LONG_NAME),
    "a name alone": Branding("Harbour Arts Trust"),
}


def mails() -> Iterator[tuple[str, EmailMessage]]:
    """Return every mail of the gallery with its title."""
    for language in Language:
        order = _order(Customer("Zoë Éloïse", "zoe@example.com", language))
        for title, message in _kinds(order, an_event()):
            yield f"{title}, {language}", message
    long = _order(Customer(LONG_NAME, "zoe@example.com"), description="Standing" * 10)
    for title, message in _kinds(long, an_event(name=LONG_TITLE, venue=LONG_TITLE)):
        yield f"{title}, everything long", message
    order = _order(Customer("Zoë Éloïse", "zoe@example.com"))
    for title, branding in LOOKS.items():
        letter = replace(_letter(order, an_event()), head=letterhead(branding))
        yield f"Confirmation, {title}", _confirmation(letter)
        failed = _letter(order, an_event(), MailKind.PAYMENT_FAILED)
        yield f"Payment failed, {title}", compose.payment_failed(replace(failed, head=letter.head))
    for name in ("دينا الشريف", "山田 太郎", '<b>Zoë</b> & "Zed"', "www.example.com"):
        order = _order(Customer(name, "zoe@example.com"))
        yield f"Confirmation to {name}", _confirmation(_letter(order, an_event()))


def _kinds(order: Order, event: Event) -> Iterator[tuple[str, EmailMessage]]:
    yield "Confirmation", _confirmation(_letter(order, event))
    yield "Complimentary", _confirmation(_letter(_given(order), event))
    again = _letter(order, event, revision=2)
    yield (
        "Once more, with too large a PDF",
        compose.confirmation(again, tickets_for(order), TOO_LARGE),
    )
    yield from _issued_anew(order, event)
    yield "Event changed", _event_changed(order, event)
    yield "Event moved", _event_moved(order, event)
    yield from _event_cancelled(order, event)
    failed = _letter(order, event, MailKind.PAYMENT_FAILED, cause="CANCELLED")
    yield "Payment failed", compose.payment_failed(failed)
    closed = replace(order, status=OrderStatus.FAILED)
    yield (
        "Payment failed for good",
        compose.payment_failed(_letter(closed, event, MailKind.PAYMENT_FAILED)),
    )
    yield "Expired", compose.expired(_letter(order, event, MailKind.EXPIRED))
    yield "Under review", compose.under_review(_letter(order, event, MailKind.UNDER_REVIEW))
    yield (
        "Address changed",
        compose.address_changed(_letter(order, event, MailKind.ADDRESS_CHANGED)),
    )
    remind = _letter(order, _with_doors(event), MailKind.REMINDER, 20260718)
    yield "Reminder", compose.reminder(remind)
    for title, status, changes in REFUNDS:
        refund = Refund("txn-1", status, order.total)
        paid = replace(order, refunds=(refund,), **changes)
        yield title, compose.refunded(_letter(paid, event, MailKind.REFUNDED), refund)
    yield from _void(order, event)
    yield from _order_links(order, event)


def _issued_anew(order: Order, event: Event) -> Iterator[tuple[str, EmailMessage]]:
    """The mails with a ticket that has a new code, for the same holder and for another."""
    first = order.ticket_ids[0]
    order = replace(order, reissued=(Reissued(first, 1),))
    own, *others = tickets_for(order)
    theirs = replace(own, holder="Benjamin Le Feuvre-Vibert", transferred=True)
    for title, why, ticket in (
        ("Ticket reissued", REISSUED, own),
        ("Ticket transferred", TRANSFERRED, theirs),
    ):
        letter = _letter(order, event, revision=2, cause=f"{why} {first}")
        tickets = (ticket, *others)
        document = pdf.render(order, event, tickets, letter.brand)
        yield title, compose.confirmation(letter, tickets, document)


def _void(order: Order, event: Event) -> Iterator[tuple[str, EmailMessage]]:
    """The mails about tickets that are void beside valid ones, with their money and without."""
    second = order.ticket_ids[1]
    price = Money(order.lines[0].unit_price, order.total.currency)
    part = PartRefund("txn-1", REFUNDED, price, tickets=(second,))
    gift = replace(part, tickets=(), amount=Money(Decimal("2.50"), order.total.currency))
    bought = replace(order, **COMPLETED)
    fewer = replace(bought, void_tickets=(VoidTicket(second, order.lines[0].sku, NOW),))
    for title, paid, back in (
        ("One ticket refunded", replace(fewer, parts=(part,)), part),
        ("An amount refunded", replace(bought, parts=(gift,)), gift),
    ):
        yield title, compose.refunded(_letter(paid, event, MailKind.REFUNDED), back)
    for title, void, cause in (
        ("One ticket void", fewer, second),
        ("All tickets void", replace(bought, voided_at=NOW), ALL_TICKETS),
    ):
        letter = _letter(void, event, MailKind.TICKETS_VOID, cause=cause)
        yield title, compose.tickets_void(letter)


def _event_cancelled(order: Order, event: Event) -> Iterator[tuple[str, EmailMessage]]:
    facts: dict[str, Any] = {"cancelled": True, "cancelled_at": NOW}
    for title, policy, changes in CANCELLED:
        cancelled = replace(event, refund_policy=policy, **facts)
        letter = _letter(replace(order, **changes), cancelled, MailKind.EVENT_CANCELLED)
        yield title, compose.event_cancelled(letter)
    free = replace(order, lines=(a_line(unit_price=Decimal(0)),), total=Money(Decimal(0), "GBP"))
    void = replace(free, status=OrderStatus.COMPLETED, voided_at=NOW)
    letter = _letter(void, replace(event, **facts), MailKind.EVENT_CANCELLED)
    yield "Event cancelled, free tickets", compose.event_cancelled(letter)
    refund = Refund("txn-1", REFUNDED, order.total)
    paid = replace(order, refunds=(refund,), **COMPLETED, voided_at=NOW)
    back = _letter(paid, replace(event, **facts), MailKind.REFUNDED)
    yield "Refunded after a cancellation", compose.refunded(back, refund)


def _order_links(order: Order, event: Event) -> Iterator[tuple[str, EmailMessage]]:
    """The mail with one link, and the mail with a link to an order in each state."""
    letter = _letter(order, event, MailKind.ORDER_LINKS)
    link = compose.Link(order, event, letter.order_url)
    others = [
        compose.Link(
            replace(order, order_number=f"ORD-NO{n}AAA", **changes),
            event,
            a_brand().order_url(f"ORD-NO{n}AAA", "token"),
        )
        for n, changes in enumerate(LINKED)
    ]
    yield "Link to an order", compose.order_links(letter, [link])
    yield "Links to orders", compose.order_links(letter, [link, *others])


def _order(customer: Customer, description: str = "General admission") -> Order:
    child = a_line(
        sku="child", quantity=1, description="Child (under 12)", unit_price=Decimal("7.50")
    )
    lines = (a_line(quantity=2, description=description), child)
    return an_order(customer=customer, lines=lines, settled_at=NOW)


def _letter(
    order: Order,
    event: Event,
    kind: MailKind = MailKind.CONFIRMATION,
    revision: int = 1,
    cause: str | None = None,
) -> Letter:
    mail = to_buyer(order, kind, NOW, revision, cause)
    url = a_brand().order_url(order.order_number, "token")
    return Letter(mail, order, event, a_brand(), PLAIN, url)


def _confirmation(letter: Letter) -> EmailMessage:
    tickets = tickets_for(letter.order)
    document = pdf.render(letter.order, letter.event, tickets, letter.brand)
    return compose.confirmation(letter, tickets, document)


def _given(order: Order) -> Order:
    nothing = Decimal(0)
    lines = tuple(replace(line, unit_price=nothing) for line in order.lines)
    return replace(order, lines=lines, total=Money(nothing, "GBP"), origin=Origin.GIVEN)


def _with_doors(event: Event) -> Event:
    about = replace(event.about, map_url="https://maps.example.com/?q=Howard+Davis+Park")
    doors_at = event.starts_at - timedelta(hours=1)
    return replace(event, doors_at=doors_at, about=about)


def _event_changed(order: Order, event: Event) -> EmailMessage:
    moved = replace(
        event,
        starts_at=event.starts_at + timedelta(days=1, minutes=30),
        venue="St James Centre",
        address="St James Street, St Helier, Jersey JE2 3QZ",
    )
    letter = _letter(order, revised(event, moved, later(days=1)), MailKind.EVENT_CHANGED, 2)
    tickets = tickets_for(order)
    document = pdf.render(order, letter.event, tickets, letter.brand)
    return compose.event_changed(letter, event, tickets, document)


def _event_moved(order: Order, event: Event) -> EmailMessage:
    times = NewTimes(event.starts_at + timedelta(days=7), event.starts_at)
    paid = replace(order, status=OrderStatus.COMPLETED)
    letter = _letter(paid, moved(event, times, later(days=1)), MailKind.EVENT_CHANGED, 2)
    tickets = tickets_for(order)
    document = pdf.render(order, letter.event, tickets, letter.brand)
    return compose.event_changed(letter, event, tickets, document)
