"""A film for the fake camera: our own tickets, held before it one after the other."""

import math
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import zxingcpp
from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from tests.support.builders import a_brand, a_line, a_signer, an_event, an_order, tickets_for
from tests.support.codes import QR_ONLY
from ticketing.tickets import qr_image
from ticketing.tickets.pdf import render
from ticketing.tickets.ticket import Paper

SIZE = WIDTH, HEIGHT = 1280, 720
CODE_SHARE = 0.5
"""How much of the picture's height a code takes."""
DPI = 300
FRAMES_SHOWN, FRAMES_BETWEEN = 15, 5
DESK = (96, 92, 88)


def tickets(order_number: str, count: int) -> dict[str, str]:
    """Return the texts of an order's tickets by their numbers."""
    order = an_order(order_number=order_number, lines=(a_line(quantity=count),))
    return {one.ticket_id: one.qr_text for one in tickets_for(order, a_signer())}


def on_paper(order_number: str, count: int, paper: Paper) -> list[Image.Image]:
    """Return each page of the PDF, cut to what a camera sees around the code."""
    order = an_order(order_number=order_number, lines=(a_line(quantity=count),))
    pdf = render(order, an_event(), tickets_for(order, a_signer()), a_brand(), paper=paper)
    pages = pypdfium2.PdfDocument(pdf)
    drawn = [pages[n].render(scale=DPI / 72).to_pil().convert("RGB") for n in range(count)]
    return [_around_code(page) for page in drawn]


def on_screen(texts: Iterable[str]) -> list[Image.Image]:
    """Return codes as an order's page shows them."""
    return [
        Image.open(BytesIO(qr_image.png(text))).convert("RGB").resize((360, 360)) for text in texts
    ]


def _around_code(page: Image.Image) -> Image.Image:
    """Cut a page so that its code is in the middle, at its share of the picture's height."""
    (found,) = zxingcpp.read_barcodes(page, formats=QR_ONLY)
    corners = (found.position.top_left, found.position.bottom_right)
    centre = [sum(getattr(corner, axis) for corner in corners) / 2 for axis in ("x", "y")]
    code = corners[1].x - corners[0].x
    high = code / CODE_SHARE
    box = (
        centre[0] - high * WIDTH / HEIGHT / 2,
        centre[1] - high / 2,
        centre[0] + high * WIDTH / HEIGHT / 2,
        centre[1] + high / 2,
    )
    paper = Image.new("RGB", page.size, "white")
    paper.paste(page)
    return paper.crop(tuple(map(round, box))).resize(SIZE, Image.Resampling.BILINEAR)


def held(picture: Image.Image, tilt: float = 0, noise: float = 0, light: float = 1) -> Image.Image:
    """Return what the camera sees of a picture that somebody holds: tilted, in little light."""
    shown = picture
    if picture.size != SIZE:
        shown = Image.new("RGB", SIZE, DESK)
        shown.paste(picture, ((WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2))
    shown = shown.rotate(tilt, Image.Resampling.BILINEAR, fillcolor=DESK)
    shown = ImageEnhance.Brightness(shown.filter(ImageFilter.GaussianBlur(0.8))).enhance(light)
    if noise:
        grain = Image.effect_noise(SIZE, noise).convert("RGB")
        shown = ImageChops.add(shown, grain, 1, -128)
    return shown


def film(pictures: Sequence[Image.Image], path: Path) -> Path:
    """Write the pictures as MJPEG, each for half a second, with nothing in between."""
    nothing = _jpeg(Image.new("RGB", SIZE, DESK))
    shown = [_jpeg(picture) * FRAMES_SHOWN + nothing * FRAMES_BETWEEN for picture in pictures]
    path.write_bytes(b"".join(shown))
    return path


def seconds(pictures: Sequence[Image.Image]) -> int:
    """Return how long a film of them lasts, at 30 pictures a second."""
    return math.ceil(len(pictures) * (FRAMES_SHOWN + FRAMES_BETWEEN) / 30)


def _jpeg(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()
