"""The ticket on a phone: a page as wide as its screen, with the code in the middle."""

from collections.abc import Sequence

from ticketing.tickets.branding import NAVY, WHITE, Branding, Rgb
from ticketing.tickets.labels import Common, Labels, TicketTexts
from ticketing.tickets.pdf_canvas import Sheet
from ticketing.tickets.typography import Steps, Style, Weight

WIDTH, HEIGHT = 105.0, 148.0
LEFT, RIGHT = 8.0, 97.0
MIDDLE = WIDTH / 2
BAND = 38.0
LOGO_BOX = (28.0, 6.0)
LOGO_RIM = 1.2
QR_SIDE = 65.6
"""Millimetres, including the quiet zone: room for 53 modules of 3.5 points, or 1.2 mm."""

QR_TOP = BAND + 1.4
FIELDS = QR_TOP + QR_SIDE + 6.5
VENUE = FIELDS + 12
COLUMN = (RIGHT - LEFT) / 2 - 2
SECOND = MIDDLE + 2
THIRD = SECOND + 19

TITLE = ((17, 1), (13, 2), (11, 2), (9.5, 3))
"""Sizes in points, each with the most lines that the title may have."""

DATE = 10.5
"""Points, or less if the title is smaller: the date is never larger than that."""

GREY: Rgb = (100, 108, 125)
LABEL = Style(6.5, Weight.REGULAR, GREY)
VALUE: Steps = tuple(
    (Style(size, Weight.BOLD, NAVY), most)
    for size, most in ((10, 1), (9, 1), (8.5, 2), (7, 2), (6, 3))
)
SHORT_VALUE = VALUE[1:]
ADDRESS: Steps = tuple((Style(size, Weight.REGULAR, GREY), 2) for size in (7.5, 6.5))
TICKET_ID = Style(12, Weight.BOLD, NAVY)
FOOT: Steps = tuple((Style(size, Weight.REGULAR, GREY), 1) for size in (7, 5))
HEADING: Steps = ((Style(12, Weight.BOLD, NAVY), 1), (Style(9, Weight.BOLD, NAVY), 1))
TERMS: Steps = tuple(
    (Style(size, Weight.REGULAR, NAVY), most) for size, most in ((8.5, 27), (7.5, 31), (6, 38))
)


def draw(
    sheet: Sheet, look: Branding, labels: Labels, common: Common, tickets: Sequence[TicketTexts]
) -> None:
    """Draw a page for each ticket, and one for the terms, if there are any."""
    for ticket in tickets:
        sheet.add_page(ticket.ticket_id)
        sheet.repeat(lambda: _draw_common(sheet, look, labels, common))
        _draw_organiser(sheet, look, common)
        sheet.write_up_to(RIGHT, 8, ticket.count, Style(7.5, Weight.REGULAR, look.soft_ink))
        sheet.qr(MIDDLE - QR_SIDE / 2, QR_TOP, QR_SIDE, ticket.qr_text, ticket.qr_described)
        sheet.write_around(MIDDLE, QR_TOP + QR_SIDE + 2.5, ticket.ticket_id, TICKET_ID)
        _draw_fields(sheet, labels, common, ticket)
    if common.terms:
        sheet.add_page(labels.terms)
        sheet.fill(0, 0, WIDTH, 3, look.colour)
        y = sheet.block(LEFT, 10, RIGHT - LEFT, labels.terms, HEADING)
        sheet.block(LEFT, y + 3, RIGHT - LEFT, common.terms, TERMS)
        sheet.block(LEFT, HEIGHT - 6, RIGHT - LEFT, common.issuer, FOOT)


def _draw_common(sheet: Sheet, look: Branding, labels: Labels, common: Common) -> None:
    """Draw what all tickets of the order show."""
    _draw_band(sheet, look, common)
    end = _field(sheet, LEFT, VENUE, COLUMN, (labels.venue, common.venue))
    sheet.block(LEFT, end + 0.4, COLUMN, common.address, ADDRESS)
    sheet.block(LEFT, HEIGHT - 6, RIGHT - LEFT, common.questions, FOOT)


def _draw_band(sheet: Sheet, look: Branding, common: Common) -> None:
    sheet.fill(0, 0, WIDTH, BAND, look.colour)
    sheet.fill(0, BAND, WIDTH, 1, look.accent)
    steps = tuple((Style(size, Weight.BOLD, look.ink), most) for size, most in TITLE)
    title, lines = sheet.fit_evenly(common.event, RIGHT - LEFT, steps)
    sheet.lines_up_to(LEFT, BAND - 13.5, lines, title)
    date = Style(min(DATE, title.size), Weight.BOLD, look.ink)
    sheet.write(LEFT, BAND - 9.2, common.date, date)
    times = tuple(Style(size, Weight.REGULAR, look.soft_ink) for size in (8, 6.5, 5))
    sheet.write_within(LEFT, BAND - 4.4, RIGHT - LEFT, common.time, times)


def _draw_organiser(sheet: Sheet, look: Branding, common: Common) -> None:
    name = common.organiser or common.brand
    if not look.logo:
        style = Style(7.5, Weight.BOLD, look.soft_ink)
        sheet.block_up_to(LEFT, 8.8, 60, name, ((style, 1),))
        return
    rim = LOGO_RIM
    width, height = sheet.picture_size(LOGO_BOX, look.logo)
    sheet.fill(LEFT, 2.5, width + 2 * rim, height + 2 * rim, WHITE)
    sheet.picture(LEFT + rim, 2.5 + rim, LOGO_BOX, look.logo, name)


def _draw_fields(sheet: Sheet, labels: Labels, common: Common, ticket: TicketTexts) -> None:
    _field(sheet, LEFT, FIELDS, COLUMN, (labels.holder, ticket.holder))
    _field(sheet, SECOND, FIELDS, COLUMN, (labels.kind, ticket.kind))
    price, order = (labels.price, ticket.price), (labels.order, common.order_number)
    _field(sheet, SECOND, VENUE, THIRD - SECOND - 2, price, SHORT_VALUE)
    _field(sheet, THIRD, VENUE, RIGHT - THIRD, order, SHORT_VALUE)


def _field(
    sheet: Sheet,
    x: float,
    y: float,
    width: float,
    field: tuple[str, str],
    steps: Steps = VALUE,
) -> float:
    """Draw a label and its value below y; return where the value ends."""
    label, value = field
    sheet.write(x, y + 2.1, label.upper(), LABEL)
    return sheet.block(x, y + 2.6, width, value, steps)
