"""Make any text fit to be stored and printed: buyers and organisers may have typed anything."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator
from functools import lru_cache

SUBSTITUTE = "?"
LONGEST_NAME = 80
ELLIPSIS = "…"
NON_JOINER, JOINER = "\u200c", "\u200d"
JOINERS = frozenset({NON_JOINER, JOINER})
BLANK_PATTERN = "\u2800"
"""Braille without a dot: by its category a symbol, but to everybody who sees it a space."""
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Letters and marks that print nothing (Unicode's Default_Ignorable_Code_Point), and code points
that are not characters. `_prints_nothing` tells others of both kinds by category and number."""
LAST_TWO = 0xFFFE
"""The last two code points of each plane are not characters."""
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Control characters, format characters, private use, and surrogates."""

VIRAMA = 9
"""The combining class of the sign that removes the vowel of an Indic consonant."""
AROUND = 40
"""How many characters on either side of a joiner decide about it: only marks come between it and
its letters."""
MOST_ROUNDS = 4
"""How often idle joiners are looked for before all joiners are dropped."""

DOTS = r"[.\u3002\u06d4]"
LINK_SIGNS = frozenset(".\u3002\u06d4/\\:@")
NUMBER_OR_DOT = re.compile(
    rf"(?<!\w)(?<!{DOTS})[0-9]+(?:\.[0-9]+){{1,2}}(?!{DOTS}?\w)|{DOTS}(?=\w)"
)
"""A number such as 45.00 or 5.1.1, which no program takes for an address, or a dot elsewhere."""
SCHEME = re.compile(r"(?<=[^\W\d_]):(?=\S)|:(?=//)")
AT = re.compile(r"(?<=\S)(?=@)|(?<=@)(?=\S)")
SHARE = re.compile(r"(?<=\\)(?=\\)")
"""Two backslashes, which some programs take for the start of a Windows share."""

POSTCODE_OR_TIME = re.compile(
    r"\b([A-Z]{1,2}\d[A-Z\d]?) (\d[A-Z]{2})\b|\b(\d{2}:\d{2}) (?=[A-Z]{2,5}\b|UTC)"
)
"""A British postcode, or a time before the letters of its zone."""
NO_BREAK = "\u00a0"

Measure = Callable[[str], float]
"""Returns the printed width of a text."""


def clean(text: str) -> str:
    """Return the text as it may be stored, sent and printed; the result may be empty.

    Accents are composed. Every kind of white space, including line ends, becomes a single space,
    and is stripped at the ends. Whatever prints nothing is left out, such as control characters,
    direction marks and marks without a letter, so that a name cannot rearrange the text beside it.
    Joiners stay where Persian and Indic spelling needs them.
    """
    if text.isascii() and text.isprintable():  # nothing but spaces can be wrong with it
        return " ".join(text.split())
    spaced = "".join(" " if c.isspace() or c == BLANK_PATTERN else c for c in text)
    visible = "".join(c for c in spaced if not _prints_nothing(c))
    kept = "".join(_with_letters(unicodedata.normalize("NFC", visible)))
    return " ".join(_spelled(unicodedata.normalize("NFC", kept)).split())


def one_line(text: str, limit: int = LONGEST_NAME) -> str:
    """Return the cleaned text, cut to `limit` characters."""
    line = clean(text[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def unbroken(text: str) -> str:
    """Return the text so that no line breaks within a postcode, or between a time and its zone."""
    return POSTCODE_OR_TIME.sub(lambda found: found[0].replace(" ", NO_BREAK), text)


def without_links(text: str) -> str:
    """Return the cleaned text so that no mail program or PDF reader turns any of it into a link.

    A space goes after each dot before a letter or digit, and around other signs of an address:
    `evil. com`, `https: //evil. com`, `a @ b. co`, and also `J. R. R. Tolkien`. Characters that a
    program may read as one of these signs, such as a full-width dot, are first replaced by it.
    """
    line = "".join(_folded(c) for c in clean(text))
    line = NUMBER_OR_DOT.sub(lambda m: m[0] if len(m[0]) > 1 else f"{m[0]} ", line)
    line = SCHEME.sub(": ", line)
    return SHARE.sub(" ", AT.sub(" ", line))


def printable(text: str, glyphs: Container[int]) -> str:
    """Replace each character that is not among `glyphs` (code points) by a visible `?`.

    A joiner without a glyph is left out, because it would show nothing anyway.
    """
    return "".join(
        c if ord(c) in glyphs else SUBSTITUTE for c in text if c not in JOINERS or ord(c) in glyphs
    )


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break a text into lines no wider than `width`; a word that is too wide is broken, too.

    What `unbroken` keeps together counts as a word; the lines have plain spaces. Each word that
    fits is measured once, because shaping right-to-left text is slow.
    """
    lines: list[str] = []
    line, filled, space = "", 0.0, measure(" ")
    for word in filter(None, text.split(" ")):
        wide = measure(word)
        if line and filled + space + wide <= width:
            line, filled = f"{line} {word}", filled + space + wide
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width, measure) if wide > width else [word]
        lines += full
        filled = measure(line) if full else wide
    return [full.replace(NO_BREAK, " ") for full in (*lines, line) if full]


