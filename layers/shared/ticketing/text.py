"""Making any text fit to print: buyers and organisers may have typed anything."""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Container

SUBSTITUTE = "?"
LONGEST_NAME = 80
ELLIPSIS = "…"

Measure = Callable[[str], float]
"""Returns the printed width of a text."""


def one_line(text: str, limit: int = LONGEST_NAME) -> str:
    """Return the text on one line, without control characters, cut to `limit` characters.

    Accents are composed. Direction marks, joiners and other invisible characters are removed, so
    that a name cannot rearrange the text beside it.
    """
    composed = unicodedata.normalize("NFC", text[: 4 * limit])
    spaced = "".join(" " if c.isspace() else c for c in composed)
    words = "".join(c for c in spaced if not _invisible(c)).split()
    line = " ".join(words)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def printable(text: str, glyphs: Container[int]) -> str:
    """Replace each character that is not among `glyphs` (code points) by a visible `?`."""
    return "".join(c if ord(c) in glyphs else SUBSTITUTE for c in text)


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break a text into lines no wider than `width`; a word that is too wide is broken too."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width, measure)
        lines += full
    return [*lines, line] if line else lines


def shorten(lines: list[str], most: int, width: float, measure: Measure) -> list[str]:
    """Keep at most so many lines; the last one kept ends in `…` if any were dropped."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and measure(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + ELLIPSIS]


def _pieces(word: str, width: float, measure: Measure) -> list[str]:
    """Break a word after a hyphen if a piece has one, and anywhere if not."""
    pieces = []
    while word:
        lengths = range(1, len(word) + 1)
        fits = max(bisect_right(lengths, width, key=lambda n: measure(word[:n])), 1)
        if fits < len(word):
            fits = word.rfind("-", 0, fits) + 1 or fits
        pieces.append(word[:fits])
        word = word[fits:]
    return pieces


def _invisible(character: str) -> bool:
    """Return whether a character prints nothing: controls, format marks, variation selectors."""
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return True
    return "\ufe00" <= character <= "\ufe0f"
