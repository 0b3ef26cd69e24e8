"""What an event's page says besides what, where and when. Pure."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_SUMMARY = 200
SHARED_WIDTH = 960
"""The largest width of the one JPEG, for old browsers and for links shared with apps that may not
know WebP."""


class BlockKind(StrEnum):
    """A part of a description; items that follow each other are one list."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    NUMBERED_ITEM = "numbered_item"


class Style(StrEnum):
    """How a part of a sentence is set."""

    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"


@dataclass(frozen=True)
class Span:
    """A part of a sentence; with a `url` it is a link."""

    text: str
    style: Style = Style.PLAIN
    url: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading or an item of a list."""

    kind: BlockKind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Picture:
    """An event's picture: `name` is that of its files, which have these `widths` in pixels.

    `alt` describes it to people who do not see it. `width` and `height` are those of the largest.
    """

    name: str
    alt: str
    width: int
    height: int
    widths: tuple[int, ...]


@dataclass(frozen=True)
class About:
    """What buyers read before they pay, if the organiser says anything about it.

    `age` is who is let in, `access` is about steps, hearing loops and companions, `map_url` leads
    to the venue on a map, `contact` is how to reach the organiser, and `refunds` is their rule for
    giving money back. `consent`: buyers must agree to the terms and that rule.
    """

    description: tuple[Block, ...] = ()
    picture: Picture | None = None
    age: str = ""
    access: str = ""
    map_url: str = ""
    contact: str = ""
    refunds: str = ""
    consent: bool = False

    @property
    def summary(self) -> str:
        """The beginning of the description, for search engines and shared links."""
        first = (b.text for b in self.description if b.kind is BlockKind.PARAGRAPH)
        text = next(first, "")
        if len(text) <= LONGEST_SUMMARY:
            return text
        cut = text[: LONGEST_SUMMARY - 1]
        return (cut.rpartition(" ")[0] or cut).rstrip(",;:") + "…"


NOTHING_SAID = About()


def file_name(name: str, width: int, kind: str) -> str:
    """Return the name of one size of a picture on the site: `pictures/0123456789-960.webp`."""
    return f"pictures/{name}-{width}.{kind}"


def shared_width(widths: tuple[int, ...]) -> int:
    return max(width for width in widths if width <= SHARED_WIDTH)
