"""Every request the client sends is allowed by SumUp's own OpenAPI document.

The token endpoint is missing here because it is missing there: see SumUp's OAuth page.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.local.sumup.openapi import validate_request
from ticketing.adapters.sumup.client import SumUp
from ticketing.money import Money

SUMUP = "https://api.sumup.com"
ID = "4e425463-3e1b-431d-83fa-1e51c2925e99"
CHECKOUTS = f"{SUMUP}/v0.1/checkouts"
TRANSACTIONS = f"{SUMUP}/v2.1/merchants/MH4H92C7/transactions"
MERCHANT = {"merchant_code": "MH4H92C7", "default_currency": "GBP"}
ANSWER = {"id": ID, "status": "PENDING"}

Ask = Callable[[SumUp], object]


def create(amount: str, currency: str, **urls: str) -> Ask:
    def ask(client: SumUp) -> object:
        return client.create_checkout(
            "token",
            reference="ORD-ABC123-1-f00a8f74",
            total=Money(Decimal(amount), currency),
            merchant_code="MH4H92C7",
            description="3 tickets for “Summer Sounds”",
            valid_until=datetime(2026, 6, 1, 14, 0, tzinfo=UTC),
            return_url=urls.get("return_url"),
            redirect_url=urls.get("redirect_url"),
        )

    return ask


REQUESTS: dict[str, Ask] = {
    "get": lambda client: client.get_checkout("token", ID),
    "find": lambda client: client.find_checkouts("token", "ORD-ABC123-1"),
    "deactivate": lambda client: client.deactivate_checkout("token", ID),
    "memberships": lambda client: client.memberships("token"),
    "merchant": lambda client: client.merchant("token", "MH4H92C7"),
    "transaction": lambda client: client.get_transaction("token", "MH4H92C7", ID),
    "transaction by its code": lambda client: client.find_transaction(
        "token", "MH4H92C7", "TEENSK4W2K"
    ),
    "history": lambda client: client.history_page(
        "token",
        "MH4H92C7",
        [
            ("order", "ascending"),
            ("limit", "100"),
            ("changes_since", "2026-06-01T00:00:00.000Z"),
            ("newest_time", "2026-06-02T00:00:00.000Z"),
        ],
    ),
    "payouts": lambda client: client.payouts(
        "token", "MH4H92C7", date(2026, 6, 1), date(2026, 6, 1)
    ),
    "create": create("45.00", "GBP"),
    "create, in pesos": create("5000", "CLP"),
    "create, with addresses": create(
        "10.10",
        "EUR",
        return_url="https://api.example.com/webhooks/sumup",
        redirect_url="https://tickets.example.com/done?order=ORD-ABC123",
    ),
}


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS)
def test_the_request_matches_the_openapi_document_of_sumup(ask: Ask) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(f"{CHECKOUTS}/{ID}", json=ANSWER)
        mocked.delete(f"{CHECKOUTS}/{ID}", json=ANSWER | {"status": "EXPIRED"})
        mocked.get(CHECKOUTS, json=[ANSWER])
        mocked.post(CHECKOUTS, json=ANSWER, status=201)
        mocked.get(TRANSACTIONS, json=ANSWER | {"transaction_code": "TEENSK4W2K"})
        mocked.get(f"{TRANSACTIONS}/history", json={"items": []})
        mocked.get(f"{SUMUP}/v1.0/merchants/MH4H92C7/payouts", json=[])
        mocked.get(f"{SUMUP}/v0.1/memberships", json={"items": []})
        mocked.get(f"{SUMUP}/v1/merchants/MH4H92C7", json=MERCHANT)
        ask(SumUp(SUMUP, "our-client", "our-secret"))

        request = mocked.calls[0].request
    url = urlsplit(str(request.url))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    validate_request(str(request.method), url.path, request.body, query)