def shorten(lines: list[str], most: int, width: float, measure: Measure) -> list[str]:
    """Keep at most `most` lines; if any are dropped, the last one kept ends in `…`.

    It is cut after a whole word, if it has several.
    """
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and measure(last + ELLIPSIS) > width:
        last = last.rpartition(" ")[0] or last[:-1]
    return [*lines[: most - 1], last.rstrip(" .,;:") + ELLIPSIS]


def _pieces(word: str, width: float, measure: Measure) -> list[str]:
    """Break a word into pieces that fit: after a hyphen if the piece has one, else anywhere."""
    pieces = []
    while word:
        lengths = range(1, min(_beyond(word, width, measure), len(word)) + 1)
        fits = max(bisect_right(lengths, width, key=lambda n: measure(word[:n])), 1)
        if fits < len(word):
            fits = word.rfind("-", 0, fits) + 1 or fits
        pieces.append(word[:fits])
        word = word[fits:]
    return pieces


def _beyond(word: str, width: float, measure: Measure) -> int:
    """Return a number of letters that is too wide, or that is at least the whole word.

    It doubles from 16, so that only a short beginning of a long word is measured.
    """
    most = 16
    while most < len(word) and measure(word[:most]) <= width:
        most *= 2
    return most


@lru_cache(maxsize=4096)
def _prints_nothing(character: str) -> bool:
    if character in JOINERS:
        return False
    is_no_character = ord(character) & LAST_TWO == LAST_TWO
    if is_no_character or INVISIBLE.match(character):
        return True
    return unicodedata.category(character) in UNSEEN


def _with_letters(text: str) -> Iterator[str]:
    """Yield the characters of a text, except marks that are not on a letter or digit."""
    carries = False
    for character in text:
        kind = unicodedata.category(character)[0]
        if kind == "M" and not carries:
            continue
        if kind != "M" and character not in JOINERS:
            carries = kind in "LN"
        yield character


def _spelled(text: str) -> str:
    """Return the text without idle joiners; of several in a row, at most one stays.

    Dropping a joiner may change the order of marks, on which the next joiner depends. No real
    spelling needs many rounds of this: a text that has not settled by then loses all its joiners.
    """
    for _ in range(MOST_ROUNDS):
        if JOINERS.isdisjoint(text):
            return text
        spelled = unicodedata.normalize("NFC", _without_idle_joiners(text))
        if spelled == text:
            return text
        text = spelled
    return unicodedata.normalize("NFC", "".join(c for c in text if c not in JOINERS))


def _without_idle_joiners(text: str) -> str:
    kept = ""
    for at, character in enumerate(text):
        after = text[at + 1 : at + AROUND].lstrip(NON_JOINER + JOINER)
        if character not in JOINERS or _joins(kept[-AROUND:], character, after):
            kept += character
    return kept


def _joins(before: str, joiner: str, after: str) -> bool:
    """Return whether a joiner changes how the letters beside it are written.

    These are the rules for domain names (RFC 5892, appendix A.1 and A.2), and one more: a joiner
    before a virama, with which Bengali writes ra with the ya of `র‍্যা`.
    """
    from idna.core import valid_contextj  # noqa: PLC0415  # few names have a joiner

    if not before or before[-1] in JOINERS:
        return False
    if joiner == JOINER and after and unicodedata.combining(after[0]) == VIRAMA:
        return unicodedata.category(before[-1])[0] in "LM"
    try:
        return valid_contextj(before + joiner + after, len(before))
    except ValueError:  # the character before it has no name
        return False


def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return character if character == ELLIPSIS or LINK_SIGNS.isdisjoint(plain) else plain
