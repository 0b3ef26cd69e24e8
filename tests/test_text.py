"""Text that anybody may have typed: what is kept of it, and that none of it becomes a link."""

# ruff: noqa: RUF001 - letters that look like others belong here

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.hostile import DOTTED, JOINED, LINKS, NAMES, NOTHING_TO_SEE
from ticketing.text import clean, one_line, printable, shorten, unbroken, without_links, wrap

WITH_JOINERS = st.text(st.sampled_from("ab.ب\u200c\u200dकष्\u094d\u0301 \u00adা"), max_size=12)
LINKED = re.compile(
    r"""[a-z][a-z0-9+.-]*://        # a scheme
    | (?<!\w)www[.。]\S           # a page
    | \S@\S                       # an address
    | \b[^\W\d_]+:[^\s:]          # mailto:, tel:, javascript:
    | \\\\\w                      # a share of Windows
    | [.。۔．｡․﹒][^\W\d_]           # a host
    | (\d+[.。]){3}\d              # an address of four numbers
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What any program takes for a link, and more."""


@pytest.mark.parametrize("name", JOINED)
def test_a_joiner_that_spells_a_name_is_kept(name: str) -> None:
    assert clean(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ja\u200dne", "Jane"),
        ("Jane\u200c Doe", "Jane Doe"),
        ("\u200cعلی\u200c", "علی"),
        ("علی\u200c\u200c\u200cرضا", "علی\u200cرضا"),
        ("क\u200dष", "कष"),
        ("क्\u200d\u200c\u200dष", "क्\u200dष"),
        ("Jane\u200d.com", "Jane.com"),
        ("👩\u200d👧", "👩👧"),
        ("\u0378\u200cب", "\u0378ب"),
        ("ب" * 2000 + "\u200c" + "ب", "ب" * 2000 + "\u200cب"),
    ],
)
def test_a_joiner_that_spells_nothing_is_left_out(name: str, kept: str) -> None:
    assert clean(name) == kept


@pytest.mark.parametrize("name", NOTHING_TO_SEE)
def test_a_text_of_which_nothing_is_seen_is_empty(name: str) -> None:
    assert clean(name) == ""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Jane\u00a0Doe", "Jane Doe"),
        ("Jane\u2007\u202f\u3000\tDoe\r\n", "Jane Doe"),
        ("Jane\u2028Doe\u2029", "Jane Doe"),
        ("\ufeffJane\u200b\u00ad Doe", "Jane Doe"),
        ("\u202eJane\u2066 Doe\u2069", "Jane Doe"),
        ("\u0301Jane \u0301Doe", "Jane Doe"),
        ("-\u0301Jane", "-Jane"),
        ("Jose\u0301", "José"),
        ("Jose\u00ad\u0301", "José"),
        ("Jane\x00\x1b[31m", "Jane[31m"),
        ("Nguyễn Thị Hương", "Nguyễn Thị Hương"),
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("Jane \u3164Doe", "Jane Doe"),
    ],
)
def test_spaces_are_spaces_and_the_invisible_is_left_out(name: str, kept: str) -> None:
    assert clean(name) == kept


@given(st.text(max_size=60) | WITH_JOINERS)
@example("\u0344\u200c\u0301")
@example("0\u0300\u200c\u094d\u200c")
@example("0\u0300" + "\u200c\u094d" * 20 + "\u200c")
@example("क\u093c्\u200d\u0301\u0301")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert once == once.strip()
    assert without_links(without_links(text)) == without_links(text)
    assert one_line(without_links(text)) == one_line(without_links(without_links(text)))


@pytest.mark.parametrize("name", [*LINKS, *NAMES])
def test_nothing_that_becomes_a_link_is_printed(name: str) -> None:
    """Read as it is, and as a program reads it that folds full-width letters and signs."""
    printed = without_links(name)

    assert not LINKED.search(printed)
    assert not LINKED.search(unicodedata.normalize("NFKC", printed.replace("…", "")))


