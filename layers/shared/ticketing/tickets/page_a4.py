"""The ticket on paper: one A4 page for each, to print or to show on a screen."""

from collections.abc import Sequence

from ticketing.tickets.branding import NAVY, Branding, Rgb
from ticketing.tickets.labels import Common, Labels, TicketTexts
from ticketing.tickets.pdf_canvas import LINE, Sheet
from ticketing.tickets.typography import Steps, Style, Weight, lines_in

LEFT, RIGHT = 15.0, 195.0
WIDTH = RIGHT - LEFT
HEAD_BASELINE = 24.0
LOGO_BOX = (45.0, 16.0)
CARD_TOP, CARD_HEAD, CARD_HEIGHT = 32.0, 55.0, 159.0
CARD_BODY = CARD_TOP + CARD_HEAD
INSET = 9.0
QR_SIDE = 84.2
"""Millimetres, quiet zone included: room for 53 modules of 4.5 points, or 1.6 mm."""

QR_LEFT = RIGHT - 5 - QR_SIDE
FIELD_WIDTH = QR_LEFT - 5 - LEFT - INSET
FOOT = 273.0

GREY: Rgb = (100, 108, 125)
BRAND: Steps = tuple((Style(size, Weight.BOLD, NAVY), 1) for size in (16, 12))
COUNT = Style(11, Weight.REGULAR, GREY)
LABEL = Style(7.5, Weight.REGULAR, GREY)
VALUE: Steps = tuple(
    (Style(size, Weight.BOLD, NAVY), most) for size, most in ((13, 2), (10, 2), (9, 3))
)
ADDRESS: Steps = tuple((Style(size, Weight.REGULAR, GREY), 3) for size in (10, 9))
TICKET_ID = Style(15, Weight.BOLD, NAVY)
HEADING = Style(12, Weight.BOLD, NAVY)
ADVICE: Steps = ((Style(10, Weight.REGULAR, NAVY), 2),)
TERMS = tuple(Style(size, Weight.REGULAR, GREY) for size in (8.5, 7.5, 6.5))
SMALL: Steps = ((Style(8.5, Weight.REGULAR, GREY), 1),)
SMALL_BOLD: Steps = ((Style(8.5, Weight.BOLD, NAVY), 1),)


def draw(
    sheet: Sheet, look: Branding, labels: Labels, common: Common, tickets: Sequence[TicketTexts]
) -> None:
    for ticket in tickets:
        sheet.add_page(ticket.ticket_id)
        fields = sheet.repeat(lambda: _draw_common(sheet, look, labels, common))
        _draw_head(sheet, look, common, ticket)
        _draw_fields(sheet, fields, labels, common, ticket)
        _draw_code(sheet, ticket)
        sheet.write_up_to(RIGHT, FOOT + 10.4, ticket.ticket_id, SMALL[0][0])


def _draw_common(sheet: Sheet, look: Branding, labels: Labels, common: Common) -> float:
    """Draw what all tickets of the order show; return where a ticket's own fields begin."""
    _draw_title(sheet, look, common)
    sheet.perforation(QR_LEFT - 2, CARD_BODY + 8, CARD_TOP + CARD_HEIGHT - 7)
    _draw_notes(sheet, look, labels, common)
    _draw_foot(sheet, common)
    return _draw_venue(sheet, labels, common)


def _draw_head(sheet: Sheet, look: Branding, common: Common, ticket: TicketTexts) -> None:
    """The logo stands on the line of the ticket count; without a logo, the name does."""
    name = common.organiser or common.brand
    if look.logo:
        top = HEAD_BASELINE + 2 - LOGO_BOX[1]
        sheet.picture(LEFT, top, LOGO_BOX, look.logo, name)
    else:
        sheet.block_up_to(LEFT, HEAD_BASELINE + 2, 130, name, BRAND)
    sheet.write_up_to(RIGHT, HEAD_BASELINE, ticket.count, COUNT)


def _draw_title(sheet: Sheet, look: Branding, common: Common) -> None:
    sheet.card(LEFT, CARD_TOP, WIDTH, CARD_HEIGHT, CARD_HEAD, look.colour)
    sheet.fill(LEFT, CARD_BODY, WIDTH, 1.4, look.accent)
    x = LEFT + INSET
    title = tuple(
        (Style(size, Weight.BOLD, look.ink), lines)
        for size, lines in ((30, 2), (24, 2), (20, 2), (16, 3))
    )
    sheet.block_up_to(x, CARD_BODY - 21, WIDTH - 2 * INSET, common.event, title)
    sheet.write(x, CARD_BODY - 14, common.date, Style(15, Weight.BOLD, look.ink))
    times = tuple(Style(size, Weight.REGULAR, look.soft_ink) for size in (11.5, 9))
    sheet.write_within(x, CARD_BODY - 7, WIDTH - 2 * INSET, common.time, times)


def _draw_venue(sheet: Sheet, labels: Labels, common: Common) -> float:
    x, width = LEFT + INSET, FIELD_WIDTH
    y = _field(sheet, x, CARD_BODY + 9, width, (labels.venue, common.venue))
    return sheet.block(x, y - 5, width, common.address, ADDRESS) + 6.9


def _draw_fields(
    sheet: Sheet, y: float, labels: Labels, common: Common, ticket: TicketTexts
) -> None:
    x, width = LEFT + INSET, FIELD_WIDTH
    y = _field(sheet, x, y, width, (labels.holder, ticket.holder))
    y = _field(sheet, x, y, width, (labels.kind, ticket.kind))
    _field(sheet, x, y, width / 2 - 2, (labels.price, ticket.price))
    _field(sheet, x + width / 2, y, width / 2, (labels.order, common.order_number))


def _field(sheet: Sheet, x: float, y: float, width: float, field: tuple[str, str]) -> float:
    """Draw a label and its value below y; return where the next field begins."""
    label, value = field
    sheet.write(x, y + 2.3, label.upper(), LABEL)
    return sheet.block(x, y + 3.4, width, value, VALUE) + 6.4


def _draw_code(sheet: Sheet, ticket: TicketTexts) -> None:
    top = CARD_BODY + 5
    sheet.qr(QR_LEFT, top, QR_SIDE, ticket.qr_text, ticket.qr_described)
    sheet.write_around(QR_LEFT + QR_SIDE / 2, top + QR_SIDE + 4.5, ticket.ticket_id, TICKET_ID)


def _draw_notes(sheet: Sheet, look: Branding, labels: Labels, common: Common) -> None:
    y = CARD_TOP + CARD_HEIGHT + 12
    sheet.write(LEFT, y, labels.advice, HEADING)
    y += 3
    for advice in common.advice:
        sheet.fill(LEFT, y + 2.1, 1.3, 1.3, look.mark)
        y = sheet.block(LEFT + 5, y, WIDTH - 5, advice, ADVICE) + 1.6
    if common.terms:
        sheet.write(LEFT, y + 8.5, labels.terms, HEADING)
        top = y + 11
        steps = tuple((style, lines_in(FOOT - 1.5 - top, style)) for style in TERMS)
        sheet.block(LEFT, top, WIDTH, common.terms, steps)


def _draw_foot(sheet: Sheet, common: Common) -> None:
    sheet.fill(LEFT, FOOT, WIDTH, 0.3, LINE)
    sheet.block(LEFT, FOOT + 2.5, WIDTH, common.issuer, SMALL)
    sheet.block(LEFT, FOOT + 7.5, 130, common.questions, SMALL_BOLD)
