"""Write an event's description as Markdown from which an import makes the same blocks. Pure.

What organisers wrote is not kept, only what was understood of it. Most texts are written as a
person would; if that would be read as something else, everything is escaped.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ticketing.events.about import Block, BlockKind, Span, Style
from ticketing.events.description import read

MARKS: Final = {Style.PLAIN: "", Style.STRONG: "**", Style.EMPHASIS: "*"}
BEGINS: Final = {
    BlockKind.PARAGRAPH: "",
    BlockKind.HEADING: "## ",
    BlockKind.ITEM: "- ",
    BlockKind.NUMBERED_ITEM: "1. ",
}
ITEMS: Final = frozenset({BlockKind.ITEM, BlockKind.NUMBERED_ITEM})
MEANS_SOMETHING: Final = re.compile(r"[\\*_\[\]]|&(?=#?\w+;)|^[#+-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
PUNCTUATION: Final = re.compile(r"""[!-/:-@\[-`{-~]""")
SPACE: Final = "&#32;"
"""A space for the ends of emphasis, where a typed one would undo it."""
NOTHING: Final = "&#8203;"
"""Prints nothing and is not kept, but separates adjacent pieces of emphasis."""

Write = Callable[[Span], str]


def written(blocks: Sequence[Block]) -> str:
    """Return Markdown that is read as these blocks; raises `ValueError` if there is none."""
    parts = [_block(block) for block in blocks]
    text = ""
    for before, block, part in zip((None, *blocks), blocks, parts, strict=False):
        is_same_list = before is not None and before.kind is block.kind and block.kind in ITEMS
        text += ("\n" if is_same_list else "\n\n") * bool(text) + part
    if read(text) != tuple(blocks):
        raise ValueError("cannot be written so that an import reads the same")
    return text


def _block(block: Block) -> str:
    texts = [_text(block, way) for way in (_easily, _carefully)]
    return next((text for text in texts if _is_read_as(block, text)), texts[-1])


def _is_read_as(block: Block, text: str) -> bool:
    try:
        return read(text) == (block,)
    except ValueError:  # a link that a text only looks like
        return False


def _text(block: Block, way: Callable[[Sequence[Span]], Iterator[str]]) -> str:
    return BEGINS[block.kind] + "".join(way(block.spans))


def _easily(spans: Sequence[Span]) -> Iterator[str]:
    """Escape only what has a meaning in Markdown."""
    for span in spans:
        yield _span(span, MEANS_SOMETHING.sub(r"\\\g<0>", span.text))


def _carefully(spans: Sequence[Span]) -> Iterator[str]:
    """Escape all punctuation, write outer spaces as entities, and separate the spans."""
    for number, span in enumerate(spans):
        bare = span.text.strip(" ")
        before = len(span.text) - len(span.text.lstrip(" ")) if bare else len(span.text)
        after = len(span.text) - len(span.text.rstrip(" ")) if bare else 0
        text = SPACE * before + PUNCTUATION.sub(r"\\\g<0>", bare) + SPACE * after
        yield (NOTHING if number else "") + _span(span, text)


def _span(span: Span, text: str) -> str:
    mark = MARKS[span.style]
    styled = f"{mark}{text}{mark}"
    return f"[{styled}](<{span.url}>)" if span.url else styled
