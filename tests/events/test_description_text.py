"""Descriptions as Markdown again: whatever was read once is read the same from what is written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ticketing.events.description import read
from ticketing.events.description_text import written


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "Three bands.",
        "Three **bands** and a *view*.",
        "## Who plays\n\nThe *Harbour* Band.\n\n- doors at six\n- **no** dogs\n\n1. one\n1. two",
        "See [the park](<https://example.com/park?a=1&b=2>).",
        "Half & half, 5. July, C# - and so on; a_b costs 2\\*3",
    ],
)
def test_what_a_person_would_write_comes_back_as_it_was(markdown: str) -> None:
    assert written(read(markdown)).replace("a\\_b", "a_b") == markdown


@pytest.mark.parametrize(
    "markdown",
    [
        "# C \\#",
        "\\# no heading",
        "\\- no item",
        "10\\. no item",
        "1\\) none either",
        "**a *b***",
        "**bold&#33;**&#8203;text",
        "***both*** and **one**&#8203;*two*",
        "&amp;amp; &lt;b&gt; \\[no\\](link)",
        "[a **b** c](https://example.com/x_(y))",
        "[a](mailto:box@example.com)[b](https://example.com/)",
        "- a\n\n  b\n- c\n\n1. d",
        "  \\*\\*\n\n\\\\",
        "&#32;a **&#32;b&#32;**c",
    ],
)
def test_the_same_is_read_of_what_is_written(markdown: str) -> None:
    assert read(written(read(markdown))) == read(markdown)


@given(st.text(alphabet=st.sampled_from("ab1 \n*_#-+.)([]<>&;!\\é`~=|:"), max_size=40))
@example("*a **b** c*")
def test_any_markdown_survives_being_written_and_read(markdown: str) -> None:
    try:
        blocks = read(markdown)
    except ValueError:
        return

    assert read(written(blocks)) == blocks
