"""The head of a mail to a buyer: the organiser's name, colours and logo. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from ticketing.image_file import on_white
from ticketing.text import one_line
from ticketing.tickets.branding import Branding, Rgb, opened

LOGO_BOX = (160, 56)
"""The box in which a logo is shown, in pixels of the page."""
SHARPNESS = 2
"""Pixels of the picture for each pixel of the page: the screens of phones show that many."""
LARGEST_LOGO = 110_000
"""Bytes of the picture at most, if its pixels are all different: 150 kB in the mail."""


@dataclass(frozen=True)
class Logo:
    """A logo as a PNG for mails, and the size in which it is shown."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Letterhead:
    """What a mail's head shows. `ink` and `soft_ink` are readable on `colour`."""

    organiser: str
    colour: str
    accent: str
    ink: str
    soft_ink: str
    logo: Logo | None


def letterhead(look: Branding) -> Letterhead:
    """Return the head of this organiser's mails; raises `UnusableLook` for an unusable logo."""
    return Letterhead(
        organiser=one_line(look.organiser),
        colour=_css(look.colour),
        accent=_css(look.accent),
        ink=_css(look.ink),
        soft_ink=_css(look.soft_ink),
        logo=_logo(look.logo) if look.logo else None,
    )


@lru_cache(maxsize=32)
def _logo(content: bytes) -> Logo:
    picture = on_white(opened(content))
    width, height = LOGO_BOX
    picture.thumbnail((width * SHARPNESS, height * SHARPNESS))
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    shown = (max(1, round(side / SHARPNESS)) for side in picture.size)
    return Logo(file.getvalue(), *shown)


def _css(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


PLAIN = letterhead(Branding())
"""The shop's own head."""
