"""Descriptions: what is understood of Markdown, and that everything else stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.events.about import About, Block, BlockKind, Span, Style
from ticketing.events.description import LONGEST, read

PARAGRAPH, HEADING = BlockKind.PARAGRAPH, BlockKind.HEADING
ITEM, NUMBERED = BlockKind.ITEM, BlockKind.NUMBERED_ITEM


def one(kind: BlockKind, *spans: Span) -> tuple[Block, ...]:
    return (Block(kind, spans),)


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("", ()),
        (" \n\n ", ()),
        ("Three bands.", one(PARAGRAPH, Span("Three bands."))),
        ("Two\nlines  \nand more", one(PARAGRAPH, Span("Two lines and more"))),
        ("## Who plays", one(HEADING, Span("Who plays"))),
        (
            "Three **bands** and a *view*.",
            one(
                PARAGRAPH,
                Span("Three "),
                Span("bands", Style.STRONG),
                Span(" and a "),
                Span("view", Style.EMPHASIS),
                Span("."),
            ),
        ),
        (
            "See [the park](https://example.com/park).",
            one(
                PARAGRAPH,
                Span("See "),
                Span("the park", url="https://example.com/park"),
                Span("."),
            ),
        ),
        ("- one\n- two", (*one(ITEM, Span("one")), *one(ITEM, Span("two")))),
        ("1. one\n2. two", (*one(NUMBERED, Span("one")), *one(NUMBERED, Span("two")))),
        ("- one\n\nafter", (*one(ITEM, Span("one")), *one(PARAGRAPH, Span("after")))),
        ("&amp; \\*so\\*", one(PARAGRAPH, Span("& *so*"))),
        ("<b>not bold</b>", one(PARAGRAPH, Span("<b>not bold</b>"))),
        (
            "<script>alert(1)</script>",
            one(PARAGRAPH, Span("<script>alert(1)</script>")),
        ),
        (
            "[x](javascript:alert(1))",
            one(PARAGRAPH, Span("[x](javascript:alert(1))")),
        ),
        ("`code`", one(PARAGRAPH, Span("`code`"))),
        ("Nuit\u200b d\u2019été", one(PARAGRAPH, Span("Nuit d\u2019été"))),
    ],
)
def test_markdown_becomes_blocks(markdown: str, blocks: tuple[Block, ...]) -> None:
    assert read(markdown) == blocks


@pytest.mark.parametrize("url", ["ftp://example.com", "/event/?id=5", "example.com", "tel:1"])
def test_a_link_must_be_one_of_the_web_or_of_mail(url: str) -> None:
    with pytest.raises(ValueError, match="does not begin with https://"):
        read(f"[x]({url})")


def test_a_description_has_an_end() -> None:
    assert read("a" * LONGEST)
    with pytest.raises(ValueError, match="at most 5000 characters"):
        read("a" * (LONGEST + 1))


@given(st.text(max_size=200) | st.text("[]()*_<>&#-1. \\n\\`:/ahtps", max_size=80))
def test_whatever_is_typed_is_text_or_refused(markdown: str) -> None:
    try:
        blocks = read(markdown)
    except ValueError:
        return
    for block in blocks:
        assert block.spans
        for span in block.spans:
            assert span.text
            assert not span.url or span.url.split(":")[0].lower() in {"https", "http", "mailto"}


def test_the_summary_is_the_beginning_of_the_first_paragraph() -> None:
    assert About(description=read("# Title\n\nThree **bands**.\n\nMore.")).summary == "Three bands."
    assert About(description=read("- a list")).summary == ""
    long = About(description=read("word, " * 100)).summary
    assert len(long) <= 200
    assert long.endswith("word…")
    without_a_space = About(description=read("あ" * 201)).summary
    assert without_a_space == "あ" * 199 + "…"
