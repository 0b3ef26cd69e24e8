"""Transactions: how they are found, what a refund changes, and how the history is paged."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.sumup.control import Simulator
from tests.local.sumup.caller import Answer, Caller

# The body of a refund of a payment of 45, the status, and where the reason stands.
REFUNDS: dict[str, tuple[dict[str, object] | None, int, str]] = {
    "all": (None, 201, ""),
    "all, said so": ({"amount": 45}, 201, ""),
    "a part": ({"amount": Decimal("12.50")}, 201, ""),
    "too much": ({"amount": Decimal("45.01")}, 422, "unprocessable-entity"),
    "nothing": ({"amount": 0}, 400, "bad-request"),
    "a negative amount": ({"amount": -1}, 400, "bad-request"),
    "text": ({"amount": "45"}, 400, "bad-request"),
}

FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all": ({}, ["PAYMENT", "PAYMENT", "PAYMENT", "REFUND"]),
    "payments": ({"types[]": "PAYMENT"}, ["PAYMENT"] * 3),
    "refunds": ({"types[]": "REFUND"}, ["REFUND"]),
    "both": ({"types[]": ["PAYMENT", "REFUND"]}, ["PAYMENT"] * 3 + ["REFUND"]),
    "failed": ({"statuses[]": "FAILED"}, ["PAYMENT"] * 2),
    "refunded": ({"statuses[]": "REFUNDED"}, ["PAYMENT", "REFUND"]),
    "newest first": ({"order": "descending"}, ["REFUND"] + ["PAYMENT"] * 3),
    "in the past": ({"newest_time": "2001-01-01T00:00:00Z"}, []),
    "since then": ({"oldest_time": "2001-01-01T00:00:00Z", "limit": 1}, ["PAYMENT"]),
    "changed since": ({"changes_since": "2001-01-01T00:00:00Z", "limit": 2}, ["PAYMENT"] * 2),
    "online": ({"payment_types[]": "ECOM"}, ["PAYMENT"] * 3 + ["REFUND"]),
    "by phone": ({"entry_modes[]": "APPLE_PAY"}, []),
}

BAD_QUERIES: list[dict[str, str]] = [
    {"limit": "0"},
    {"limit": "many"},
    {"order": "sideways"},
    {"statuses[]": "LOST"},
    {"types[]": "GIFT"},
    {"oldest_time": "yesterday"},
]


def history(shop: Caller, query: dict[str, Any] | str | None = None) -> Answer:
    path = f"/v2.1/merchants/{shop.merchant_code}/transactions/history"
    return shop.call("GET", path, query=query)


def transaction(shop: Caller, **query: str) -> Answer:
    return shop.call("GET", f"/v2.1/merchants/{shop.merchant_code}/transactions", query=query)


def refund(shop: Caller, payment: str, body: object = None) -> Answer:
    path = f"/v1.0/merchants/{shop.merchant_code}/payments/{payment}/refunds"
    return shop.call("POST", path, body)


@pytest.fixture
def paid(simulator: Simulator, shop: Caller) -> dict[str, Any]:
    """A checkout of 45 that was declined once and then paid, and a declined one."""
    simulator.decline(shop.created(checkout_reference="declined", description="Not today"))
    one = shop.created(description="Three tickets")
    simulator.decline(one)
    return simulator.pay(one)


def test_a_transaction_is_found_by_each_of_its_identifiers(
    shop: Caller, paid: dict[str, Any]
) -> None:
    by_id = transaction(shop, id=paid["transaction_id"])
    names = {
        "transaction_code": paid["transaction_code"],
        "foreign_transaction_id": "ORD-1",
        "client_transaction_id": by_id.body["client_transaction_id"],
    }

    assert by_id.status == 200
    assert by_id.body["product_summary"] == "Three tickets"
    assert by_id.body["amount"] == 45
    for name, value in names.items():
        assert transaction(shop, **{name: value}).body["id"] == paid["transaction_id"]


def test_a_transaction_is_not_found_by_another_identifier_or_merchant(
    shop: Caller, stranger: Caller, paid: dict[str, Any]
) -> None:
    assert transaction(shop, id="nothing").status == 404
    assert transaction(shop).status == 404
    assert transaction(stranger, id=paid["transaction_id"]).status == 404
    stranger.merchant_code = shop.merchant_code
    assert transaction(stranger, id=paid["transaction_id"]).status == 404


@pytest.mark.parametrize(("body", "status", "problem"), REFUNDS.values(), ids=REFUNDS)
def test_a_refund_cannot_exceed_the_payment(
    shop: Caller, paid: dict[str, Any], body: object, status: int, problem: str
) -> None:
    answer = refund(shop, paid["transaction_id"], body)

    assert answer.status == status
    if problem:
        assert answer.body["type"].endswith(f"/{problem}")
        assert answer.raw.headers["content-type"] == "application/problem+json"
    else:
        assert answer.body == {}


def test_partial_refunds_cannot_exceed_the_payment(shop: Caller, paid: dict[str, Any]) -> None:
    payment = paid["transaction_id"]
    wanted = [{"amount": 20}, {"amount": Decimal("25.01")}, None, None, {"amount": 1}]

    statuses = [refund(shop, payment, body).status for body in wanted]

    assert statuses == [201, 422, 201, 409, 409]


def test_an_unpaid_transaction_cannot_be_refunded(shop: Caller, paid: dict[str, Any]) -> None:
    failed = paid["transactions"][0]["id"]

    assert refund(shop, failed).status == 409
    assert refund(shop, "nothing").status == 404


def test_a_refund_appears_only_in_events_and_history(shop: Caller, paid: dict[str, Any]) -> None:
    """A checkout stays PAID and its transaction SUCCESSFUL, as seen in SumUp's sandbox."""
    refund(shop, paid["transaction_id"], {"amount": Decimal("12.50")})

    found = transaction(shop, id=paid["transaction_id"]).body
    events = [(e["event_type"], e["status"], e["amount"]) for e in found["transaction_events"]]
    line = next(
        i for i in history(shop).body["items"] if i["transaction_id"] == paid["transaction_id"]
    )
    assert shop.checkout(paid["id"]).body["status"] == "PAID"
    assert (found["status"], found["simple_status"]) == ("SUCCESSFUL", "SUCCESSFUL")
    assert events == [("PAYOUT", "SCHEDULED", 45), ("REFUND", "REFUNDED", Decimal("12.5"))]
    assert line["refunded_amount"] == Decimal("12.5")


