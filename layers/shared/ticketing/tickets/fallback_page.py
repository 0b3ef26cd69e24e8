"""A ticket without a design: no fonts of ours, no pictures, but a code that opens the door.

It is sent when drawing the designed one fails, so it depends on as little as possible.
"""

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import RenderStyle

from ticketing.tickets.labels import Common, TicketTexts
from ticketing.tickets.pdf_canvas import SIZES, About
from ticketing.tickets.qr_image import QUIET_ZONE, boxes, modules, side
from ticketing.tickets.ticket import Paper

FONT, ENCODING = "Helvetica", "windows-1252"
"""Every PDF reader has this font, in this encoding."""

MARGIN, QR_SIDE, LINE_HEIGHT = 8, 70, 4.4
SMALL, SIZE, LARGE = 7, 9, 12


def render(paper: Paper, about: About, common: Common, tickets: Sequence[TicketTexts]) -> bytes:
    """Return a PDF in which each ticket begins a new page.

    Letters that are not Western European become `?`.
    """
    pdf = FPDF(format=SIZES[paper], unit="mm")
    pdf.core_fonts_encoding = ENCODING
    pdf.set_auto_page_break(auto=True, margin=MARGIN)
    pdf.set_margin(MARGIN)
    pdf.set_title(about.title)
    pdf.set_author(about.author)
    pdf.set_lang(about.language.tag)
    pdf.set_creation_date(about.created_at)
    for ticket in tickets:
        pdf.add_page()
        _draw_code(pdf, ticket)
        _draw_facts(pdf, common, ticket)
    return bytes(pdf.output())


def _draw_code(pdf: FPDF, ticket: TicketTexts) -> None:
    rows = modules(ticket.qr_text)
    module = QR_SIDE / side(ticket.qr_text)
    corner = MARGIN + QUIET_ZONE * module
    pdf.set_fill_color(0, 0, 0)
    for column, row, across, down in boxes(rows):
        pdf.rect(
            corner + column * module,
            corner + row * module,
            across * module,
            down * module,
            style=RenderStyle.F,
        )
    pdf.set_y(MARGIN + QR_SIDE)


def _draw_facts(pdf: FPDF, common: Common, ticket: TicketTexts) -> None:
    for size, text in (
        (LARGE, ticket.ticket_id),
        (SIZE, ticket.count),
        (SIZE, common.event),
        (SIZE, f"{common.date}, {common.time}"),
        (SIZE, common.venue),
        (SIZE, common.address),
        (SIZE, f"{ticket.holder}, {ticket.kind}, {ticket.price}"),
        (SIZE, common.issuer),
        (SIZE, common.questions),
        (SMALL, common.terms),
    ):
        pdf.set_font(FONT, size=size)
        pdf.multi_cell(0, LINE_HEIGHT, _western(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _western(text: str) -> str:
    return text.encode(ENCODING, "replace").decode(ENCODING)
