"""Where things are on a ticket: nothing overlaps, nothing leaves its place, and sizes agree."""

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # has no type hints
import pytest
import zxingcpp
from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

from tests.gallery.papers import LONG_TITLE, SCRIPTS, TERMS, Case, cases
from tests.support.builders import a_brand, a_line, a_signer, an_event, an_order, tickets_for
from tests.support.codes import QR_ONLY
from ticketing.events.about import About
from ticketing.events.event import Event
from ticketing.language import Language
from ticketing.orders.order import Customer
from ticketing.tickets import page_a4, page_a6, qr
from ticketing.tickets.branding import Branding
from ticketing.tickets.pdf import render
from ticketing.tickets.pdf_canvas import SIZES
from ticketing.tickets.ticket import Paper
from ticketing.tickets.typography import POINT

LEAST_MARGIN = 4.9
"""Millimetres that no printer can print on."""
TOLERANCE = 0.15
"""Millimetres: letters reach a little beyond their place."""
JOINED = 0.2
"""In sizes of the font: across, joined letters reach far beyond it."""
DATE = "Saturday 18 July 2026"
MAP = "https://www.openstreetmap.org/?mlat=49.1806&mlon=-2.0937"
EVERYTHING = About(
    age="All ages; under 14 with an adult.",
    access="Step-free from the south gate.",
    map_url=MAP,
    contact="hello@harbour-arts.example",
    refunds="In full until a week before the event.",
)
WIDE = "W" * 500
DRAWN = [case for case in cases() if not case.title.startswith("Plain")]


@dataclass(frozen=True)
class Text:
    """A piece of text on a page: millimetres from its top left, points of its font."""

    words: str
    size: float
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "Text") -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > JOINED * self.size * POINT
            and min(self.bottom, other.bottom) - max(self.top, other.top) > TOLERANCE
        )


@pytest.mark.parametrize("case", DRAWN, ids=[case.title for case in DRAWN])
def test_no_text_covers_another_or_leaves_the_page(case: Case) -> None:
    paper = Paper.A4 if case.title.endswith("A4") else Paper.A6
    width, height = SIZES[paper]
    margin = LEAST_MARGIN if paper is Paper.A4 else 2

    texts = list(_texts(case.pdf))

    assert [(a.words, b.words) for a, b in combinations(texts, 2) if a.covers(b)] == []
    assert [
        t.words for t in texts if min(t.left, t.top, width - t.right, height - t.bottom) < margin
    ] == []


@pytest.mark.parametrize("paper", Paper)
def test_the_widest_letters_everywhere_leave_everything_in_its_place(paper: Paper) -> None:
    about = About((), None, WIDE, WIDE, f"https://{WIDE}", WIDE, WIDE)
    event = an_event(name=WIDE, venue=WIDE, address=WIDE, terms=WIDE * 2, about=about)
    line = a_line(description=WIDE)
    order = an_order(customer=Customer(WIDE, "j@example.com"), lines=(line,))
    pdf = render(
        order, event, tickets_for(order)[:1], a_brand(name=WIDE, support=WIDE), paper=paper
    )

    texts = list(_texts(pdf))

    assert [(a.words, b.words) for a, b in combinations(texts, 2) if a.covers(b)] == []
    assert max(t.right for t in texts) < SIZES[paper][0] - LEAST_MARGIN
    assert "£15.00" in [t.words for t in texts]


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("length", range(1, 201, 7))
def test_the_title_is_never_smaller_than_the_date(paper: Paper, length: int) -> None:
    title, date = _title_and_date(an_event(name=LONG_TITLE[:length].strip()), paper)

    assert title[0].size >= date.size
    assert date.size >= 9


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize(("script", "_name", "title"), SCRIPTS)
@pytest.mark.parametrize("times", [1, 2, 9])
def test_the_title_is_never_smaller_than_the_date_in_any_script(
    script: str, _name: str, title: str, times: int, paper: Paper
) -> None:
    drawn, date = _title_and_date(an_event(name=f"{title} " * times), paper)

    assert drawn[0].size >= date.size, script


@pytest.mark.parametrize("title", ["Ada", "Summer Sounds", LONG_TITLE[:60], LONG_TITLE])
def test_the_coloured_head_on_paper_is_as_high_as_its_title(title: str) -> None:
    drawn, date = _title_and_date(an_event(name=title), Paper.A4)

    assert drawn[0].top - page_a4.CARD_TOP < 9
    assert date.top - drawn[-1].bottom < 6


def test_titles_break_into_lines_of_about_the_same_length() -> None:
    event = an_event(name="Harbour Festival: Opening Night on the Pier")

    drawn, _ = _title_and_date(event, Paper.A4)

    assert [line.words for line in drawn] == ["Harbour Festival: Opening", "Night on the Pier"]


