"""The fonts of tickets. Reading them is most of a PDF's cost, so we read only what texts need."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no type hints

ASSETS = Path(__file__).parent / "assets"
FAMILY = "NotoSans"

Ranges = tuple[tuple[int, int], ...]
"""First and last code points, both included."""


class Cut(StrEnum):
    """A subset of the main font: the smaller it is, the less has to be read for each PDF."""

    LATIN = "Latin"
    EUROPEAN = "European"


@dataclass(frozen=True)
class Script:
    """A font for letters that the main font lacks. It is read only if a text has one of them."""

    font: str
    ranges: Ranges

    @property
    def file(self) -> Path:
        return ASSETS / f"{self.font}.ttf"

    def may_have(self, code_points: Iterable[int]) -> bool:
        return any(first <= c <= last for c in code_points for first, last in self.ranges)


SCRIPTS = (
    Script("NotoSansArmenian-Bold", ((0x530, 0x58F),)),
    Script("NotoSansHebrew-Bold", ((0x590, 0x5FF), (0xFB1D, 0xFB4F))),
    Script("NotoSansArabic-Bold", ((0x600, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE))),
    Script("NotoSansDevanagari-Bold", ((0x900, 0x97F),)),
    Script("NotoSansThai-Bold", ((0xE00, 0xE7F),)),
    Script("NotoSansGeorgian-Bold", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F))),
    Script("DroidSansFallback-Korean", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),
    Script(
        "DroidSansFallback-Chinese",
        ((0x3000, 0x312F), (0x3190, 0x33FF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF)),
    ),
)


@dataclass(frozen=True)
class Fonts:
    """The fonts of a document, and the code points that they can print."""

    cut: Cut
    scripts: tuple[Script, ...]
    glyphs: frozenset[int]

    @property
    def main_glyphs(self) -> frozenset[int]:
        """The code points that the main font can print by itself."""
        return _glyphs(self.main("Regular"))

    def main(self, weight: str) -> Path:
        """Return the file of the main font: `Regular` or `Bold`."""
        return _main(self.cut, weight)


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Return the fewest and smallest fonts that print the texts, as far as ours can."""
    needed = {ord(character) for text in texts for character in text}
    cut = Cut.LATIN if needed <= _glyphs(_main(Cut.LATIN, "Regular")) else Cut.EUROPEAN
    have = _glyphs(_main(cut, "Regular"))
    scripts = tuple(script for script in SCRIPTS if script.may_have(needed - have))
    return Fonts(cut, scripts, have.union(*(_glyphs(script.file) for script in scripts)))


def _main(cut: Cut, weight: str) -> Path:
    return ASSETS / f"{FAMILY}-{weight}-{cut}.ttf"


@cache
def _glyphs(file: Path) -> frozenset[int]:
    """Return the code points of a font; both weights of the main font have the same."""
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())
