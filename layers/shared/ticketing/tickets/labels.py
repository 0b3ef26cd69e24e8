"""All texts on a ticket, in the order's language and cleaned for print. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ticketing.brand import Brand
from ticketing.events.dates import date_text, hours_text
from ticketing.events.event import LONGEST_TERMS, Event
from ticketing.language import Language, sentences
from ticketing.money import format_amount
from ticketing.orders.order import Line, Order
from ticketing.text import one_line, unbroken, without_links
from ticketing.tickets.branding import Branding
from ticketing.tickets.notes import LONGEST_TITLE, Note, notes
from ticketing.tickets.ticket import Ticket

LONGEST_SENTENCE = 400


@dataclass(frozen=True)
class TicketTexts:
    """The texts of one ticket."""

    holder: str
    kind: str
    price: str
    ticket_id: str
    count: str
    qr_text: str
    qr_described: str
    admits: str


@dataclass(frozen=True)
class Common:
    """The texts that all tickets of an order share."""

    event: str
    date: str
    time: str
    venue: str
    address: str
    order_number: str
    organiser: str
    brand: str
    terms: str
    advice: tuple[str, ...]
    issuer: str
    questions: str
    details: str
    details_url: str
    notes: tuple[Note, ...]
    language: Language


@dataclass(frozen=True)
class Labels:
    """The names of the fields, in one language."""

    venue: str
    holder: str
    kind: str
    price: str
    order: str
    terms: str
    fold: str
    folded: str


def labels(language: Language) -> Labels:
    say = sentences(language)
    return Labels(
        venue=say.gettext("Venue"),
        holder=say.gettext("Ticket holder"),
        kind=say.gettext("Ticket type"),
        price=say.gettext("Price"),
        order=say.gettext("Order"),
        terms=say.gettext("Terms and conditions"),
        fold=say.gettext("For your pocket"),
        folded=_translated(
            say.gettext(
                "Fold the page twice, along the dashed lines: the code stays on the outside."
            )
        ),
    )


def common(order: Order, event: Event, brand: Brand, look: Branding) -> Common:
    """Return the texts that all tickets of an order share."""
    language, say = order.customer.language, sentences(order.customer.language)
    details_url = brand.page_url(event.path)
    advice = _advice(order, _typed(brand.lost_tickets_url))
    organiser, shop = one_line(look.organiser), one_line(brand.name)
    return Common(
        event=one_line(event.name, LONGEST_TITLE),
        date=date_text(event, language),
        time=unbroken(_translated(hours_text(event, language))),
        venue=one_line(event.venue, LONGEST_TITLE),
        address=unbroken(one_line(event.address, LONGEST_TITLE)),
        order_number=order.order_number,
        organiser=organiser,
        brand=shop,
        terms=one_line(event.terms, LONGEST_TERMS),
        advice=advice,
        issuer=_issuer(shop, organiser, language, terms_follow=bool(event.terms)),
        questions=_translated(
            say.gettext("Questions? %(support)s") % {"support": one_line(brand.support)}
        ),
        details=_translated(
            say.gettext("All details and terms: %(url)s") % {"url": _typed(details_url)}
        ),
        details_url=details_url,
        notes=notes(event, organiser, advice, language),
        language=language,
    )


def each(order: Order, tickets: Sequence[Ticket]) -> list[TicketTexts]:
    """Return the texts that differ from ticket to ticket."""
    say = sentences(order.customer.language)
    lines = dict(order.ticket_lines)
    numbers = {ticket_id: number for number, ticket_id in enumerate(lines, 1)}
    found = []
    for ticket in tickets:
        price = lines[ticket.ticket_id].unit_price
        found.append(
            TicketTexts(
                holder=one_line(without_links(ticket.holder)),
                kind=kind_text(ticket, order.customer.language),
                price=_price(price, order) if price else say.gettext("Free"),
                ticket_id=ticket.ticket_id,
                count=say.gettext("Ticket %(number)s of %(count)s")
                % {"number": numbers[ticket.ticket_id], "count": order.tickets_count},
                qr_text=ticket.qr_text,
                qr_described=say.gettext("QR code of ticket %(ticket)s")
                % {"ticket": ticket.ticket_id},
                admits=_admits(ticket.admits, order.customer.language),
            )
        )
    return found


def kind_text(sold: Ticket | Line, language: Language) -> str:
    """Return the name of the ticket type, and how many people it admits if that is not one."""
    if sold.admits == 1:
        return one_line(sold.description)
    admits = sentences(language).gettext("admits %(people)s") % {"people": sold.admits}
    return one_line(f"{sold.description} · {admits}", LONGEST_TITLE)


def _admits(people: int, language: Language) -> str:
    said = sentences(language).ngettext(
        "One scan admits one person.", "One scan admits %(people)s people.", people
    )
    return _translated(said % {"people": people})


def _typed(url: str) -> str:
    """Return a URL as people type it from paper."""
    return url.removeprefix("https://").removesuffix("/")


def _translated(sentence: str) -> str:
    """Return a translation with plain spaces: the special ones of French need a larger font."""
    return one_line(sentence, LONGEST_SENTENCE)


def _price(price: Decimal, order: Order) -> str:
    return one_line(format_amount(price, order.total.currency, order.customer.language))


def _advice(order: Order, lost_url: str) -> tuple[str, ...]:
    say = sentences(order.customer.language)
    for_one = say.gettext(
        "It admits one person, once. The first scan counts, so do not pass on or publish a copy."
    )
    for_several = say.gettext(
        "It admits as many people as it says, once. The first scan counts, so do not pass on or "
        "publish a copy."
    )
    texts = (
        say.gettext(
            "Have this code ready at the entrance, on paper or on a screen turned up bright."
        ),
        for_several if order.is_for_several else for_one,
        say.gettext("Lost this page? Have your tickets sent again: %(url)s") % {"url": lost_url},
    )
    return tuple(map(_translated, texts))


def _issuer(shop: str, organiser: str, language: Language, *, terms_follow: bool) -> str:
    say = sentences(language)
    names = {"shop": shop, "organiser": organiser}
    if organiser and organiser != shop:
        issued = say.gettext("Issued by %(shop)s on behalf of %(organiser)s.") % names
    else:
        issued = say.gettext("Issued by %(shop)s.") % names
    if terms_follow:
        return _translated(issued)
    subject = say.gettext("Entry is subject to the organiser's terms and conditions.")
    return _translated(f"{issued} {subject}")
