"""The same ticket by reportlab, whose own widget draws the code; the font is read once."""

import io

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import DATE, EVENT, HOLDER, KIND, PRICE, VENUE, fields
from benchmarks.peers.straightforward import WHOLE_FONT

SIDE = 60 * mm


def draw(number: int) -> bytes:
    ticket = fields(number)
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    canvas.setFont("DejaVu", 24)
    canvas.drawString(15 * mm, 270 * mm, EVENT)
    canvas.setFont("DejaVu", 13)
    lines = (DATE, VENUE, HOLDER, KIND, PRICE, f"Order {ticket.order_number}", ticket.ticket_id)
    for line, text in enumerate(lines, 1):
        canvas.drawString(15 * mm, (270 - 9 * line) * mm, text)
    code = QrCodeWidget(ticket.qr_text, barLevel="M")
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(
        SIDE, SIDE, transform=[SIDE / (right - left), 0, 0, SIDE / (top - bottom), 0, 0]
    )
    drawing.add(code)
    renderPDF.draw(drawing, canvas, 15 * mm, 130 * mm)
    canvas.save()
    return made.getvalue()


if __name__ == "__main__":
    pdfmetrics.registerFont(TTFont("DejaVu", WHOLE_FONT))
    serve(draw)
