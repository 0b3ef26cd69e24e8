"""Notes in two columns of about the same length: as large as they fit, and cut where they must."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ticketing.tickets.branding import NAVY, Rgb
from ticketing.tickets.notes import Kind, Note, Paragraph
from ticketing.tickets.pdf_canvas import Sheet
from ticketing.tickets.typography import LEADING, POINT, Style, Weight

SIZES: Final = (11.0, 10.0, 9.0, 8.0, 7.5)
HEADING = 1.2
"""Sizes of a heading, in sizes of its text; all distances below are in these as well."""
BELOW_HEADING, BETWEEN, BETWEEN_NOTES = 0.25, 0.4, 1.7
MARK, INDENT = 0.36, 1.3
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
    """Notes below each other, in one size, with the lines of each of their paragraphs."""

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
        """Return the two columns in the same order whose longer one is shortest."""
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
    return max(
        _draw_column(sheet, column, most, (left, area), mark)
        for left, column in zip(area.lefts, columns, strict=True)
    )


def _fitted(sheet: Sheet, notes: Sequence[Note], area: Area) -> tuple[tuple[_Column, _Column], int]:
    """Return the columns in the largest size that fits, and how many lines each text may have."""
    whole = _set(sheet, notes, area.width, SIZES[0])
    for size in SIZES:
        # Text shrinks in both directions: most sizes need not be tried.
        if whole.height() * (size / whole.size) ** 2 > 2 * area.height and size != SIZES[-1]:
            continue
        if size != whole.size:
            whole = _set(sheet, notes, area.width, size)
        columns = whole.split(UNBOUNDED)
        if max(column.height() for column in columns) <= area.height:
            return columns, UNBOUNDED
    longest = max(len(lines) for _, texts in whole.notes for lines in texts)
    for most in range(longest, 1, -1):
        columns = whole.split(most)
        if max(column.height(most) for column in columns) <= area.height:
            return columns, most
    return columns, 1


def _set(sheet: Sheet, notes: Sequence[Note], width: float, size: float) -> _Column:
    return _Column(
        tuple(
            (note, tuple(_lines(sheet, text, width, size, UNBOUNDED) for text in note.paragraphs))
            for note in notes
        ),
        size,
    )


def _lines(sheet: Sheet, text: Paragraph, width: float, size: float, most: int) -> list[str]:
    room = width - _indent(text, size)
    return sheet.fit(text.text, room, ((_style(text, size), most),))[1]


def _draw_column(
    sheet: Sheet, column: _Column, most: int, place: tuple[float, Area], mark: Rgb
) -> float:
    (left, area), em = place, column.em
    y = area.top
    for note, texts in column.notes:
        heading = Style(column.size * HEADING, Weight.BOLD, NAVY)
        y = sheet.block(left, y, area.width, note.heading, ((heading, 1),)) + BELOW_HEADING * em
        for text, lines in zip(note.paragraphs, texts, strict=True):
            fits = len(lines) <= most
            kept = lines if fits else _lines(sheet, text, area.width, column.size, most)
            y = _draw_text(sheet, (left, y), column.size, text, kept, mark) + BETWEEN * em
        y += (BETWEEN_NOTES - BETWEEN) * em
    return y - BETWEEN_NOTES * em


def _draw_text(
    sheet: Sheet,
    at: tuple[float, float],
    size: float,
    text: Paragraph,
    lines: list[str],
    mark: Rgb,
) -> float:
    """Draw a paragraph below its place and return where it ends."""
    (x, y), em, indent = at, size * POINT, _indent(text, size)
    if text.kind is Kind.POINT:
        sheet.fill(x, y + 0.52 * em, MARK * em, MARK * em, mark)
    style = _style(text, size)
    end = sheet.lines(x + indent, y, lines, style)
    if text.url:
        width = max(sheet.measure(line, style) for line in lines)
        sheet.link(x + indent, y, width, end - y, text.url)
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
