"""The ticket on paper: one A4 page for each, to print or to show on a screen.

The ticket itself is the upper half, so that the page can be folded to A5 and to A6 with the code on
the outside; everything else that buyers need to know is below the fold.
"""

from collections.abc import Sequence

from ticketing.tickets import columns
from ticketing.tickets.branding import NAVY, WHITE, Branding, Rgb
from ticketing.tickets.columns import Area
from ticketing.tickets.labels import Common, Labels, TicketTexts
from ticketing.tickets.pdf_canvas import LINE, Point, Sheet, Size
from ticketing.tickets.typography import LEADING, POINT, Steps, Style, Weight, lines_in

LEFT, RIGHT, MIDDLE = 15.0, 195.0, 105.0
WIDTH = RIGHT - LEFT
FOLD = 148.5
HEAD_BASELINE = 13.5
LOGO_BOX = (42.0, 10.0)
CARD_TOP = 18.0
INSET = 9.0
BODY_HEIGHT = 88.6
"""The height of the card below its title, with the code and the texts below that."""

QR_SIDE = 74.9
"""Millimetres, including the quiet zone: room for 53 modules of 4 points, or 1.4 mm."""

QR_LEFT = (MIDDLE + RIGHT - QR_SIDE) / 2
FIELD, FIELD_WIDTH = LEFT + INSET, MIDDLE - 6 - LEFT - INSET
FIELDS = (7.4, 32.5, 53.5, 74.5)
"""How far the venue, the holder, the type and the price are below the top of the body."""

WIDTH_BY_HEIGHT = 210 / 297
FOOT = 275.0
NOTES = Area(lefts=(LEFT, MIDDLE + 6), width=MIDDLE - 6 - LEFT, top=FOLD + 8, bottom=FOOT - 5)
GUIDE_BOTTOM = FOOT - 8
LEAST_GUIDE, MOST_GUIDE = 25.0, 42.0

GREY: Rgb = (100, 108, 125)
BRAND: Steps = tuple((Style(size, Weight.BOLD, NAVY), 1) for size in (16, 12))
COUNT = Style(11, Weight.REGULAR, GREY)
TITLE = ((34, 1), (28, 1), (21, 2), (17, 2), (14, 3))
"""Sizes in points, none smaller than the date, each with the most lines that the title may have."""

DATE = 13.5
LABEL = Style(7.5, Weight.REGULAR, GREY)
VALUE: Steps = tuple(
    (Style(size, Weight.BOLD, NAVY), most) for size, most in ((13, 2), (10, 2), (9, 3))
)
ADDRESS = Style(8.5, Weight.REGULAR, GREY)
TICKET_ID = Style(15, Weight.BOLD, NAVY)
ADMITS: Steps = ((Style(10, Weight.REGULAR, NAVY), 1),)
HEADING = Style(12, Weight.BOLD, NAVY)
TEXT: Steps = ((Style(10, Weight.REGULAR, NAVY), 3),)
SMALL: Steps = ((Style(8.5, Weight.REGULAR, GREY), 1),)
SMALL_BOLD: Steps = ((Style(8.5, Weight.BOLD, NAVY), 1),)
DETAILS: Steps = tuple((Style(size, Weight.REGULAR, NAVY), 1) for size in (8.5, 7, 6))


def draw(
    sheet: Sheet, look: Branding, labels: Labels, common: Common, tickets: Sequence[TicketTexts]
) -> None:
    for ticket in tickets:
        sheet.add_page(ticket.ticket_id)
        body = sheet.repeat(lambda: _draw_common(sheet, look, labels, common))
        _draw_head(sheet, look, common, ticket)
        _draw_fields(sheet, body, ticket)
        _draw_code(sheet, body, ticket)


def _draw_common(sheet: Sheet, look: Branding, labels: Labels, common: Common) -> float:
    """Draw what all tickets of the order show; return where the card's body begins."""
    body = _draw_card(sheet, look, common)
    sheet.fold((MIDDLE, body + 7), (MIDDLE, body + BODY_HEIGHT - 6))
    _draw_labels(sheet, body, labels, common)
    sheet.fold((LEFT, FOLD), (RIGHT, FOLD))
    end = columns.draw(sheet, common.notes, NOTES, look.mark)
    room = GUIDE_BOTTOM - end - 8
    if room >= LEAST_GUIDE:
        _draw_guide(sheet, min(room, MOST_GUIDE), look, labels)
    _draw_foot(sheet, common)
    return body


def _draw_head(sheet: Sheet, look: Branding, common: Common, ticket: TicketTexts) -> None:
    """Draw the logo, or else the name, on the same line as the number of the ticket."""
    name = common.organiser or common.brand
    if look.logo:
        top = HEAD_BASELINE + 2 - LOGO_BOX[1]
        sheet.picture(LEFT, top, LOGO_BOX, look.logo, name)
    else:
        sheet.block_up_to(LEFT, HEAD_BASELINE + 2, 130, name, BRAND)
    sheet.write_up_to(RIGHT, HEAD_BASELINE, ticket.count, COUNT)


def _draw_card(sheet: Sheet, look: Branding, common: Common) -> float:
    """Draw the card, its head as high as the title needs; return where the head ends."""
    x, width = FIELD, WIDTH - 2 * INSET
    steps = tuple((Style(size, Weight.BOLD, look.ink), most) for size, most in TITLE)
    style, lines = sheet.fit_evenly(common.event, width, steps)
    top = CARD_TOP + 4.5
    date = top + len(lines) * style.size * POINT * LEADING + 5.6
    body = date + 9.8
    sheet.card(LEFT, CARD_TOP, WIDTH, body + BODY_HEIGHT - CARD_TOP, body - CARD_TOP, look.colour)
    sheet.fill(LEFT, body, WIDTH, 1.4, look.accent)
    sheet.lines(x, top, lines, style)
    sheet.write(x, date, common.date, Style(DATE, Weight.BOLD, look.ink))
    times = tuple(Style(size, Weight.REGULAR, look.soft_ink) for size in (11, 9, 7.5))
    sheet.write_within(x, date + 5.3, width, common.time, times)
    return body


