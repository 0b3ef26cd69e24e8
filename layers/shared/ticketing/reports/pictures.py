"""Charts as shapes for SVG: bars by day, columns, and parts of a whole. Pure.

Lengths are in pixels and rounded; the figures beside a chart are exact. No library is used: any
that draws charts is larger than all of our pages, and all that is needed are rectangles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 180
GAP: Final = 0.2
"""The share of a bar's step that stays free."""
WIDEST_BAR: Final = 36.0


@dataclass(frozen=True)
class Bar:
    """A rectangle; `text` is for people who point at it and for those who cannot see it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str


@dataclass(frozen=True)
class DayBars:
    """Bars above a line for money in and below it for money back, and the first and last day."""

    bars: tuple[Bar, ...]
    line: float
    first: date
    last: date


@dataclass(frozen=True)
class Columns:
    """Columns of equal width with their parts stacked, and the total of the highest one."""

    bars: tuple[Bar, ...]
    most: int


Day = tuple[date, Decimal, Decimal, str]
"""A day, what came in, what went back, and both as text."""


def day_bars(days: Sequence[Day]) -> DayBars | None:
    """Return the bars of all days from the first to the last; None without any amount."""
    up = max((came for _, came, _, _ in days), default=Decimal(0))
    down = max((back for _, _, back, _ in days), default=Decimal(0))
    if not up + down:
        return None
    first, last = days[0][0], days[-1][0]
    step = WIDTH / ((last - first) / timedelta(days=1) + 1)
    scale = HEIGHT / float(up + down)
    line = float(up) * scale
    wide = min(step * (1 - GAP), WIDEST_BAR)
    bars: list[Bar] = []
    for day, came, back, text in days:
        x = round((day - first).days * step + (step - wide) / 2, 2)
        for kind, amount in (("in", came), ("back", back)):
            if amount:
                height = round(float(amount) * scale, 2)
                y = round(line - height if kind == "in" else line, 2)
                bars.append(Bar(x, y, round(wide, 2), height, kind, text))
    return DayBars(tuple(bars), round(line, 2), first, last)


def columns(steps: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Columns | None:
    """Return a column for each step, by its name and parts; None without any count."""
    most = max((sum(count for _, count in counts) for _, counts in steps), default=0)
    if not most:
        return None
    wide = WIDTH / len(steps)
    bars: list[Bar] = []
    for number, (name, counts) in enumerate(steps):
        x, below = round((number + GAP / 2) * wide, 2), 0
        for kind, count in counts:
            below += count
            if count:
                y, height = HEIGHT * (most - below) / most, HEIGHT * count / most
                width, text = round(wide * (1 - GAP), 2), f"{name}: {count} {kind}"
                bars.append(Bar(x, round(y, 2), width, round(height, 2), kind, text))
    return Columns(tuple(bars), most)


def parts(counts: Sequence[tuple[str, int]], most: int) -> tuple[Bar, ...]:
    """Return parts of a whole side by side; a count of `most` fills the width."""
    bars: list[Bar] = []
    x = 0.0
    for kind, count in counts:
        width = WIDTH * max(count, 0) / max(most, 1)
        if width:
            bars.append(Bar(round(x, 2), 0, round(width, 2), 1, kind, f"{count} {kind}"))
        x += width
    return tuple(bars)