@pytest.mark.parametrize("title", ["Ada", LONG_TITLE])
def test_folded_twice_the_page_shows_the_code(title: str) -> None:
    order = an_order(lines=(a_line(quantity=1),))
    pdf = render(order, an_event(name=title), tickets_for(order), a_brand())
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    quarter = page.crop((page.width // 2, 0, page.width, page.height // 2))

    (code,) = zxingcpp.read_barcodes(quarter, formats=QR_ONLY)

    assert qr.verify(code.text, a_signer().public_keys("5"), "5").ticket_id == "ORD-ABC123-01"
    assert _one(_texts(pdf), "One scan admits one person.").bottom < page_a4.FOLD


@pytest.mark.parametrize("language", Language)
def test_paper_says_all_that_the_organiser_says(language: Language) -> None:
    event = an_event(terms=TERMS, about=EVERYTHING, slug="summer-sounds-5")

    said = _said(event, language)

    for words in (
        "Howard Davis Park",
        "St Saviour, Jersey JE2 7LG",
        EVERYTHING.age,
        EVERYTHING.access,
        f"Harbour Arts {EVERYTHING.contact}",
        EVERYTHING.refunds,
        TERMS.strip(),
        "tickets.example.com/e/summer-sounds-5",
        "tickets.example.com/lost-tickets",
        *HEADINGS[language],
    ):
        assert words in said


HEADINGS = {
    Language.ENGLISH: ("Getting there", "Age", "Access", "Organiser", "Refunds", "On a map:"),
    Language.FRENCH: (
        "Comment venir",
        "Âge",
        "Accessibilité",
        "Organisateur",
        "Remboursement",
        "Sur un plan :",
    ),
}


def test_paper_has_no_heading_for_what_nobody_said() -> None:
    said = _said(an_event(about=About(age="Over 18s.")))

    assert "Age Over 18s." in said
    for heading in ("Access", "Organiser", "Refunds", "On a map", "Terms and conditions"):
        assert heading not in said


def test_only_a_page_with_room_shows_how_to_fold_it() -> None:
    full = an_event(terms=TERMS * 3, about=EVERYTHING)

    assert "For your pocket" in _said(an_event())
    assert "For your pocket" not in _said(full)


def test_what_does_not_fit_ends_after_a_word_and_leaves_the_foot_free() -> None:
    terms = ("Bring your umbrella. " * 50)[:1000]
    about = replace(EVERYTHING, access=terms, refunds=terms)
    order = an_order()
    pdf = render(order, an_event(terms=terms, about=about), tickets_for(order)[:1], a_brand())

    texts = list(_texts(pdf))
    cut = [text.words for text in texts if text.words.endswith("…")]

    assert len(cut) == 3
    assert all(words.split()[-1].strip("…") in terms.replace(".", "").split() for words in cut)
    foot = next(text for text in texts if text.words.startswith("All details"))
    assert max(t.bottom for t in texts if t.top < foot.top and t.size < 9) < page_a4.FOOT


def test_the_map_and_the_page_of_the_event_can_be_followed_from_each_ticket() -> None:
    event = an_event(about=replace(EVERYTHING, map_url="https://maps.example/é (1)"), slug="a-5")
    order = an_order()

    pdf = render(order, event, tickets_for(order), a_brand())

    assert pdf.count(b"/URI (https://maps.example/%C3%A9%20\\(1\\))") == 3
    assert pdf.count(b"/URI (https://tickets.example.com/e/a-5/)") == 3
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        where = _one(_texts(pdf), "On a map: maps.example/é (1)")
        x, y = where.left / POINT + 4, page.get_height() - where.bottom / POINT + 3
        assert pdfium.FPDFLink_GetLinkAtPoint(page, x, y)


def test_a_ticket_for_several_says_how_many_one_scan_admits() -> None:
    order = an_order(lines=(a_line(description="Family", quantity=1, admits=4),))
    pdf = render(order, an_event(), tickets_for(order), a_brand())

    assert "One scan admits 4 people." in [text.words for text in _texts(pdf)]


def test_a_postcode_stays_in_one_line() -> None:
    event = an_event(address="The Old Station, Weighbridge Place, St Helier, JE2 3NG")
    order = an_order()

    lines = [text.words for text in _texts(render(order, event, tickets_for(order), a_brand()))]

    assert not any(line.endswith("JE2") for line in lines)


def _said(event: Event, language: Language = Language.ENGLISH) -> str:
    order = an_order(customer=Customer("Jane Doe", "jane@example.com", language))
    look = Branding("Harbour Arts")
    pdf = render(order, event, tickets_for(order)[:1], a_brand(), look)
    return " ".join(text.words for text in _texts(pdf))


def _title_and_date(event: Event, paper: Paper) -> tuple[list[Text], Text]:
    """Return the lines of the title and the date, as they are on the first page."""
    order = an_order()
    texts = list(_texts(render(order, event, tickets_for(order)[:1], a_brand(), paper=paper)))
    date = _one(texts, DATE)
    head = page_a4.CARD_TOP if paper is Paper.A4 else page_a6.BAND - 27
    title = [text for text in texts if head < text.top and text.bottom < date.top + 0.5]
    return title, date


def _one(texts: Iterable[Text], words: str) -> Text:
    return next(text for text in texts if text.words == words)


def _texts(pdf: bytes, page: int = 0) -> Iterator[Text]:
    """Yield the pieces of text of a page that show something, as they were drawn."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[page]
        words, height = sheet.get_textpage(), sheet.get_height()
        for drawn in sheet.get_objects(filter=[FPDF_PAGEOBJ_TEXT]):
            left, bottom, right, top = drawn.get_bounds()
            size = ctypes.c_float()
            pdfium.FPDFTextObj_GetFontSize(drawn, size)
            text = _words(drawn, words).strip()
            if text:
                sides = (side * POINT for side in (left, height - top, right, height - bottom))
                yield Text(text, size.value, *sides)
    finally:
        document.close()


def _words(drawn: Any, page: Any) -> str:  # noqa: ANN401 - pypdfium2 has no types
    length = pdfium.FPDFTextObj_GetText(drawn, page, None, 0)
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFTextObj_GetText(
        drawn, page, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length
    )
    return buffer.raw[: max(length - 2, 0)].decode("utf-16-le")
