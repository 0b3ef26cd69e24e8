"""Pages in our own fonts: text that always fits and never fails, shapes, pictures, QR codes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar, cast
from urllib.parse import quote

from fpdf.enums import RenderStyle
from fpdf.prefs import ViewerPreferences
from PIL import Image

from ticketing.language import Language
from ticketing.text import printable, shorten, wrap
from ticketing.tickets.branding import Rgb
from ticketing.tickets.fonts import FAMILY, Fonts
from ticketing.tickets.pdf_file import Document
from ticketing.tickets.qr_image import Box, boxes, modules, side
from ticketing.tickets.ticket import Paper
from ticketing.tickets.typography import LEADING, POINT, Steps, Style, Styles, Weight

CELL_BASELINE = 0.8
"""How far below the top of a cell as high as its font fpdf puts the baseline, in font sizes."""

SIZES = {Paper.A4: (210, 297), Paper.A6: (105, 148)}
"""Width and height in millimetres."""

LINE: Rgb = (209, 213, 222)
DASH: Rgb = (100, 108, 125)
PAPER: Rgb = (255, 255, 255)
EVENER = (0.6, 0.7, 0.8, 0.9)
"""Parts of the width to try, until a text takes no more lines than in the whole width."""
URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
"""The signs that a URL may have besides letters and digits: PDF allows only ASCII in URLs."""


T = TypeVar("T")
Size = tuple[float, float]
"""Width and height."""
Point = tuple[float, float]
"""Distance from the left and from the top."""


@dataclass(frozen=True)
class About:
    """The metadata of a document."""

    title: str
    author: str
    language: Language
    created_at: datetime


class Sheet:
    """A document of pages. Lengths are millimetres from the top left, font sizes are points.

    The same calls give the same bytes: the date is passed in, and nothing is random.
    """

    def __init__(self, paper: Paper, about: About, fonts: Fonts) -> None:
        self._fonts = fonts
        self._plain = fonts.main_glyphs
        self._repeated: Any = None
        self._links: Sequence[Any] = ()
        self._pdf = pdf = Document(format=SIZES[paper], unit="mm")
        pdf.set_auto_page_break(auto=False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        for weight, name in ((Weight.REGULAR, "Regular"), (Weight.BOLD, "Bold")):
            pdf.add(FAMILY, weight, fonts.main(name))
        for script in fonts.scripts:
            pdf.add(script.font, "", script.file)
        if fonts.scripts:
            pdf.set_fallback_fonts([script.font for script in fonts.scripts], exact_match=False)
            pdf.set_text_shaping(use_shaping_engine=True)
        pdf.set_title(self._printable(about.title))
        pdf.set_author(self._printable(about.author))
        pdf.set_creator(self._printable(about.author))
        pdf.set_lang(about.language.tag)
        pdf.set_creation_date(about.created_at)
        pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def add_page(self, name: str) -> None:
        """Begin the next page; `name` is its entry in the outline."""
        self._pdf.add_page()
        self._pdf.start_section(self._printable(name))

    def repeat(self, draw: Callable[[], T]) -> T:
        """Begin a page with what `draw` draws, and return its result; only the first call draws.

        The file contains it once, however many pages there are. It must not contain pictures,
        because each page describes its own to screen readers.
        """
        pdf = self._pdf
        if not pdf.pages_with_shared:
            drawn, before = pdf.content, len(pdf.content)
            with pdf.local_context():
                self._repeated = draw()
            pdf.shared, self._links = bytes(drawn[before:]), pdf.links_here()
            del drawn[before:]
            pdf.current_font_is_set_on_page = False
        else:
            pdf.add_links(self._links)
        pdf.pages_with_shared.append(pdf.page)
        return cast("T", self._repeated)

    def output(self) -> bytes:
        return self._pdf.whole()

    def write(self, x: float, y: float, text: str, style: Style) -> None:
        """Write a line that starts at x, on the baseline y."""
        self._write(x, y, self._printable(text), style)

    def write_up_to(self, right: float, y: float, text: str, style: Style) -> None:
        self.write(right - self.measure(text, style), y, text, style)

    def write_around(self, middle: float, y: float, text: str, style: Style) -> None:
        self.write(middle - self.measure(text, style) / 2, y, text, style)

    def write_within(self, x: float, y: float, width: float, text: str, styles: Styles) -> None:
        """Write a line on the baseline y in the first style in which it fits, or else cut it."""
        style, (line, *_) = self.fit(text, width, tuple((style, 1) for style in styles))
        self._write(x, y, line, style)

    def measure(self, text: str, style: Style) -> float:
        """Return the printed width of the text."""
        self._use(style)
        return self._width(self._printable(text))

    def fit(self, text: str, width: float, steps: Steps) -> tuple[Style, list[str]]:
        """Return the first style in which a text fits, or else the last one, and the lines.

        In the last style, text that does not fit is cut off.
        """
        text = self._printable(text)
        for style, most in steps:
            self._use(style)
            lines = wrap(text, width, self._width)
            if len(lines) <= most:
                return style, lines
        style, most = steps[-1]
        return style, shorten(lines, most, width, self._width)

    def cut(self, lines: list[str], most: int, width: float, style: Style) -> list[str]:
        """Return at most `most` of the lines; if any are dropped, the last one ends in `…`."""
        self._use(style)
        return shorten(lines, most, width, self._width)

    def lines(self, x: float, y: float, lines: list[str], style: Style) -> float:
        """Write lines of printable letters below y, and return where they end."""
        size = style.size * POINT
        for number, line in enumerate(lines, 1):
            self._write(x, y + number * size * LEADING - size * (LEADING - 1), line, style)
        return y + len(lines) * size * LEADING

    def lines_up_to(self, x: float, bottom: float, lines: list[str], style: Style) -> float:
        """Write lines so that they end at `bottom`; return where they begin."""
        top = bottom - len(lines) * style.size * POINT * LEADING
        self.lines(x, top, lines, style)
        return top

    def fit_evenly(self, text: str, width: float, steps: Steps) -> tuple[Style, list[str]]:
        """Return what `fit` does, but with lines of similar length: no word is left alone."""
        style, lines = self.fit(text, width, steps)
        for part in EVENER if len(lines) > 1 else ():
            even = wrap(self._printable(text), width * part, self._width)
            if len(even) == len(lines):
                return style, even
        return style, lines

    def block(self, x: float, y: float, width: float, text: str, steps: Steps) -> float:
        """Write text below y, fitted as by `fit`; return where it ends."""
        style, lines = self.fit(text, width, steps)
        return self.lines(x, y, lines, style)

    def block_up_to(self, x: float, bottom: float, width: float, text: str, steps: Steps) -> float:
        """Write text as `block` does, but so that it ends at `bottom`; return where it begins."""
        style, lines = self.fit(text, width, steps)
        return self.lines_up_to(x, bottom, lines, style)

    def fill(self, x: float, y: float, width: float, height: float, colour: Rgb) -> None:
        self._pdf.set_fill_color(colour)
        self._pdf.rect(x, y, width, height, style=RenderStyle.F)

    def card(self, x: float, y: float, width: float, height: float, head: float, dye: Rgb) -> None:
        """Draw a card with round corners, its uppermost `head` millimetres filled with `dye`."""
        pdf = self._pdf
        pdf.set_line_width(0.3)
        pdf.set_draw_color(LINE)
        pdf.set_fill_color(PAPER)
        pdf.rect(x, y, width, height, style=RenderStyle.DF, round_corners=True, corner_radius=4)
        pdf.set_fill_color(dye)
        pdf.rect(
            x,
            y,
            width,
            head,
            style=RenderStyle.F,
            round_corners=("TOP_LEFT", "TOP_RIGHT"),  # type: ignore[arg-type]  # as documented
            corner_radius=4,
        )

    def outline(self, x: float, y: float, width: float, height: float, colour: Rgb) -> None:
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(0.3)
        self._pdf.rect(x, y, width, height, style=RenderStyle.D)

    def fold(self, start: Point, end: Point) -> None:
        """Draw a dashed line, dark enough for printers without shades of grey."""
        self._pdf.set_draw_color(DASH)
        self._pdf.set_line_width(0.25)
        with self._pdf.local_context(dash_pattern={"dash": 1.6, "gap": 1.6, "phase": 0}):
            self._pdf.line(*start, *end)

    def link(self, x: float, y: float, width: float, height: float, url: str) -> None:
        """Make an area a link to a web address."""
        self._pdf.link(x, y, width, height, quote(url, safe=URL_SIGNS))

    def picture(self, x: float, y: float, box: Size, png: bytes, described: str) -> None:
        """Show a picture as large as fits into the box, in its upper left corner."""
        width, height = self.picture_size(box, png)
        self._pdf.image(png, x, y, width, height, alt_text=self._printable(described))

    def picture_size(self, box: Size, png: bytes) -> Size:
        with Image.open(BytesIO(png)) as image:
            scale = min(box[0] / image.width, box[1] / image.height)
            return image.width * scale, image.height * scale

    def qr(self, x: float, y: float, width: float, text: str, described: str) -> None:
        """Draw a QR code in the middle of a white square of `width` millimetres.

        Modules and corners are on half points, which are whole pixels on a screen at 100 %. So
        there are no seams, and the numbers are short.
        """
        rows = modules(text)
        module = _half_points_down(width / side(text))
        margin = (width - module * len(rows)) / 2
        left, top = _half_points_down(x + margin), _half_points_down(y + margin)
        self.fill(x, y, width, width, PAPER)
        with self._figure(described):
            self._fill_boxes(left, top, module, boxes(rows))

    def _fill_boxes(self, left: float, top: float, unit: float, all_boxes: list[Box]) -> None:
        """Fill boxes with black as one path, with whole numbers as coordinates from the top left.

        fpdf would write a path, a colour and fractions for each, which takes ten times as long and
        twice as many bytes.
        """
        pdf = self._pdf
        length, x, y = unit / POINT, left / POINT, (pdf.h - top) / POINT
        path = " ".join(f"{a} {b} {across} {down} re" for a, b, across, down in all_boxes)
        pdf._out(f"q 0 g {length:g} 0 0 {-length:g} {x:.2f} {y:.2f} cm {path} f Q")  # noqa: SLF001 - see above

    @contextmanager
    def _figure(self, described: str) -> Iterator[None]:
        """Describe shapes to screen readers; fpdf's public way is for images only."""
        with self._pdf._marked_sequence(alt_text=self._printable(described)):  # noqa: SLF001 - see above
            yield

    def _write(self, x: float, y: float, text: str, style: Style) -> None:
        """Write a line of printable letters."""
        self._use(style)
        if not self._fonts.scripts:
            self._pdf.text(x, y, text)
            return
        # Some cells set the font in a scope that ends, which fpdf does not notice, so each line has
        # to set it again.
        self._pdf.current_font_is_set_on_page = False
        if self._is_plain(text):
            # Shaping a line takes some ten milliseconds, too long for a list with thousands.
            shaping, self._pdf.text_shaping = self._pdf.text_shaping, None
            self._pdf.text(x, y, text)
            self._pdf.text_shaping = shaping
            return
        # Only cells can use several fonts, join letters and write from right to left.
        self._pdf.set_xy(x, y - CELL_BASELINE * style.size * POINT)
        self._pdf.cell(self._width(text), style.size * POINT, text)

    def _width(self, text: str) -> float:
        """Return the width of printable text in the current style.

        fpdf's own method prepares for several fonts and directions each time, which a single font
        does not need.
        """
        pdf = self._pdf
        if pdf.current_font is None or not self._is_plain(text):
            return float(pdf.get_string_width(text))
        widths = cast("Mapping[int, float]", pdf.current_font.cw)
        return sum(map(widths.__getitem__, map(ord, text))) * pdf.font_size * 0.001

    def _is_plain(self, text: str) -> bool:
        """Return whether the main font alone prints the text; if it is the only one, it does."""
        return not self._fonts.scripts or self._plain.issuperset(map(ord, text))

    def _printable(self, text: str) -> str:
        return printable(text, self._fonts.glyphs)

    def _use(self, style: Style) -> None:
        self._pdf.set_font(FAMILY, style.weight, style.size)
        self._pdf.set_text_color(style.colour)


def _half_points_down(length: float) -> float:
    return int(length / POINT * 2) / 2 * POINT
