"""Parsing SumUp's lists: which lines may be ours, and which responses are invalid."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ticketing.adapters.sumup import fields, parsing
from ticketing.errors import UnreadableAnswer
from ticketing.reconciliation.statement import Entry, HistoryPage, Payout, order_number_of

# The example of SumUp's own document, with the fields its schema has besides.
ITEM: dict[str, Any] = {
    "transaction_code": "TEENSK4W2K",
    "amount": 10.1,
    "currency": "EUR",
    "timestamp": "2020-02-29T10:56:56.876Z",
    "status": "SUCCESSFUL",
    "payment_type": "ECOM",
    "transaction_id": "410fc44a-5956-44e1-b5cc-19c6f8d727a4",
    "type": "PAYMENT",
    "refunded_amount": 0,
    "product_summary": "Order ORD-7KX2MA",
}
ENTRY = Entry(
    id="410fc44a-5956-44e1-b5cc-19c6f8d727a4",
    kind="PAYMENT",
    status="SUCCESSFUL",
    amount=Decimal("10.1"),
    currency="EUR",
    at=datetime(2020, 2, 29, 10, 56, 56, 876000, tzinfo=UTC),
    code="TEENSK4W2K",
    payment_type="ECOM",
    summary="Order ORD-7KX2MA",
)
PAYOUT: dict[str, Any] = {
    "amount": 132.45,
    "currency": "EUR",
    "date": "2024-02-29",
    "fee": 3.12,
    "id": 123456789,
    "reference": "payout-2024-02-29",
    "status": "SUCCESSFUL",
    "transaction_code": "TEENSK4W2K",
    "type": "PAYOUT",
}


def page(*items: object, links: object = ()) -> HistoryPage:
    body = {"items": list(items), "links": list(links) if isinstance(links, tuple) else links}
    return parsing.history_page(json.dumps(body).encode())


def test_a_line_is_parsed_as_documented_by_sumup() -> None:
    assert page(ITEM) == HistoryPage((ENTRY,))


def test_a_line_may_name_its_transaction_id() -> None:
    other = {name: value for name, value in ITEM.items() if name != "transaction_id"}

    assert page(other | {"id": "tx-9"}).entries[0].id == "tx-9"


BAD_ITEMS: dict[str, dict[str, Any]] = {
    "no id": {"transaction_id": None},
    "no kind": {"type": None},
    "text for an amount": {"amount": "10.10"},
    "a number for a code": {"transaction_code": 5},
    "true for the refunded amount": {"refunded_amount": True},
}


@pytest.mark.parametrize("changes", BAD_ITEMS.values(), ids=BAD_ITEMS)
def test_an_invalid_line_makes_the_page_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        page(ITEM | changes)


def test_product_names_from_a_till_never_make_a_page_unreadable() -> None:
    odd = [ITEM | {"product_summary": text} for text in ("2 x Beer\n1 x Crisps", 5, None, "")]

    assert [line.may_be_ours for line in page(*odd).entries] == [False, False, True, True]


LINKS: dict[str, tuple[object, tuple[tuple[str, str], ...] | None]] = {
    "none": ((), None),
    "another relation": (({"rel": "prev", "href": "limit=10"},), None),
    "a query string": (
        ({"rel": "next", "href": "limit=10&oldest_ref=090df9bf&order=ascending"},),
        (("limit", "10"), ("oldest_ref", "090df9bf"), ("order", "ascending")),
    ),
    "a query string with a question mark": (
        ({"rel": "next", "href": "?limit=10&types%5B%5D=REFUND"},),
        (("limit", "10"), ("types[]", "REFUND")),
    ),
}


@pytest.mark.parametrize(("links", "following"), LINKS.values(), ids=LINKS)
def test_the_next_page_is_given_by_a_query_string(
    links: object, following: tuple[tuple[str, str], ...] | None
) -> None:
    assert page(links=links).following == following


@pytest.mark.parametrize(
    "href",
    ["https://example.com/?limit=1", "/v2.1/me?x=1", "nothing", "a=1&=2", "&".join(["a=1"] * 60)],
)
def test_a_link_to_another_address_is_not_followed(href: str) -> None:
    with pytest.raises(UnreadableAnswer):
        page(links=({"rel": "next", "href": href},))


@pytest.mark.parametrize("body", ["[]", "{}", '{"items": {}}', '{"items": [1]}', "<html>", ""])
def test_an_invalid_page_is_unreadable(body: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parsing.history_page(body.encode())


OURS: dict[str, tuple[dict[str, Any], bool]] = {
    "a checkout of ours": ({}, True),
    "a till": ({"payment_type": "POS"}, False),
    "cash": ({"payment_type": "CASH"}, False),
    "somebody's shop": ({"product_summary": "Basket 1234"}, False),
    "an order, and more": ({"product_summary": "Order ORD-7KX2MA again"}, False),
    "without a description": ({"product_summary": None}, True),
    "another online payment": ({"payment_type": "APM"}, True),
    "a payment without a type": ({"payment_type": None}, True),
}


@pytest.mark.parametrize(("changes", "ours"), OURS.values(), ids=OURS)
def test_unrelated_sales_are_recognised_by_their_line(
    changes: dict[str, Any], *, ours: bool
) -> None:
    assert page(ITEM | changes).entries[0].may_be_ours is ours


WENT_BACK: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "paid": ({}, True, False),
    "paid out": ({"status": "PAID_OUT"}, True, False),
    "failed": ({"status": "FAILED"}, False, False),
    "a part refunded": ({"refunded_amount": 0.01}, True, True),
    "refunded according to its status": ({"status": "REFUNDED"}, True, True),
    "charged back": ({"status": "CHARGE_BACK"}, True, True),
    "a refund": ({"type": "REFUND"}, False, True),
}


@pytest.mark.parametrize(("changes", "took", "back"), WENT_BACK.values(), ids=WENT_BACK)
def test_successful_payments_are_recognised_by_their_line(
    changes: dict[str, Any], *, took: bool, back: bool
) -> None:
    (line,) = page(ITEM | changes).entries

    assert (line.took_money, line.went_back) == (took, back)


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("ORD-7KX2MA-1", "ORD-7KX2MA"),
        ("ORD-7KX2MA-12", "ORD-7KX2MA"),
        ("ORD-7KX2MA", "ORD-7KX2MA"),
        ("ORD-7KX2MA-0", None),
        ("ORD-7KX2MA-1-2", None),
        ("basket 7", None),
        ("", None),
        (None, None),
    ],
)
def test_a_reference_names_its_order(reference: str | None, number: str | None) -> None:
    assert order_number_of(reference) == number


def test_a_payout_is_parsed_as_documented_by_sumup() -> None:
    (found,) = parsing.payouts(json.dumps([PAYOUT]).encode())

    assert found == Payout(
        id="123456789",
        kind="PAYOUT",
        amount=Decimal("132.45"),
        fee=Decimal("3.12"),
        currency="EUR",
        on=date(2024, 2, 29),
        succeeded=True,
        reference="payout-2024-02-29",
        code="TEENSK4W2K",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": None},
        {"fee": "0"},
        {"date": "yesterday"},
        {"transaction_code": None},
        {"id": None},
    ],
    ids=str,
)
def test_an_invalid_payout_makes_the_list_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        parsing.payouts(json.dumps([PAYOUT | changes]).encode())


def test_the_list_of_payouts_may_be_longer_than_other_responses() -> None:
    many = json.dumps([PAYOUT] * 9999).encode()
    assert fields.MAX_BODY < len(many) < parsing.MAX_LIST

    assert len(parsing.payouts(many)) == 9999
    with pytest.raises(UnreadableAnswer):
        parsing.payouts(b" " * (parsing.MAX_LIST + 1))


def test_the_events_of_a_transaction_are_parsed_individually() -> None:
    body = {
        "id": "tx-1",
        "status": "SUCCESSFUL",
        "foreign_transaction_id": "ORD-7KX2MA-1",
        "timestamp": "2026-06-01T12:00:00Z",
        "transaction_events": [
            {"event_type": "PAYOUT", "status": "SCHEDULED", "amount": 45},
            {
                "event_type": "REFUND",
                "status": "REFUNDED",
                "amount": 12.5,
                "timestamp": "2026-06-01T13:00:00Z",
            },
            {"event_type": "CHARGE_BACK", "status": "PENDING", "date": "2026-06-02"},
        ],
    }

    found = parsing.transaction(json.dumps(body).encode())

    assert (found.reference, found.at) == ("ORD-7KX2MA-1", datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert [(e.kind, e.status, e.amount, e.at) for e in found.events] == [
        ("REFUND", "REFUNDED", Decimal("12.5"), datetime(2026, 6, 1, 13, tzinfo=UTC)),
        ("CHARGE_BACK", "PENDING", None, datetime(2026, 6, 2, tzinfo=UTC)),
    ]