def test_a_chargeback_appears_as_a_chargeback(
    simulator: Simulator, shop: Caller, paid: dict[str, Any]
) -> None:
    simulator.chargeback(paid["id"])

    found = transaction(shop, id=paid["transaction_id"]).body
    assert found["simple_status"] == "CHARGEBACK"
    assert found["transaction_events"][-1]["event_type"] == "CHARGE_BACK"
    assert history(shop, {"types[]": "CHARGE_BACK"}).body["items"][0]["amount"] == 45
    assert refund(shop, paid["transaction_id"]).status == 409


@pytest.mark.parametrize(("query", "kinds"), FILTERS.values(), ids=FILTERS)
def test_the_history_can_be_filtered(
    shop: Caller, paid: dict[str, Any], query: dict[str, Any], kinds: list[str]
) -> None:
    refund(shop, paid["transaction_id"], {"amount": 1})

    answer = history(shop, query)

    # Three attempts: one of the other checkout, two of this one; the refund comes last.
    assert answer.status == 200
    assert [item["type"] for item in answer.body["items"]] == kinds


@pytest.mark.parametrize("query", BAD_QUERIES, ids=str)
def test_an_invalid_filter_is_refused(shop: Caller, query: dict[str, str]) -> None:
    answer = history(shop, query)

    assert (answer.status, answer.body["error_code"]) == (400, "INVALID")


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_pages_contain_each_transaction_once(
    simulator: Simulator, shop: Caller, order: str
) -> None:
    for number in range(23):
        simulator.pay(shop.created(checkout_reference=f"ORD-{number}"))
    seen: list[str] = []
    query: str | None = f"order={order}"
    pages = 0

    while query:
        page = history(shop, query).body
        seen += [item["transaction_id"] for item in page["items"]]
        query = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        pages += 1

    assert (len(seen), len(set(seen)), pages) == (23, 23, 3)


def test_a_pending_payment_is_not_in_the_history(simulator: Simulator, shop: Caller) -> None:
    simulator.start(shop.created())

    assert history(shop).body == {"items": [], "links": []}


def test_a_point_of_sale_payment_is_in_the_same_history(simulator: Simulator, shop: Caller) -> None:
    sold = simulator.sell(shop.merchant_code, Decimal("4.50"))

    (line,) = history(shop).body["items"]
    found = transaction(shop, id=sold["id"]).body
    assert (line["payment_type"], line["product_summary"]) == ("POS", "Bar")
    assert (found["amount"], found.get("foreign_transaction_id")) == (Decimal("4.5"), None)
    assert simulator.checkouts() == []


def payouts(shop: Caller, first: date, last: date, **query: object) -> Answer:
    days = {"start_date": f"{first}", "end_date": f"{last}"}
    return shop.call("GET", f"/v1.0/merchants/{shop.merchant_code}/payouts", query=days | query)


def test_sales_are_paid_out_after_two_days_less_refunds(shop: Caller, paid: dict[str, Any]) -> None:
    refund(shop, paid["transaction_id"], {"amount": Decimal("12.50")})
    today = datetime.now(UTC).date()

    found = payouts(shop, today, today + timedelta(days=3)).body

    assert [(one["type"], one["amount"], one["fee"]) for one in found] == [
        ("PAYOUT", 45, Decimal("1.12")),
        ("REFUND_DEDUCTION", Decimal("12.5"), 0),
    ]
    assert {one["transaction_code"] for one in found} == {paid["transaction_code"]}
    assert payouts(shop, today - timedelta(days=9), today).body == []
    newest_first = payouts(shop, today, today + timedelta(days=3), order="desc", limit=1).body
    assert [one["type"] for one in newest_first] == ["REFUND_DEDUCTION"]


@pytest.mark.parametrize("limit", ["0", "10000", "many"])
def test_an_invalid_payout_limit_is_refused(shop: Caller, limit: str) -> None:
    today = datetime.now(UTC).date()

    assert payouts(shop, today, today, limit=limit).status == 400
