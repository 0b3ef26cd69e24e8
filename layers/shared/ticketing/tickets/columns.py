"""Draw notes in two columns of similar length: as large as fits, and cut if they must be."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from ticketing.tickets.branding import NAVY, Rgb
from ticketing.tickets.notes import Kind, Note, Paragraph
from ticketing.tickets.pdf_canvas import Sheet
from ticketing.tickets.typography import LEADING, POINT, Style, Weight

SIZES: Final = (11.0, 10.0, 9.0, 8.0, 7.5)
HEADING = 1.2
"""The size of a heading, in sizes of its text, as are all distances below."""
BELOW_HEADING, BETWEEN, BETWEEN_NOTES = 0.25, 0.4, 1.7
MARK, INDENT = 0.36, 1.3
LETTER = 0.55
"""The approximate width of a letter, in sizes of its font."""
UNBOUNDED: Final = 10_000
"""More lines than any text has."""


@dataclass(frozen=True)
class Area:
    """Where the columns are, in millimetres."""

    lefts: tuple[float, float]
    width: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class _Column:
    """Notes one below the other, in one size, with the lines of each of their paragraphs."""

    notes: tuple[tuple[Note, tuple[list[str], ...]], ...]
    size: float

    @property
    def em(self) -> float:
        return self.size * POINT

    def height(self, most: int = UNBOUNDED) -> float:
        """Return the height if no paragraph has more lines than `most`."""
        gaps = max(len(self.notes) - 1, 0) * BETWEEN_NOTES
        return self.em * (gaps + sum(_ems(lines, most) for _, lines in self.notes))

    def split(self, most: int) -> tuple["_Column", "_Column"]:
        """Return two columns with the notes in order, the longer one as short as it can be."""
        ways = (
            (_Column(self.notes[:n], self.size), _Column(self.notes[n:], self.size))
            for n in range(len(self.notes) + 1)
        )
        return min(ways, key=lambda way: max(column.height(most) for column in way))


def draw(sheet: Sheet, notes: Sequence[Note], area: Area, mark: Rgb) -> float:
    """Draw the notes and return where the longer column ends.

    What does not fit in the smallest size is cut, the longest texts first.
    """
    columns, most = _fitted(sheet, notes, area)
    pen = _Pen(sheet, area.width, columns[0].size, most, mark)
    return max(
        pen.column(left, area.top, column) for left, column in zip(area.lefts, columns, strict=True)
    )


def _fitted(sheet: Sheet, notes: Sequence[Note], area: Area) -> tuple[tuple[_Column, _Column], int]:
    """Return the columns in the largest size that fits, and how many lines each text may have."""
    wider = 1.0
    for size in SIZES:
        guess = _guess(notes, area.width, size)
        if guess * wider > 2 * area.height and size != SIZES[-1]:
            continue
        whole = _set(sheet, notes, area.width, size)
        columns = whole.split(UNBOUNDED)
        if max(column.height() for column in columns) <= area.height:
            return columns, UNBOUNDED
        wider = whole.height() / guess
    longest = max(len(lines) for _, texts in whole.notes for lines in texts)
    for most in range(longest, 1, -1):
        columns = whole.split(most)
        if max(column.height(most) for column in columns) <= area.height:
            return columns, most
    return columns, 1


def _guess(notes: Sequence[Note], width: float, size: float) -> float:
    """Return roughly how high the notes are one below the other, without measuring letters."""
    in_a_line = width / (size * POINT * LETTER)
    lines = sum(ceil(len(text.text) / in_a_line) for note in notes for text in note.paragraphs)
    return (lines + 2 * len(notes)) * size * POINT * LEADING


def _set(sheet: Sheet, notes: Sequence[Note], width: float, size: float) -> _Column:
    def lines(text: Paragraph) -> list[str]:
        room = width - _indent(text, size)
        return sheet.fit(text.text, room, ((_style(text, size), UNBOUNDED),))[1]

    return _Column(tuple((note, tuple(map(lines, note.paragraphs))) for note in notes), size)


@dataclass(frozen=True)
class _Pen:
    """Draws columns with one width, in one size; no paragraph has more lines than `most`."""

    sheet: Sheet
    width: float
    size: float
    most: int
    mark: Rgb

    @property
    def em(self) -> float:
        return self.size * POINT

    def column(self, x: float, y: float, column: _Column) -> float:
        """Draw a column below y and return where it ends."""
        heading = Style(self.size * HEADING, Weight.BOLD, NAVY)
        for note, texts in column.notes:
            y = self.sheet.block(x, y, self.width, note.heading, ((heading, 1),))
            y += BELOW_HEADING * self.em
            for text, lines in zip(note.paragraphs, texts, strict=True):
                y = self.paragraph(x, y, text, lines) + BETWEEN * self.em
            y += (BETWEEN_NOTES - BETWEEN) * self.em
        return y - BETWEEN_NOTES * self.em

    def paragraph(self, x: float, y: float, text: Paragraph, lines: list[str]) -> float:
        """Draw a paragraph below y and return where it ends."""
        if text.kind is Kind.POINT:
            side = MARK * self.em
            self.sheet.fill(x, y + 0.52 * self.em, side, side, self.mark)
        style, indent = _style(text, self.size), _indent(text, self.size)
        kept = self.sheet.cut(lines, self.most, self.width - indent, style)
        end = self.sheet.lines(x + indent, y, kept, style)
        if text.url:
            across = max(self.sheet.measure(line, style) for line in kept)
            self.sheet.link(x + indent, y, across, end - y, text.url)
        return end


def _ems(texts: tuple[list[str], ...], most: int) -> float:
    """Return the height of a note in sizes of its font."""
    lines = sum(min(len(text), most) for text in texts)
    gaps = BELOW_HEADING + BETWEEN * (len(texts) - 1)
    return (HEADING + lines) * LEADING + gaps


def _indent(text: Paragraph, size: float) -> float:
    return INDENT * size * POINT if text.kind is Kind.POINT else 0.0


def _style(text: Paragraph, size: float) -> Style:
    return Style(size, Weight.BOLD if text.kind is Kind.STRONG else Weight.REGULAR, NAVY)