def _draw_labels(sheet: Sheet, body: float, labels: Labels, common: Common) -> None:
    """Draw the names of the fields, and the values that all tickets share.

    There may only be room for part of the address; all of it is below the fold.
    """
    venue, holder, kind, last = (body + below for below in FIELDS)
    end = _field(sheet, FIELD, venue, FIELD_WIDTH, (labels.venue, common.venue)) + 0.6
    most = min(lines_in(holder - 2 - end, ADDRESS), 2)
    sheet.block(FIELD, end, FIELD_WIDTH, common.address, ((ADDRESS, most),))
    _draw_label(sheet, FIELD, holder, labels.holder)
    _draw_label(sheet, FIELD, kind, labels.kind)
    _draw_label(sheet, FIELD, last, labels.price)
    order = labels.order, common.order_number
    _field(sheet, FIELD + FIELD_WIDTH / 2, last, FIELD_WIDTH / 2, order)


def _draw_fields(sheet: Sheet, body: float, ticket: TicketTexts) -> None:
    _, holder, kind, last = (body + below for below in FIELDS)
    _draw_value(sheet, FIELD, holder, FIELD_WIDTH, ticket.holder)
    _draw_value(sheet, FIELD, kind, FIELD_WIDTH, ticket.kind)
    _draw_value(sheet, FIELD, last, FIELD_WIDTH / 2 - 2, ticket.price)


def _field(sheet: Sheet, x: float, y: float, width: float, field: tuple[str, str]) -> float:
    """Draw a label and its value below y; return where the value ends."""
    label, value = field
    _draw_label(sheet, x, y, label)
    return _draw_value(sheet, x, y, width, value)


def _draw_label(sheet: Sheet, x: float, y: float, label: str) -> None:
    sheet.write(x, y + 2.3, label.upper(), LABEL)


def _draw_value(sheet: Sheet, x: float, y: float, width: float, value: str) -> float:
    return sheet.block(x, y + 3.4, width, value, VALUE)


def _draw_code(sheet: Sheet, body: float, ticket: TicketTexts) -> None:
    middle, bottom = QR_LEFT + QR_SIDE / 2, body + 2.2 + QR_SIDE
    sheet.qr(QR_LEFT, body + 2.2, QR_SIDE, ticket.qr_text, ticket.qr_described)
    sheet.write_around(middle, bottom + 3.6, ticket.ticket_id, TICKET_ID)
    style, (line, *_) = sheet.fit(ticket.admits, RIGHT - MIDDLE - 6, ADMITS)
    sheet.write_around(middle, bottom + 8.2, line, style)


def _draw_guide(sheet: Sheet, height: float, look: Branding, labels: Labels) -> None:
    """Show how to fold the page, in the room that the notes leave."""
    sheet.fill(LEFT, GUIDE_BOTTOM - height, WIDTH, 0.3, LINE)
    middle = GUIDE_BOTTOM - height / 2
    end = sheet.block(LEFT, middle - 9, NOTES.width, labels.fold, ((HEADING, 1),))
    sheet.block(LEFT, end + 0.5, NOTES.width, labels.folded, TEXT)
    page = (height - 8) * WIDTH_BY_HEIGHT, height - 8
    half, quarter = (page[0], page[1] / 2), (page[0] / 2, page[1] / 2)
    x, right = NOTES.lefts[1] + 2, RIGHT - 2
    gap = (right - x - 2.5 * page[0]) / 2
    for size in (page, half, quarter):
        _draw_folded(sheet, (x, middle - size[1] / 2), size, quarter, look)
        x += size[0] + gap
    _draw_folds(sheet, (NOTES.lefts[1] + 2, middle), page, gap)


def _draw_folded(sheet: Sheet, at: Point, size: Size, quarter: Size, look: Branding) -> None:
    """Draw a miniature of the page folded to this size, with the code at the upper right."""
    (x, y), (width, height), unit = at, size, quarter[0] / 10
    sheet.outline(x, y, width, height, GREY)
    sheet.fill(x + unit, y + unit, width - 2 * unit, 2 * unit, look.mark)
    left = x + width - quarter[0] + 2 * unit
    sheet.fill(left, y + 4.5 * unit, 6 * unit, 6 * unit, NAVY)
    sheet.fill(left + 1.5 * unit, y + 6 * unit, 3 * unit, 3 * unit, WHITE)


def _draw_folds(sheet: Sheet, at: Point, page: Size, gap: float) -> None:
    """Draw where the first of these pages is folded, and where the second one is."""
    (x, y), (width, height) = at, page
    sheet.fold((x - 2, y), (x + width + 2, y))
    middle = x + width * 1.5 + gap
    sheet.fold((middle, y - height / 4 - 2), (middle, y + height / 4 + 2))


def _draw_foot(sheet: Sheet, common: Common) -> None:
    sheet.fill(LEFT, FOOT, WIDTH, 0.3, LINE)
    end = sheet.block(LEFT, FOOT + 2.5, WIDTH, common.details, DETAILS)
    sheet.link(LEFT, FOOT + 2.5, WIDTH, end - FOOT - 2.5, common.details_url)
    sheet.block(LEFT, FOOT + 7.5, WIDTH, common.issuer, SMALL)
    sheet.block(LEFT, FOOT + 12.5, 130, common.questions, SMALL_BOLD)
