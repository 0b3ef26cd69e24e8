"""Reports of a day: a sheet without formulas, a self-contained page, lines of a mail."""

# ruff: noqa: ANN401 - a change may be of any field

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.reconciliation.test_compare import (
    BUSINESS_DAY,
    EUROS,
    a_pair,
    charged,
    compared,
    of,
    paid,
    provider_payment,
    refunded,
    unaccepted,
)
from tests.support.builders import a_brand
from ticketing.reconciliation.compare import reconcile
from ticketing.reconciliation.consequences import Policies
from ticketing.reconciliation.csv_report import COLUMNS, sheet
from ticketing.reconciliation.day import Day, as_text, finding_as_text
from ticketing.reconciliation.findings import Kind
from ticketing.reconciliation.html_report import TITLES, page
from ticketing.reconciliation.statement import Payout
from ticketing.spreadsheet import harmless

RESULT = reconcile(
    [
        a_pair(),
        a_pair(theirs=None),
        replace(a_pair(theirs=provider_payment(amount=EUROS)), order_number="ORD-EUROS1"),
        of(paid(), refunded("12.50")),
        of(paid(), charged()),
        unaccepted(None),
    ],
    (),
    [Payout("1", "PAYOUT", Decimal("45.00"), Decimal("1.13"), "GBP", date(2026, 6, 1),
            succeeded=True, reference="payout-1", code="TAAA1")],
    BUSINESS_DAY,
    Policies(),
)  # fmt: skip
MADE = datetime(2026, 6, 2, 3, 40, tzinfo=UTC)


def a_day(**changes: Any) -> Day:
    day = Day("jersey-live", "Jersey Live Ltd", date(2026, 6, 1), MADE, RESULT)
    return replace(day, **changes)


def rows(day: Day) -> list[dict[str, str]]:
    text = sheet(day).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_sheet_has_a_row_for_every_item() -> None:
    lines = [row["line"] for row in rows(a_day())]

    assert lines == ["payment"] * 6 + ["finding"] * 5 + ["payout"] + ["sum"] * 5


def test_the_sheet_contains_plain_numbers_and_iso_dates() -> None:
    payments = [row for row in rows(a_day()) if row["line"] == "payment"]

    assert {row["day"] for row in payments} == {"2026-06-01"}
    assert {row["at"] for row in payments} == {"2026-06-01T12:00:00+00:00"}
    assert payments[0]["ours"] == payments[0]["theirs"] == "45.00"
    assert [row["refunded"] for row in payments] == ["0", "0", "0", "12.50", "0", "0"]
    differences = {row["kind"]: row["difference"] for row in rows(a_day()) if row["kind"]}
    assert differences["order_without_money"] == "-45.00"
    assert differences["money_without_order"] == "45.00"
    assert differences["amount_differs"] == "", "euros less pounds is no number"


def test_the_sheet_has_a_bom_and_crlf_line_endings_for_excel() -> None:
    body = sheet(a_day())

    assert body.startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    assert body.endswith(b"\r\n")


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://example.com")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"],  # noqa: RUF001 - as somebody might write it
)
def test_no_text_becomes_a_formula(text: str) -> None:
    evil = replace(a_pair(), transaction_id=text, order_number=text)
    result = compared(replace(evil, ours=None))
    cells = [cell for row in rows(a_day(result=result, organiser_id=text)) for cell in row.values()]

    assert harmless(text) == f"'{text}"
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "\n", "＝"))]  # noqa: RUF001 - as above
    numbers = [cell for cell in cells if cell.startswith("-")]
    assert all(re.fullmatch(r"-\d+(\.\d+)?", cell) for cell in numbers)


def test_plain_text_is_unchanged() -> None:
    assert [harmless(text) for text in ("ORD-ABC123", "", None)] == ["ORD-ABC123", "", ""]


class Tags(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "day",
    [
        a_day(),
        a_day(result=compared(a_pair())),
        a_day(result=compared()),
        a_day(payouts_told=False),
    ],
    ids=["findings", "clean", "nothing", "no payouts"],
)
def test_the_page_is_complete_and_self_contained(day: Day) -> None:
    text = page(day, a_brand()).decode()
    tags = Tags(text)

    assert (tags.open, tags.links) == ([], [])
    assert "script" not in tags.tags
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert tags.tags.count("article") == len(day.findings)


def test_external_text_is_escaped() -> None:
    evil = replace(a_pair(), transaction_id="<img src=x>", ours=None, order_number="<b>")
    result = compared(replace(evil, theirs=provider_payment(code="<script>alert(1)</script>")))

    text = page(a_day(result=result, name="<i>Live</i>"), a_brand()).decode()

    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "<b>" not in text
    assert "<i>" not in text


def test_the_page_shows_its_creation_time_in_the_local_time_zone() -> None:
    text = page(a_day(), a_brand()).decode()

    assert "2026-06-02 04:40" in text
    assert "Jersey Live Ltd" in text
    assert "Fees of this day" in text
    assert "£1.13" in text


def test_every_kind_of_finding_has_a_title() -> None:
    assert set(TITLES) == set(Kind)


def test_a_day_is_summarised_as_lines_of_a_mail() -> None:
    words = "\n".join(as_text(a_day(reports=("reconciliation/x.html",))))

    assert words.startswith("2026-06-01  Jersey Live Ltd (jersey-live): 5 to look at")
    assert "GBP: SumUp 4 payments, £180.00; we 5, £225.00" in words
    assert "refunded £12.50, charged back £45.00" in words
    assert "report: reconciliation/x.html" in words


def test_an_unknown_day_says_why_and_has_no_totals() -> None:
    day = a_day(result=None, problem="no answer in time")

    assert list(as_text(day)) == [
        "2026-06-01  Jersey Live Ltd (jersey-live): unknown. no answer in time"
    ]
    assert (day.state, day.findings, day.as_json["totals"]) == ("unknown", (), [])


def test_a_finding_is_one_line() -> None:
    found = RESULT.findings[0]

    assert finding_as_text(a_day(), found) == (
        "2026-06-01  jersey-live  order_without_money: ORD-ABC123, £45.00, transaction TAAA1. "
        "The order is completed, and SumUp shows no successful payment of it. (a person decides)"
    )
