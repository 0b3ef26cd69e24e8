"""The list of guests: who is on it, in which order, and what its CSV and PDF look like."""

import csv
import io
from dataclasses import replace

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import pytest

from tests.support.builders import NOW, a_brand, a_line, an_event, an_order, tickets_for
from ticketing.orders.order import Customer, Origin
from ticketing.reports import guest_csv, guest_pdf
from ticketing.reports.guest_list import GuestList, guest_list
from ticketing.tickets.holders import folded
from ticketing.tickets.ticket import Ticket, TicketStatus


def a_ticket(holder: str = "Jane Doe", number: str = "ORD-ABC123", **changes: object) -> Ticket:
    order = an_order(
        order_number=number,
        customer=Customer(holder, "jane@example.com"),
        lines=(a_line(quantity=1),),
    )
    return replace(tickets_for(order)[0], **changes)  # type: ignore[arg-type]  # of any field


def listed(*tickets: Ticket, unreadable: tuple[str, ...] = ()) -> GuestList:
    return guest_list(an_event(), tickets, unreadable, NOW)


@pytest.mark.parametrize(
    ("name", "sorted_by"),
    [
        ("Élodie ÅNGSTRÖM", "elodie angstrom"),
        ("O\u2019Brien", "o brien"),
        ("O'Brien", "o brien"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Große", "grosse"),
        ("Æsa Þór", "aesa thor"),
        ("अनिता", "अनिता"),
        ("=1+1", "1 1"),
    ],
)
def test_accents_capitals_and_signs_make_no_difference(name: str, sorted_by: str) -> None:
    assert folded(name) == sorted_by


def test_guests_are_by_name_and_then_by_order() -> None:
    found = listed(
        a_ticket("zoe"),
        a_ticket("Élise", "ORD-BBB222"),
        a_ticket("elise", "ORD-AAA111"),
        a_ticket("Adam"),
    )

    assert [g.name for g in found.guests] == ["Adam", "elise", "Élise", "zoe"]


def test_a_ticket_that_was_issued_anew_is_one_guest_and_none_too_few() -> None:
    replaced = a_ticket(status=TicketStatus.VOID, replaced_by="ORD-ABC123-01-R1")
    new = a_ticket(ticket_id="ORD-ABC123-01-R1", replaces="ORD-ABC123-01", holder="Ben Vibert")

    found = listed(replaced, new)

    assert [(g.name, g.ticket_id) for g in found.guests] == [("Ben Vibert", "ORD-ABC123-01-R1")]
    assert found.void == 0


def test_void_tickets_are_counted_and_not_listed() -> None:
    found = listed(
        a_ticket("Void", status=TicketStatus.VOID),
        a_ticket("Inside", admits=4, left=1),
        a_ticket("Outside"),
    )

    assert [(g.name, g.is_in) for g in found.guests] == [("Inside", True), ("Outside", False)]
    assert (found.void, found.people) == (1, 5)


def test_the_csv_has_no_formulas_no_addresses_and_names_what_is_missing() -> None:
    made = guest_csv.sheet(listed(a_ticket("=HYPERLINK(1)"), unreadable=("ticket X: it lacks y",)))

    assert made.startswith(b"\xef\xbb\xbfname,ticket,type,admits,order,scanned,origin,remark\r\n")
    assert b"@" not in made
    guest, missing = csv.DictReader(io.StringIO(made.decode("utf-8-sig")))
    assert guest == {
        "name": "'=HYPERLINK(1)",
        "ticket": "ORD-ABC123-01",
        "type": "General admission",
        "admits": "1",
        "order": "ORD-ABC123",
        "scanned": "",
        "origin": "",
        "remark": "",
    }
    assert missing["remark"] == "cannot be read: ticket X: it lacks y"


def test_complimentary_tickets_are_told_apart() -> None:
    found = listed(a_ticket("Press", origin=Origin.GIVEN), a_ticket("Buyer"))

    assert "2 tickets for 2 people · 1 complimentary ·" in pages(
        guest_pdf.document(found, a_brand())
    )[0].replace("\r\n", " ")

    rows = csv.DictReader(io.StringIO(guest_csv.sheet(found).decode("utf-8-sig")))
    assert [(row["name"], row["origin"]) for row in rows] == [("Buyer", ""), ("Press", "given")]


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_the_pdf_has_all_guests_on_numbered_pages_with_the_same_head() -> None:
    found = listed(
        *(a_ticket(f"Guest {n:03}", f"ORD-AAA{n:03}") for n in range(70)),
        unreadable=("ticket ORD-X-01: it lacks holder",),
    )
    made = guest_pdf.document(found, a_brand())

    texts = pages(made)
    assert made == guest_pdf.document(found, a_brand()), "the same bytes"
    assert len(texts) == 4
    for number, text in enumerate(texts, 1):
        assert f"page {number} of 4" in text
    for text in texts[:3]:
        assert "Jersey Live: Summer Sounds" in text
        assert "70 tickets for 70 people" in text
        assert "1 could not be read, see the last page" in text
    assert "ticket ORD-X-01: it lacks holder" in texts[3]
    whole = "".join(texts)
    assert all(whole.count(f"ORD-AAA{n:03}-01") == 1 for n in range(70))
    assert "jane@example.com" not in whole


def test_names_of_every_script_are_printed() -> None:
    names = ["Zoë Ångström", "Дмитрий Иванов", "王小明", "김민준", "สมชาย ใจดี", "Ελένη"]
    (text,) = pages(guest_pdf.document(listed(*map(a_ticket, names)), a_brand()))

    assert [name for name in names if name.replace(" ", "") not in text.replace(" ", "")] == []
    assert "?" not in text


def test_a_name_of_any_length_stays_in_its_column() -> None:
    (text,) = pages(guest_pdf.document(listed(a_ticket("W" * 80)), a_brand()))

    assert "W…" in text
    assert "ORD-ABC123-01" in text


def test_without_guests_there_is_a_page_that_says_so() -> None:
    (text,) = pages(guest_pdf.document(listed(), a_brand()))

    assert "There are no valid tickets." in text
    assert "page 1 of 1" in text
