"""The ticket on paper: one A4 page for each, ready to print or to show on a screen."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from ticketing.brand import Brand
from ticketing.events.event import Event
from ticketing.events.when import date_text, time_text
from ticketing.money import format_amount
from ticketing.orders.order import Order
from ticketing.tickets.sheet import Colour, Sheet, Steps, Style, Weight, cut_for
from ticketing.tickets.text import one_line
from ticketing.tickets.ticket import Ticket, lines_by_ticket

LEFT, RIGHT = 15.0, 195.0
CARD_TOP, CARD_HEAD, CARD_HEIGHT = 32.0, 50.0, 152.0
CARD_BODY = CARD_TOP + CARD_HEAD
INSET = 9.0
QR_SIDE = 84.2
"""Millimetres, quiet zone included: room for 53 modules of 4.5 points, or 1.6 mm."""

QR_LEFT = RIGHT - 5 - QR_SIDE
FIELD_WIDTH = QR_LEFT - 5 - LEFT - INSET

LONGEST_TITLE = 200

BRAND: Steps = ((Style(15, Weight.BOLD), 1), (Style(11, Weight.BOLD), 1))
COUNT = Style(11, colour=Colour.GREY)
TITLE: Steps = tuple(
    (Style(size, Weight.BOLD, Colour.WHITE), lines)
    for size, lines in ((28, 2), (24, 2), (20, 2), (16, 3))
)
DATE = Style(14, Weight.BOLD, Colour.WHITE)
TIME = Style(11, colour=Colour.MIST)
LABEL = Style(7.5, colour=Colour.GREY)
VALUE: Steps = tuple((Style(size, Weight.BOLD), most) for size, most in ((12, 2), (10, 2), (9, 3)))
ADDRESS: Steps = ((Style(10, colour=Colour.GREY), 3), (Style(9, colour=Colour.GREY), 3))
TICKET_ID = Style(14, Weight.BOLD)
HEADING = Style(12, Weight.BOLD)
ADVICE: Steps = ((Style(10), 2),)
SMALL = Style(8.5, colour=Colour.GREY)
SMALL_BOLD = Style(8.5, Weight.BOLD)


@dataclass(frozen=True)
class Face:
    """Every word on one ticket that is not the same on all tickets, cleaned for print."""

    event: str
    date: str
    time: str
    venue: str
    address: str
    holder: str
    kind: str
    price: str
    order_number: str
    ticket_id: str
    count: str
    brand: str
    support: str
    order_url: str
    qr_text: str


def render(order: Order, event: Event, tickets: Sequence[Ticket], brand: Brand) -> bytes:
    """Return a PDF with a page for each ticket; the same input gives the same bytes.

    What the fonts cannot print becomes `?`, what is too long is made smaller or cut: no name
    makes this fail.
    """
    faces = [_face(order, event, ticket, brand) for ticket in tickets]
    sheet = Sheet(
        title=f"{one_line(event.name, LONGEST_TITLE)} - {order.order_number}",
        author=one_line(brand.name),
        created_at=order.created_at,
        cut=cut_for(text for face in faces for text in astuple(face)),
    )
    for face in faces:
        sheet.add_page()
        _draw_head(sheet, face)
        _draw_card(sheet, face)
        _draw_advice(sheet, face)
        _draw_foot(sheet, face)
    return sheet.output()


def _face(order: Order, event: Event, ticket: Ticket, brand: Brand) -> Face:
    lines = dict(lines_by_ticket(order))
    number = list(lines).index(ticket.ticket_id) + 1
    price = lines[ticket.ticket_id].unit_price
    return Face(
        event=one_line(event.name, LONGEST_TITLE),
        date=date_text(event, order.customer.language),
        time=time_text(event),
        venue=one_line(event.venue, LONGEST_TITLE),
        address=one_line(event.address, LONGEST_TITLE),
        holder=one_line(ticket.holder),
        kind=one_line(ticket.description),
        price=format_amount(price, order.total.currency) if price else "Free",
        order_number=order.order_number,
        ticket_id=ticket.ticket_id,
        count=f"Ticket {number} of {order.tickets_count}",
        brand=one_line(brand.name),
        support=one_line(brand.support),
        order_url=brand.order_url(order.order_number),
        qr_text=ticket.qr_text,
    )


def _draw_head(sheet: Sheet, face: Face) -> None:
    sheet.block(LEFT, 16.5, 140, face.brand, BRAND)
    sheet.write_up_to(RIGHT, 22, face.count, COUNT)


def _draw_card(sheet: Sheet, face: Face) -> None:
    sheet.card(LEFT, CARD_TOP, RIGHT - LEFT, CARD_HEIGHT, CARD_HEAD)
    sheet.fill(LEFT, CARD_BODY, RIGHT - LEFT, 1.4, Colour.ACCENT)
    _draw_title(sheet, face)
    sheet.perforation(QR_LEFT - 2, CARD_BODY + 7, CARD_TOP + CARD_HEIGHT - 6)
    _draw_fields(sheet, face)
    _draw_code(sheet, face)


def _draw_title(sheet: Sheet, face: Face) -> None:
    x = LEFT + INSET
    sheet.block(x, CARD_TOP + 5, RIGHT - LEFT - 2 * INSET, face.event, TITLE)
    sheet.write(x, CARD_BODY - 13.5, face.date, DATE)
    sheet.write(x, CARD_BODY - 7, face.time, TIME)


def _draw_fields(sheet: Sheet, face: Face) -> None:
    x, width = LEFT + INSET, FIELD_WIDTH
    y = _field(sheet, x, CARD_BODY + 8, width, ("Venue", face.venue))
    y = sheet.block(x, y - 4.4, width, face.address, ADDRESS) + 6.5
    y = _field(sheet, x, y, width, ("Ticket holder", face.holder))
    y = _field(sheet, x, y, width, ("Ticket type", face.kind))
    _field(sheet, x, y, width / 2 - 2, ("Price", face.price))
    _field(sheet, x + width / 2, y, width / 2, ("Order", face.order_number))


def _field(sheet: Sheet, x: float, y: float, width: float, field: tuple[str, str]) -> float:
    """Draw a label and its value below y; return where the next field begins."""
    label, value = field
    sheet.write(x, y + 2.3, label.upper(), LABEL)
    return sheet.block(x, y + 3.4, width, value, VALUE) + 6


def _draw_code(sheet: Sheet, face: Face) -> None:
    top = CARD_BODY + 3
    sheet.qr(QR_LEFT, top, QR_SIDE, face.qr_text)
    x = QR_LEFT + (QR_SIDE - sheet.measure(face.ticket_id, TICKET_ID)) / 2
    sheet.write(x, top + QR_SIDE + 4, face.ticket_id, TICKET_ID)


def _draw_advice(sheet: Sheet, face: Face) -> None:
    y = CARD_TOP + CARD_HEIGHT + 13
    sheet.write(LEFT, y, "Good to know", HEADING)
    y += 3
    for advice in (
        "Have this code ready at the entrance, on paper or on a screen turned up bright.",
        "It admits one person, once. The first scan counts, so do not pass on or publish a copy.",
        f"Lost this page? Your tickets are always at {face.order_url}",
    ):
        sheet.fill(LEFT, y + 2.1, 1.3, 1.3, Colour.ACCENT)
        y = sheet.block(LEFT + 5, y, RIGHT - LEFT - 5, advice, ADVICE) + 1.8


def _draw_foot(sheet: Sheet, face: Face) -> None:
    sheet.fill(LEFT, 274, RIGHT - LEFT, 0.3, Colour.LINE)
    terms = f"Issued by {face.brand}. Entry is subject to the organiser's terms and conditions."
    sheet.block(LEFT, 276, RIGHT - LEFT, terms, ((SMALL, 1),))
    sheet.block(LEFT, 281, 120, f"Questions? {face.support}", ((SMALL_BOLD, 1),))
    sheet.write_up_to(RIGHT, 283.9, face.ticket_id, SMALL)
