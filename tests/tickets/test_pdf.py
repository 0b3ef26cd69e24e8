import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import pytest
import uharfbuzz  # type: ignore[import-untyped]  # has no type hints
import zxingcpp
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no type hints
from PIL import Image, ImageFilter

from tests.gallery.papers import logo
from tests.support.builders import (
    NOW,
    a_brand,
    a_line,
    a_signer,
    an_event,
    an_order,
    an_organiser,
    tickets_for,
)
from tests.support.hostile import NAMES, hostile_texts
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.order import Customer, Order
from ticketing.tickets import fallback_page, qr
from ticketing.tickets.branding import NAVY, Branding, look_of
from ticketing.tickets.fonts import SCRIPTS, Cut, fonts_for
from ticketing.tickets.labels import common, each
from ticketing.tickets.pdf import about, draw, render
from ticketing.tickets.pdf_canvas import About, Sheet
from ticketing.tickets.qr_image import boxes, modules
from ticketing.tickets.ticket import Paper
from ticketing.tickets.typography import POINT, Style, Weight

PRINT_DPI = 150
THUMBNAIL_DPI = 50
MM = 72 / 25.4
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""In the noise of a QR code a reader of all formats now and then sees a bar code, too."""


def test_a_font_is_read_once_whatever_the_number_of_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _pdf(an_order())
    read: list[object] = []
    monkeypatch.setattr("fontTools.ttLib.TTFont", read.append)

    _pdf(an_order(order_number="ORD-XYZ999", customer=Customer("Jim", "jim@example.com")))

    assert read == []


def test_what_the_pages_of_an_order_share_is_in_the_file_once() -> None:
    one, ten = (len(_pdf(an_order(lines=(a_line(quantity=number),)))) for number in (1, 10))

    assert (one < 16_000, ten < 40_000) == (True, True), (one, ten)


def test_each_ticket_has_a_page_with_a_genuine_code() -> None:
    order = an_order()

    codes = _codes(_pdf(order))

    assert [
        qr.verify(code or "", a_signer().public_keys("5"), "5").ticket_id for code in codes
    ] == [
        "ORD-ABC123-01",
        "ORD-ABC123-02",
        "ORD-ABC123-03",
    ]


@pytest.mark.slow
def test_fifty_tickets_have_fifty_pages_and_fifty_codes() -> None:
    order = an_order(lines=(a_line(quantity=50),))

    codes = _codes(_pdf(order))

    assert codes == [ticket.qr_text for ticket in tickets_for(order)]


@pytest.mark.parametrize("blur", [0, 0.6])
@pytest.mark.parametrize("turn", [0, 7, 90])
@pytest.mark.parametrize("dpi", [THUMBNAIL_DPI, 72, 200])
def test_the_code_can_be_scanned_small_rotated_and_blurred(
    dpi: int, turn: int, blur: float
) -> None:
    order = an_order()
    with _opened(_pdf(order)) as pdf:
        page = _image(pdf, 0, dpi)

    seen = page.rotate(turn, fillcolor="white").filter(ImageFilter.GaussianBlur(blur))

    assert _read(seen) == tickets_for(order)[0].qr_text


def test_the_code_is_qr_version_7() -> None:
    """Version 7 has 45 modules: the signature only fits in alphanumeric mode."""
    assert len(modules(tickets_for(an_order())[0].qr_text)) == 45


def test_the_rectangles_cover_the_dark_modules_and_nothing_else() -> None:
    rows = modules("TICKET:X")
    covered = [
        (x, y)
        for left, top, width, height in boxes(rows)
        for x in range(left, left + width)
        for y in range(top, top + height)
    ]

    dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]

    assert sorted(covered) == sorted(dark)


def test_a_page_contains_everything_a_visitor_needs() -> None:
    text = " ".join(_text(_pdf(an_order())).split())

    for words in (
        "Jersey Events",
        "Jersey Live: Summer Sounds",
        "Saturday 18 July 2026",
        "19:30 BST (Europe/Jersey)",
        "Howard Davis Park",
        "Saint-Clément",
        "Jane Doe",
        "General admission",
        "£15.00",
        "ORD-ABC123-01",
        "Ticket 1 of 3",
        "terms and conditions",
        "support@example.com",
        "sent again: tickets.example.com/lost-tickets",
        "All details and terms: tickets.example.com/event/?id=5",
        "One scan admits one person.",
    ):
        assert words in text


def test_a_free_ticket_is_labelled_as_free() -> None:
    order = an_order(lines=(a_line(quantity=1, unit_price=Decimal(0)),))

    assert "Free" in _text(_pdf(order))


def test_each_ticket_shows_its_own_line() -> None:
    child = a_line(sku="child", description="Child", quantity=1, unit_price=Decimal("7.50"))
    order = an_order(lines=(a_line(quantity=1), child))

    second = _text(_pdf(order), page=1)

    assert "Child" in second
    assert "£7.50" in second
    assert "Ticket 2 of 2" in second


@pytest.mark.parametrize(
    ("starts_at", "zone", "date", "time"),
    [
        ("2026-03-29T00:30", "Europe/Jersey", "Sunday 29 March 2026", "00:30 GMT"),
        ("2026-03-29T01:00", "Europe/Jersey", "Sunday 29 March 2026", "02:00 BST"),
        ("2026-10-25T00:30", "Europe/Jersey", "Sunday 25 October 2026", "01:30 BST"),
        ("2026-10-25T01:30", "Europe/Jersey", "Sunday 25 October 2026", "01:30 GMT"),
        ("2026-07-01T23:30", "Europe/Paris", "Thursday 2 July 2026", "01:30 CEST"),
        ("2026-07-01T00:30", "America/New_York", "Tuesday 30 June 2026", "20:30 EDT"),
        ("2026-07-01T12:00", "America/Sao_Paulo", "Wednesday 1 July 2026", "09:00 UTC-03"),
        ("2026-07-01T12:00", "Asia/Kathmandu", "Wednesday 1 July 2026", "17:45 UTC+0545"),
    ],
)
def test_the_time_is_in_the_time_zone_of_the_venue(
    starts_at: str, zone: str, date: str, time: str
) -> None:
    moment = datetime.fromisoformat(starts_at).replace(tzinfo=UTC)
    order = an_order()

    event = an_event(starts_at=moment, time_zone=zone)
    text = _text(render(order, event, tickets_for(order)[:1], a_brand()))

    assert date in text
    assert f"{time} ({zone})" in text


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("zone", ["Europe/Jersey", "America/Argentina/ComodRivadavia"])
def test_doors_are_beside_the_start_and_inside_the_page(paper: Paper, zone: str) -> None:
    order, start = an_order(), an_event().starts_at
    event = an_event(time_zone=zone, doors_at=start - timedelta(hours=1))
    clock = start.astimezone(ZoneInfo(zone))
    words = f"{clock:%H:%M} {'BST' if clock.tzname() == 'BST' else 'UTC-03'} ({zone}), doors "

    with _opened(render(order, event, tickets_for(order)[:1], a_brand(), paper=paper)) as pdf:
        width = pdf[0].get_width()
        whole = pdf[0].get_textpage().get_text_bounded()
        inside = pdf[0].get_textpage().get_text_bounded(right=width - 7 * MM)

    assert f"{words}{clock - timedelta(hours=1):%H:%M}" in whole
    assert f"{words}{clock - timedelta(hours=1):%H:%M}" in inside


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_rendered(name: str) -> None:
    order = an_order(
        customer=Customer(name, "jane@example.com"),
        lines=(a_line(quantity=1, description=name),),
    )
    event = an_event(name=name, venue=name, address=name)
    brand = a_brand(name=name, support=name)

    pdf = render(order, event, tickets_for(order), brand)

    assert _codes(pdf) == [tickets_for(order)[0].qr_text]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Žofie Dvořáková", "Žofie Dvořáková"),
        ("Ελένη", "Ελένη"),
        ("Иван Ёлкин", "Иван Ёлкин"),
        ("Nguyễn Thị Hương", "Nguyễn Thị Hương"),
        ("Jose\u0301", "José"),
        ("Jane 王", "Jane 王"),
        ("김민준", "김민준"),
        ("שרה כהן", "שרה כהן"),
        ("สมชาย", "สมชาย"),
        ("საქართველო", "საქართველო"),
        ("می\u200cروم", "می\u200cروم"),
        ("क्\u200dष", "क्\u200dष"),
        ("Jane ꦲ", "Jane ?"),
        ("Jane 👍\ufe0f", "Jane ?"),
        ("Jane\x00\x1b\tDoe", "Jane Doe"),
        ("Jane\u202eDoe", "JaneDoe"),
    ],
)
def test_names_are_printed_in_every_supported_script(name: str, shown: str) -> None:
    order = an_order(customer=Customer(name, "jane@example.com"))

    lines = _text(_pdf(order)).splitlines()

    assert shown in lines


@pytest.mark.parametrize("paper", Paper)
def test_a_ticket_is_in_the_language_of_its_buyer(paper: Paper) -> None:
    order = an_order(customer=Customer("Zoë", "zoe@example.com", Language.FRENCH))
    pdf = render(order, an_event(terms="Sans retour."), tickets_for(order), a_brand(), paper=paper)

    said = "".join(_text(pdf, page) for page in range(_pages(pdf)))

    for words in ("Billet 1 sur 3", "samedi 18 juillet 2026", "TITULAIRE DU BILLET", "CONDITIONS"):
        assert words in said.upper() or words in said
    assert "Ticket" not in said
    assert b"/Lang (fr-FR)" in pdf


def test_the_phone_ticket_says_the_same_as_the_paper_ticket() -> None:
    order, event = an_order(), an_event(terms="No re-entry.")
    look = look_of(an_organiser(name="Harbour Arts", colour="#006E5A"), logo())
    pdf = render(order, event, tickets_for(order), a_brand(), look, Paper.A6)

    text = _text(pdf)

    assert _pages(pdf) == 4, "three tickets, and the terms"
    for words in (
        "Jersey Live: Summer Sounds",
        "Saturday 18 July 2026",
        "19:30 BST (Europe/Jersey)",
        "Howard Davis Park",
        "Jane Doe",
        "General admission",
        "£15.00",
        "ORD-ABC123-01",
        "Ticket 1 of 3",
        "support@example.com",
    ):
        assert words in text
    assert "No re-entry." in _text(pdf, 3)
    assert "Harbour Arts" in _text(pdf, 3)


def test_long_terms_are_printed_in_full() -> None:
    terms = ("Bring your own chair, your own umbrella and your own friends to the park. " * 14)[
        :1000
    ]
    order, event = an_order(), an_event(terms=terms)
    for paper in Paper:
        pdf = render(order, event, tickets_for(order)[:1], a_brand(), paper=paper)
        printed = " ".join(" ".join(_text(pdf, n) for n in range(_pages(pdf))).split())

        assert " ".join(terms.split()) in printed, paper


LEFT_TO_RIGHT = ("Ելենա", "ელენე", "อลิซ", "王小明", "김민준", "अनुष्का")


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("name", LEFT_TO_RIGHT)
def test_text_in_mixed_scripts_can_be_extracted_unchanged(name: str, paper: Paper) -> None:
    """Each line begins and ends in different fonts, in colour."""
    kind = f"{name} {name} 42 (VIP) {name} with a seat near the stage"
    order = an_order(customer=Customer(name, "j@example.com"), lines=(a_line(description=kind),))
    event = an_event(name=f"{name} Live {name}", venue=f"{name} Hall", address=f"{name} Street 1")

    pdf = render(order, event, tickets_for(order)[:1], a_brand(), paper=paper)
    text = _text(pdf).replace("\n", "").replace(" ", "")

    for words in (
        kind,
        f"{name} Live {name}",
        f"{name} Hall",
        f"{name} Street 1",
        "Saturday 18 July 2026",
        "19:30 BST (Europe/Jersey)",
        "TICKET HOLDER",
        "TICKET TYPE",
        "PRICE",
        "£15.00",
        "ORD-ABC123-01",
        "Questions? support@example.com",
    ):
        assert words.replace(" ", "") in text


def test_arabic_letters_are_joined_and_run_right_to_left() -> None:
    """The last letter is leftmost and in its final form, shown by its position and width."""
    order = an_order(customer=Customer("محمد", "m@example.com"))
    with _opened(_pdf(order)) as pdf:
        page = pdf[0].get_textpage()
        found = page.get_text_bounded()
        first = found.index("م")
        boxes_of = [page.get_charbox(first + n) for n in range(4)]

    assert "محمد" in found
    lefts = [box[0] for box in boxes_of]
    assert lefts == sorted(lefts, reverse=True)


@pytest.mark.parametrize(
    ("name", "as_wide_as"),
    [("مُحَمَّد", "محمد"), ("क्\u200dष", "क्\u200dष"), ("می\u200cروم", "می\u200cروم")],
)
def test_marks_and_joiners_are_shaped_with_their_letters(name: str, as_wide_as: str) -> None:
    """As wide as HarfBuzz makes the whole word; torn apart, its letters have other forms."""
    fonts = fonts_for([name, "שרה"])
    about_it = About("", "", Language.ENGLISH, NOW)
    sheet = Sheet(Paper.A4, about_it, fonts)
    script = next(s for s in fonts.scripts if s.may_have([ord(name[0])]))
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(script.file)))
    letters = uharfbuzz.Buffer()
    letters.add_str(as_wide_as)
    letters.guess_segment_properties()
    uharfbuzz.shape(uharfbuzz.Font(face), letters)
    units = sum(position.x_advance for position in letters.glyph_positions)

    sheet.add_page("")
    width = sheet.measure(name, Style(10, Weight.BOLD, NAVY))
    sheet.output()  # closes the files of the fonts

    assert width / POINT == pytest.approx(10 * units / face.upem, abs=0.02)


def test_a_logo_is_embedded_once_with_alternative_text() -> None:
    order = an_order()
    look = look_of(an_organiser(name="Harbour Arts"), logo())

    pdf = render(order, an_event(), tickets_for(order), a_brand(), look)

    assert pdf.count(b"/Subtype /Image") == 1
    assert pdf.count(b"(Harbour Arts)") >= 3
    assert pdf.count(b"(QR code of ticket ORD-ABC123-02)") == 1


def test_the_pdf_outline_lists_the_tickets() -> None:
    with _opened(_pdf(an_order())) as pdf:
        listed = [entry.get_title() for entry in pdf.get_toc()]

    assert listed == ["ORD-ABC123-01", "ORD-ABC123-02", "ORD-ABC123-03"]
    assert b"/DisplayDocTitle true" in _pdf(an_order())
    assert b"/MarkInfo" in _pdf(an_order())


@pytest.mark.parametrize("paper", Paper)
def test_a_plain_ticket_has_its_code_and_all_details(paper: Paper) -> None:
    line = a_line(unit_price=Decimal("15.00"))
    order = an_order(lines=(line,), total=Money(Decimal("45.00"), "EUR"))
    said = common(order, an_event(terms="No re-entry."), a_brand(), Branding("Harbour Arts"))
    pdf = fallback_page.render(paper, about(order, said), said, each(order, tickets_for(order)))

    assert _codes(pdf) == [ticket.qr_text for ticket in tickets_for(order)]
    text = " ".join(_text(pdf).split())
    for words in (
        "ORD-ABC123-01",
        "Ticket 1 of 3",
        "Jersey Live: Summer Sounds",
        "Saturday 18 July 2026, 19:30 BST (Europe/Jersey)",
        "Howard Davis Park",
        "La Route de Saint-Clément",
        "Jane Doe, General admission, €15.00",
        "on behalf of Harbour Arts.",
        "support@example.com",
        "No re-entry.",
    ):
        assert words in text


def test_every_name_can_be_rendered_on_a_plain_ticket() -> None:
    for name in NAMES:
        order = an_order(customer=Customer(name, "j@example.com"), lines=(a_line(quantity=1),))
        event = an_event(name=name, venue=name, address=name, terms=name)
        said = common(order, event, a_brand(name=name, support=name), Branding(name))
        pdf = fallback_page.render(
            Paper.A6, about(order, said), said, each(order, tickets_for(order))
        )

        assert pdf.startswith(b"%PDF-")


@pytest.mark.parametrize("paper", Paper)
def test_a_failed_design_falls_back_to_plain_tickets(
    monkeypatch: pytest.MonkeyPatch, paper: Paper
) -> None:
    def no_fonts(_: object) -> None:
        raise OSError("/opt/python/secret-name.ttf")

    monkeypatch.setattr("ticketing.tickets.pdf.fonts_for", no_fonts)
    order = an_order()

    drawn = draw(order, an_event(), tickets_for(order), a_brand(), Branding(), paper)

    assert _codes(drawn.document) == [ticket.qr_text for ticket in tickets_for(order)]
    assert "OSError" in drawn.problem
    assert "secret-name" not in drawn.problem


@pytest.mark.slow
@pytest.mark.parametrize("paper", Paper)
def test_two_hundred_hostile_names_and_titles_can_be_rendered(paper: Paper) -> None:
    """Half of them on each paper format, in every free-text field."""
    texts = hostile_texts(200)
    assert len(set(texts)) == 200

    for text in texts[list(Paper).index(paper) :: 2]:
        order = an_order(
            customer=Customer(text, "jane@example.com"),
            lines=(a_line(quantity=1, description=text),),
        )
        event = an_event(name=text, venue=text, address=text, terms=text)
        pdf = render(order, event, tickets_for(order), a_brand(), Branding(text), paper)

        with _opened(pdf) as document:
            assert _read(_image(document, 0, THUMBNAIL_DPI)) == tickets_for(order)[0].qr_text, text


def test_a_long_name_is_truncated_with_an_ellipsis() -> None:
    text = _text(_pdf(an_order(customer=Customer("Jane " * 40, "jane@example.com"))))

    assert "Jane Jane" in text
    assert "…" in text


def test_only_other_european_letters_embed_the_larger_font() -> None:
    assert fonts_for(["Zoë £45 \u2013 Žofie"]).cut is Cut.LATIN
    assert fonts_for(["Zoë", "Иван"]).cut is Cut.EUROPEAN


def test_a_script_embeds_its_own_font_and_no_other() -> None:
    assert fonts_for(["Zoë", "Иван"]).scripts == ()
    assert [script.font for script in fonts_for(["שרה"]).scripts] == ["NotoSansHebrew-Bold"]
    assert [script.font for script in fonts_for(["王 김"]).scripts] == [
        "DroidSansFallback-Korean",
        "DroidSansFallback-Chinese",
    ]


def test_every_font_contains_the_letters_of_its_script() -> None:
    for script in SCRIPTS:
        with TTFont(script.file, lazy=True) as font:
            held = set(font.getBestCmap())
        for first, last in script.ranges:
            assert held & set(range(first, last + 1)), (script.font, hex(first))


def test_the_pdf_has_a_title_an_author_and_a_date() -> None:
    with _opened(_pdf(an_order())) as pdf:
        about = pdf.get_metadata_dict()

    assert about["Title"] == "Jersey Live: Summer Sounds - ORD-ABC123"
    assert about["Author"] == "Jersey Events"
    assert about["CreationDate"].startswith("D:20260601120000")
    assert b"/Lang (en-GB)" in _pdf(an_order())


def test_fonts_are_embedded_and_the_file_is_small() -> None:
    pdf = _pdf(an_order())

    assert pdf.count(b"/FontFile2") == 2
    assert len(pdf) < 30_000


@pytest.mark.slow
def test_the_same_order_gives_the_same_bytes_in_any_process() -> None:
    script = (
        "import hashlib, tests.tickets.test_pdf as t;"
        "print(hashlib.sha256(t._pdf(t.an_order())).hexdigest())"
    )

    assert _run(script, hash_seed="1") == hashlib.sha256(_pdf(an_order())).hexdigest()


def _run(script: str, hash_seed: str) -> str:
    paths = [path for path in sys.path if path]
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join([".", *paths])}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _pdf(order: Order) -> bytes:
    return render(order, an_event(), tickets_for(order), a_brand())


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def _codes(pdf: bytes) -> list[str | None]:
    with _opened(pdf) as document:
        return [_read(_image(document, page, PRINT_DPI)) for page in range(len(document))]


def _image(document: pypdfium2.PdfDocument, page: int, dpi: int) -> Image.Image:
    image: Image.Image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
    return image


def _read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    return found[0].text if len(found) == 1 else None


def _pages(pdf: bytes) -> int:
    with _opened(pdf) as document:
        return len(document)


def _text(pdf: bytes, page: int = 0) -> str:
    with _opened(pdf) as document:
        return str(document[page].get_textpage().get_text_bounded()).replace("\r\n", "\n")