@given(st.text(st.sampled_from("aя1.．。/:@\\w -\u200b\u0301٤⒈"), max_size=20))
def test_no_mixture_of_signs_becomes_a_link(text: str) -> None:
    assert not LINKED.search(without_links(text))


@pytest.mark.parametrize(("name", "printed"), DOTTED.items())
def test_a_name_with_dots_stays_readable(name: str, printed: str) -> None:
    assert without_links(name) == printed


@pytest.mark.parametrize(
    "sentence",
    [
        "smtp; 550 5.1.1 user unknown",
        "421 4.4.7 Message expired",
        "£45.00, created 2024-01-15 14:30",
        "ReadTimeoutError (AWS: ThrottlingException)",
        "SumUp has a transaction of 45.00 GBP at 10:05:09",
    ],
)
def test_a_sentence_with_numbers_stays_as_it_is(sentence: str) -> None:
    assert without_links(sentence) == sentence


def test_plain_text_is_cleaned_like_any_other() -> None:
    for character in map(chr, range(128)):
        text = f" {character}  a{character}b {character}"
        assert clean(text) == clean(f"é {text}").removeprefix("é ").removeprefix("é")


def test_a_joiner_without_a_glyph_is_not_printed() -> None:
    assert printable("ب\u200cبx", {ord("ب")}) == "بب?"
    assert printable("ب\u200cب", {ord("ب"), 0x200C}) == "ب\u200cب"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("St Saviour, Jersey JE2 7LG", "St Saviour, Jersey JE2\u00a07LG"),
        ("London EC1A 1BB, SW1A 2AA", "London EC1A\u00a01BB, SW1A\u00a02AA"),
        ("19:30 BST (Europe/Jersey)", "19:30\u00a0BST (Europe/Jersey)"),
        ("19:30 UTC-03", "19:30\u00a0UTC-03"),
        ("doors 18:30, until 23:00", "doors 18:30, until 23:00"),
        ("35400 Saint-Malo, 2 Rue A1", "35400 Saint-Malo, 2 Rue A1"),
        ("JE2  7LG", "JE2  7LG"),
    ],
)
def test_no_line_ends_within_a_postcode_or_before_the_zone_of_a_time(text: str, kept: str) -> None:
    assert unbroken(text) == kept


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("St Helier, JE2 3NG", ["St", "Helier,", "JE2 3NG"]),
        ("a-very-long-word", ["a-very-", "long-word"]),
        ("eleven eleventeen", ["eleven", "eleventee", "n"]),
        ("x" * 20, ["x" * 9, "x" * 9, "xx"]),
        ("", []),
    ],
)
def test_lines_break_between_words_and_within_words_that_are_too_wide(
    text: str, lines: list[str]
) -> None:
    assert wrap(unbroken(text), 9, len) == lines


@given(st.text(st.sampled_from("ab-\u00a0 "), max_size=80), st.integers(1, 30))
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = wrap(text, width, len)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width for line in lines)


def test_wrapping_measures_no_text_longer_than_two_lines() -> None:
    measured: list[int] = []

    def measure(text: str) -> int:
        measured.append(len(text))
        return len(text)

    wrap("ab " * 300, 40, measure)
    wrap("\u5c71" * 1000, 40, measure)

    assert sorted(set(measured))[-2] <= 80, "but for the one word that has to be broken"
    assert sum(measured) < 50_000


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        (["one two", "three four", "five"], ["one two", "three…"]),
        (["one", "two, three", "four"], ["one", "two…"]),
        (["one", "and. three", "four"], ["one", "and…"]),
        (["one", "x" * 10, "x"], ["one", "x" * 9 + "…"]),
        (["one", "two"], ["one", "two"]),
    ],
)
def test_what_is_cut_ends_after_a_word_where_it_can(lines: list[str], cut: list[str]) -> None:
    assert shorten(lines, 2, 10, len) == cut
