"""An organiser's branding on tickets: the name, colour and logo, and which of these are refused."""

import re
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from ticketing import image_file
from ticketing.errors import UnusableLook
from ticketing.organisers.organiser import Organiser

Rgb = tuple[int, int, int]

NAVY: Rgb = (22, 33, 62)
ORANGE: Rgb = (228, 87, 46)
WHITE: Rgb = (255, 255, 255)
HEX = re.compile(r"#[0-9A-Fa-f]{6}")

SRGB_KNEE = 0.04045
"""Below this, light is proportional to the number (IEC 61966-2-1)."""
READABLE = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3). On any colour, black or white text reaches it."""
VISIBLE = 3.0
"""The least contrast of marks other than text (WCAG 2.2, 1.4.11)."""

LARGEST_FILE = 1_000_000
"""Bytes of a logo as it is uploaded."""
LONGEST_SIDE = 4000
SHORTEST_SIDE = 32
KEPT_SIDE = 600
"""Pixels: a logo is at most 45 mm wide, so this is 340 dots per inch."""
WIDEST = 8
"""The most times that one side may be as long as the other."""
DARK_ENOUGH = 160
"""Of 255: to be seen on white paper, a logo must not be lighter than this everywhere."""


@dataclass(frozen=True)
class Branding:
    """What an organiser's tickets have of their own; the defaults are the shop's look."""

    organiser: str = ""
    colour: Rgb = NAVY
    accent: Rgb = ORANGE
    logo: bytes | None = None

    @property
    def ink(self) -> Rgb:
        """The colour of text on the branding's colour: white, if that is readable."""
        return WHITE if contrast(self.colour, WHITE) >= READABLE else darkest(self.colour)

    @property
    def soft_ink(self) -> Rgb:
        """The colour of less important text there: as pale as it can be and still be readable."""
        for part in (0.25, 0.15, 0.05):
            soft = mix(self.ink, self.colour, part)
            if contrast(soft, self.colour) >= READABLE:
                return soft
        return self.ink

    @property
    def mark(self) -> Rgb:
        """The colour of small marks on white paper."""
        return self.accent if contrast(self.accent, WHITE) >= VISIBLE else NAVY


def look_of(organiser: Organiser, logo: bytes | None) -> Branding:
    """Return this organiser's branding; `UnusableLook` says what is wrong with it."""
    if logo is not None:
        opened(logo)
    if not organiser.colour:
        return Branding(organiser.name, logo=logo)
    colour = rgb(organiser.colour)
    return Branding(organiser.name, colour, mix(colour, (0, 0, 0), 0.3), logo)


def rgb(text: str) -> Rgb:
    """Read `#1A2B3C`; raises `UnusableLook` for anything else."""
    if not HEX.fullmatch(text):
        raise UnusableLook(f"the colour {text[:20]!r} is not written like #1A2B3C")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def darkest(colour: Rgb) -> Rgb:
    """Return a dark ink that is readable on a colour: navy, or black if navy is not."""
    return NAVY if contrast(colour, NAVY) >= READABLE else (0, 0, 0)


def mix(one: Rgb, other: Rgb, part: float) -> Rgb:
    """Return a colour mixed with `part` of the other one."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def opened(content: bytes) -> Image.Image:
    """Return a logo's picture; `UnusableLook` says why the file is not one.

    The size is checked before anything is decompressed.
    """
    if len(content) > LARGEST_FILE:
        raise UnusableLook(f"the logo is larger than {LARGEST_FILE} bytes")
    try:
        return image_file.opened(content, ("PNG",), "PNG", _wrong_size)
    except ValueError as error:
        raise UnusableLook(f"the logo {error}") from None


def prepared(content: bytes) -> bytes:
    """Return a logo as it is stored: on white, no larger than print needs, and without metadata.

    `UnusableLook` says what is wrong with the file.
    """
    logo = image_file.on_white(opened(content))
    if logo.convert("L").getextrema()[0] > DARK_ENOUGH:  # type: ignore[operator]  # one channel
        raise UnusableLook("the logo would not be seen on white paper: use its dark version")
    logo.thumbnail((KEPT_SIDE, KEPT_SIDE))
    file = BytesIO()
    logo.save(file, "PNG", optimize=True)
    return file.getvalue()


def _wrong_size(width: int, height: int) -> str | None:
    shortest, longest = sorted((width, height))
    if shortest < SHORTEST_SIDE or longest > LONGEST_SIDE:
        asked = f"{SHORTEST_SIDE} to {LONGEST_SIDE} pixels a side"
        return f"is {width} x {height} pixels, not {asked}"
    if longest > WIDEST * shortest:
        return f"is more than {WIDEST} times as long on one side"
    return None


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= SRGB_KNEE else float(((channel + 0.055) / 1.055) ** 2.4)
