"""A4 pages in our own fonts: text that always fits and never fails, shapes, and QR codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import cache, partial
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no type hints
from fpdf import FPDF
from fpdf.enums import RenderStyle

from ticketing.tickets.qr_code import boxes, modules, side
from ticketing.tickets.text import printable, shorten, wrap

ASSETS = Path(__file__).parent / "assets"
FAMILY = "NotoSans"
POINT = 25.4 / 72
"""Millimetres."""

LEADING = 1.3
"""Distance between lines, in sizes of the font."""


class Cut(StrEnum):
    """Which cut of the fonts: the smaller it is, the less there is to read for each PDF."""

    LATIN = "Latin"
    EUROPEAN = "European"


class Weight(StrEnum):
    """How heavy the letters are, as fpdf calls it."""

    REGULAR = ""
    BOLD = "B"


class Colour(Enum):
    """The few colours of a ticket, red, green and blue."""

    INK = (22, 33, 62)
    GREY = (100, 108, 125)
    LINE = (209, 213, 222)
    MIST = (203, 211, 230)
    ACCENT = (228, 87, 46)
    WHITE = (255, 255, 255)
    BLACK = (0, 0, 0)


@dataclass(frozen=True)
class Style:
    """How text looks; the size is in points."""

    size: float
    weight: Weight = Weight.REGULAR
    colour: Colour = Colour.INK


Steps = tuple[tuple[Style, int], ...]
"""Styles to try in turn, each with the number of lines the text may take in it."""


@cache
def glyphs(cut: Cut) -> frozenset[int]:
    """Return the code points a cut can print; both weights hold the same ones."""
    with TTFont(_font_file("Regular", cut), lazy=True) as font:
        return frozenset(font.getBestCmap())


def cut_for(texts: Iterable[str]) -> Cut:
    """Return the smallest cut that prints all of the texts, or the largest there is."""
    needed = {ord(character) for text in texts for character in text}
    return Cut.LATIN if needed <= glyphs(Cut.LATIN) else Cut.EUROPEAN


class Sheet:
    """A document of A4 pages; lengths are millimetres from the top left, sizes are points.

    The same calls give the same bytes: dates are given, and there is nothing random.
    """

    def __init__(self, title: str, author: str, created_at: datetime, cut: Cut) -> None:
        """Start an empty document in English."""
        self._glyphs = glyphs(cut)
        self._pdf = pdf = FPDF(format="A4", unit="mm")
        pdf.set_auto_page_break(auto=False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        for weight, name in ((Weight.REGULAR, "Regular"), (Weight.BOLD, "Bold")):
            pdf.add_font(FAMILY, weight, _font_file(name, cut))
        pdf.set_title(printable(title, self._glyphs))
        pdf.set_author(printable(author, self._glyphs))
        pdf.set_creator(printable(author, self._glyphs))
        pdf.set_lang("en-GB")
        pdf.set_creation_date(created_at)

    def add_page(self) -> None:
        """Begin the next page."""
        self._pdf.add_page()

    def output(self) -> bytes:
        """Return the finished PDF."""
        return bytes(self._pdf.output())

    def write(self, x: float, y: float, text: str, style: Style) -> None:
        """Write one line that starts at x and stands on the baseline y."""
        self._use(style)
        self._pdf.text(x, y, printable(text, self._glyphs))

    def write_up_to(self, right: float, y: float, text: str, style: Style) -> None:
        """Write one line that ends at `right`."""
        self.write(right - self.measure(text, style), y, text, style)

    def measure(self, text: str, style: Style) -> float:
        """Return how wide the text is in print."""
        self._use(style)
        return float(self._pdf.get_string_width(printable(text, self._glyphs)))

    def block(self, x: float, y: float, width: float, text: str, steps: Steps) -> float:
        """Write text below y in the first step that it fits; return where it ends.

        In the last step what does not fit is cut off and ends in `…`.
        """
        style, lines = self._fit(text, width, steps)
        size = style.size * POINT
        for number, line in enumerate(lines, 1):
            self.write(x, y + number * size * LEADING - size * (LEADING - 1), line, style)
        return y + len(lines) * size * LEADING

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self._pdf.set_fill_color(colour.value)
        self._pdf.rect(x, y, width, height, style=RenderStyle.F)

    def card(self, x: float, y: float, width: float, height: float, head: float) -> None:
        """Draw a card with round corners whose uppermost `head` millimetres are dark."""
        pdf = self._pdf
        pdf.set_line_width(0.3)
        pdf.set_draw_color(Colour.LINE.value)
        pdf.set_fill_color(Colour.WHITE.value)
        pdf.rect(x, y, width, height, style=RenderStyle.DF, round_corners=True, corner_radius=4)
        pdf.set_fill_color(Colour.INK.value)
        pdf.rect(
            x,
            y,
            width,
            head,
            style=RenderStyle.F,
            round_corners=("TOP_LEFT", "TOP_RIGHT"),  # type: ignore[arg-type]  # as documented
            corner_radius=4,
        )

    def perforation(self, x: float, top: float, bottom: float) -> None:
        """Draw a dashed upright line."""
        self._pdf.set_draw_color(Colour.LINE.value)
        self._pdf.set_line_width(0.4)
        with self._pdf.local_context(dash_pattern={"dash": 1.6, "gap": 1.6, "phase": 0}):
            self._pdf.line(x, top, x, bottom)

    def qr(self, x: float, y: float, width: float, text: str) -> None:
        """Draw a QR code in the middle of a white square of `width` millimetres.

        Modules and corner lie on half points: on a screen at 100 % that is whole pixels, so no
        seams show, and the numbers are short.
        """
        rows = modules(text)
        module = _half_points_down(width / side(text))
        margin = (width - module * len(rows)) / 2
        left, top = _half_points_down(x + margin), _half_points_down(y + margin)
        self.fill(x, y, width, width, Colour.WHITE)
        self._pdf.set_fill_color(Colour.BLACK.value)
        for column, row, across, down in boxes(rows):
            self._pdf.rect(
                left + column * module,
                top + row * module,
                across * module,
                down * module,
                style=RenderStyle.F,
            )

    def _fit(self, text: str, width: float, steps: Steps) -> tuple[Style, list[str]]:
        for style, most in steps:
            lines = wrap(text, width, partial(self.measure, style=style))
            if len(lines) <= most:
                return style, lines
        style, most = steps[-1]
        measure = partial(self.measure, style=style)
        return style, shorten(wrap(text, width, measure), most, width, measure)

    def _use(self, style: Style) -> None:
        self._pdf.set_font(FAMILY, style.weight, style.size)
        self._pdf.set_text_color(style.colour.value)


def _half_points_down(length: float) -> float:
    return int(length / POINT * 2) / 2 * POINT


def _font_file(weight: str, cut: Cut) -> Path:
    return ASSETS / f"{FAMILY}-{weight}-{cut}.ttf"
