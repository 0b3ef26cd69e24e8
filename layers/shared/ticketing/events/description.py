"""An event's description: Markdown becomes blocks of text, and no HTML in it gets to a page. Pure.

Headings, paragraphs, lists, emphasis and links are understood. Everything else remains text: tags
are shown as they were typed.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ticketing.events.about import Block, BlockKind, Span, Style
from ticketing.text import clean

LONGEST: Final = 5000
"""Characters of Markdown: some two pages."""
SCHEMES: Final = frozenset({"https", "http", "mailto"})
UNDERSTOOD: Final = ("heading", "list", "emphasis", "link", "newline", "escape", "entity")
KINDS: Final = {
    "heading_open": BlockKind.HEADING,
    "bullet_list_open": BlockKind.ITEM,
    "ordered_list_open": BlockKind.NUMBERED_ITEM,
}
STYLES: Final = {"strong_open": Style.STRONG, "em_open": Style.EMPHASIS}


def read(markdown: str) -> tuple[Block, ...]:
    """Return the description; raises `ValueError` with what is wrong about it."""
    if len(markdown) > LONGEST:
        raise ValueError(f"must be at most {LONGEST} characters")
    return tuple(_blocks(MarkdownIt("zero").enable(UNDERSTOOD).parse(markdown)))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    within: list[BlockKind] = []
    for token in tokens:
        if token.type in KINDS:
            within.append(KINDS[token.type])
        elif within and token.type.replace("_close", "_open") in KINDS:
            within.pop()
        elif token.type == "inline":
            spans = tuple(_joined(_spans(token.children or ())))
            if spans:
                yield Block(within[-1] if within else BlockKind.PARAGRAPH, spans)


def _spans(tokens: Sequence[Token]) -> Iterator[Span]:
    styles: list[Style] = []
    url = ""
    for token in tokens:
        if token.type in STYLES:
            styles.append(STYLES[token.type])
        elif token.type in {"strong_close", "em_close"}:
            styles.pop()
        elif token.type == "link_open":
            url = _web_address(str(token.attrGet("href")))
        elif token.type == "link_close":
            url = ""
        else:
            text = " " if token.type in {"softbreak", "hardbreak"} else token.content
            yield Span(text, styles[-1] if styles else Style.PLAIN, url)


def _web_address(url: str) -> str:
    if urlsplit(url).scheme not in SCHEMES:
        raise ValueError(f"the link {url!r} does not begin with https://, http:// or mailto:")
    return url


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Join neighbours with the same style and link, and leave out what nobody would see."""
    open_span: Span | None = None
    for span in spans:
        if open_span and (open_span.style, open_span.url) == (span.style, span.url):
            open_span = Span(open_span.text + span.text, span.style, span.url)
            continue
        if open_span:
            yield from _cleaned(open_span)
        open_span = span
    if open_span:
        yield from _cleaned(open_span)


def _cleaned(span: Span) -> Iterator[Span]:
    """Clean a text, but keep a space at either end, which separates it from its neighbours."""
    text = clean(span.text)
    before, after = (" " if end.isspace() else "" for end in (span.text[:1], span.text[-1:]))
    if text or before:
        yield Span(f"{before}{text}{after if text else ''}", span.style, span.url)
