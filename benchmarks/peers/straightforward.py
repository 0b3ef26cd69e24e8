"""A ticket as you would write it in an afternoon: fpdf2 with a whole font and qrcode's PNG."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import qrcode
from fpdf import FPDF

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import DATE, EVENT, HOLDER, KIND, PRICE, VENUE, fields

WHOLE_FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def page(qr_text: str, lines: Sequence[str], font: Path | None = None) -> bytes:
    """Draw a ticket, in one of PDF's core fonts unless another is given."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(qr_text)
    picture = io.BytesIO()
    code.make_image().save(picture, "PNG")
    pdf = FPDF(format="A4")
    family = "DejaVu" if font else "Helvetica"
    if font:
        pdf.add_font(family, "", font)
    pdf.add_page()
    pdf.set_font(family, size=24)
    pdf.cell(0, 14, EVENT, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(family, size=13)
    for line in lines:
        pdf.cell(0, 9, line, new_x="LMARGIN", new_y="NEXT")
    pdf.image(picture, w=60)
    return bytes(pdf.output())


def draw(number: int) -> bytes:
    ticket = fields(number)
    lines = (DATE, VENUE, HOLDER, KIND, PRICE, f"Order {ticket.order_number}", ticket.ticket_id)
    return page(ticket.qr_text, lines, WHOLE_FONT)


if __name__ == "__main__":
    serve(draw)
