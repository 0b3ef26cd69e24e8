"""How text looks on a ticket: sizes, weights, and the distance between lines. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.tickets.branding import Rgb

POINT = 25.4 / 72
"""A point in millimetres."""

LEADING = 1.3
"""The distance between lines, in sizes of the font."""


class Weight(StrEnum):
    """The weight of a font, as fpdf names it."""

    REGULAR = ""
    BOLD = "B"


@dataclass(frozen=True)
class Style:
    """How text looks; the size is in points."""

    size: float
    weight: Weight
    colour: Rgb


Styles = tuple[Style, ...]
"""Styles to try in turn."""

Steps = tuple[tuple[Style, int], ...]
"""Styles to try in turn, each with the most lines that the text may take in it."""


def lines_in(height: float, style: Style) -> int:
    return int(height / (style.size * POINT * LEADING))
