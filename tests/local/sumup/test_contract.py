"""The simulator against SumUp's own words: its official SDK, and its OpenAPI file."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sumup import Sumup  # type: ignore[import-untyped]
from sumup.errors import APIError  # type: ignore[import-untyped]

from local.sumup.control import Simulator
from tests.local.sumup.caller import Answer, Caller
from tests.local.sumup.openapi import (
    OpenAPIError,
    documented,
    validate_request,
    validate_response,
)

CHECKOUTS, CHECKOUT = "/v0.1/checkouts", "/v0.1/checkouts/{checkout_id}"
MERCHANT = "/v1/merchants/{merchant_code}"
MEMBERSHIPS = "/v0.1/memberships"
REFUNDS = "/v1.0/merchants/{merchant_code}/payments/{transaction_id}/refunds"
TRANSACTIONS = "/v2.1/merchants/{merchant_code}/transactions"
HISTORY = f"{TRANSACTIONS}/history"
PAYOUTS = "/v1.0/merchants/{merchant_code}/payouts"
SOME_DAYS = {"start_date": "2001-01-01", "end_date": "2101-01-01"}

# How each operation is brought to each of its documented answers: the body or the query, the
# placeholders of the path that are not the usual ones, and the token if it is not the usual one.
Case = tuple[str, str, int, dict[str, Any]]
CASES: list[Case] = [
    ("POST", CHECKOUTS, 201, {"order": {"checkout_reference": "new"}}),
    (
        "POST",
        CHECKOUTS,
        201,
        {
            "order": {
                "checkout_reference": "n2",
                "valid_until": "2031-01-01T00:00:00Z",
                "return_url": "http://localhost/hook",
                "redirect_url": "http://localhost/",
                "description": "Two tickets",
                "hosted_checkout": {"enabled": True},
            }
        },
    ),
    ("POST", CHECKOUTS, 400, {"order": {"amount": None, "checkout_reference": "new"}}),
    ("POST", CHECKOUTS, 401, {"order": {}, "token": "wrong"}),
    ("POST", CHECKOUTS, 403, {"order": {}, "token": "poor"}),
    ("POST", CHECKOUTS, 409, {"order": {"checkout_reference": "pending"}}),
    ("GET", CHECKOUTS, 200, {}),
    ("GET", CHECKOUTS, 200, {"query": {"checkout_reference": "pending"}}),
    ("GET", CHECKOUTS, 401, {"token": "wrong"}),
    ("GET", CHECKOUT, 200, {"checkout_id": "pending"}),
    ("GET", CHECKOUT, 200, {"checkout_id": "paid"}),
    ("GET", CHECKOUT, 200, {"checkout_id": "failed"}),
    ("GET", CHECKOUT, 200, {"checkout_id": "started"}),
    ("GET", CHECKOUT, 200, {"checkout_id": "expired"}),
    ("GET", CHECKOUT, 401, {"checkout_id": "paid", "token": "wrong"}),
    ("GET", CHECKOUT, 404, {"checkout_id": "unknown"}),
    ("PATCH", CHECKOUT, 200, {"checkout_id": "pending", "body": {"amount": Decimal("46.5")}}),
    ("PATCH", CHECKOUT, 401, {"checkout_id": "pending", "body": {}, "token": "wrong"}),
    ("PATCH", CHECKOUT, 404, {"checkout_id": "unknown", "body": {}}),
    ("DELETE", CHECKOUT, 200, {"checkout_id": "failed"}),
    ("DELETE", CHECKOUT, 401, {"checkout_id": "failed", "token": "wrong"}),
    ("DELETE", CHECKOUT, 404, {"checkout_id": "unknown"}),
    ("DELETE", CHECKOUT, 409, {"checkout_id": "paid"}),
    ("DELETE", CHECKOUT, 409, {"checkout_id": "started"}),
    ("GET", MERCHANT, 200, {}),
    ("GET", MERCHANT, 404, {"merchant_code": "MUNKNOWN"}),
    ("GET", MEMBERSHIPS, 200, {}),
    ("GET", MEMBERSHIPS, 400, {"query": {"limit": 26}}),
    ("GET", MEMBERSHIPS, 401, {"token": "wrong"}),
    ("GET", TRANSACTIONS, 200, {"query": {"foreign_transaction_id": "paid"}}),
    ("GET", TRANSACTIONS, 200, {"query": {"foreign_transaction_id": "refunded"}}),
    ("GET", TRANSACTIONS, 200, {"query": {"foreign_transaction_id": "charged_back"}}),
    ("GET", TRANSACTIONS, 200, {"query": {"foreign_transaction_id": "failed"}}),
    ("GET", TRANSACTIONS, 401, {"token": "wrong"}),
    ("GET", TRANSACTIONS, 404, {"query": {"id": "unknown"}}),
    ("GET", HISTORY, 200, {}),
    ("GET", HISTORY, 200, {"query": {"limit": 1}}),
    ("GET", HISTORY, 400, {"query": {"limit": 0}}),
    ("GET", HISTORY, 401, {"token": "wrong"}),
    ("GET", PAYOUTS, 200, {"query": SOME_DAYS}),
    ("GET", PAYOUTS, 200, {"query": SOME_DAYS | {"order": "desc", "limit": 1}}),
    ("GET", PAYOUTS, 400, {"query": {"end_date": "2026-06-01"}}),
    ("GET", PAYOUTS, 400, {"query": {"start_date": "2026-06-02", "end_date": "2026-06-01"}}),
    ("GET", PAYOUTS, 401, {"query": SOME_DAYS, "token": "wrong"}),
    ("POST", REFUNDS, 201, {"transaction_id": "paid"}),
    ("POST", REFUNDS, 201, {"transaction_id": "paid", "body": {"amount": Decimal("1.5")}}),
    ("POST", REFUNDS, 400, {"transaction_id": "paid", "body": {"amount": 0}}),
    ("POST", REFUNDS, 403, {"transaction_id": "paid", "token": "poor"}),
    ("POST", REFUNDS, 404, {"transaction_id": "unknown"}),
    ("POST", REFUNDS, 409, {"transaction_id": "refunded"}),
    ("POST", REFUNDS, 422, {"transaction_id": "paid", "body": {"amount": 46}}),
]


@pytest.fixture
def world(simulator: Simulator, shop: Caller) -> dict[str, dict[str, Any]]:
    """A checkout for every state, by the name of the state."""
    ways: dict[str, list[Callable[[str], object]]] = {
        "pending": [],
        "paid": [simulator.decline, simulator.pay],
        "failed": [simulator.decline],
        "started": [simulator.start],
        "expired": [simulator.expire],
        "refunded": [simulator.pay, simulator.refund],
        "charged_back": [simulator.pay, simulator.chargeback],
    }
    ids = {name: shop.created(checkout_reference=name, description=name) for name in ways}
    for name, acts in ways.items():
        for act in acts:
            act(ids[name])
    return {name: simulator.checkout(one) for name, one in ids.items()}


@pytest.fixture
def sdk(shop: Caller) -> Iterator[Sumup]:
    assert shop.token
    with Sumup(api_key=shop.token, base_url=shop.base_url, timeout=10) as client:
        yield client


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]}")
def test_every_response_matches_the_sumup_specification(
    simulator: Simulator, shop: Caller, world: dict[str, dict[str, Any]], case: Case
) -> None:
    method, _, status, details = case

    answer, path = ask(simulator, shop, world, case)

    assert answer.status == status, answer.body
    media_type = answer.raw.headers["content-type"]
    validate_response(method, path, status, answer.raw.content, media_type)
    if status < 300:
        body = shop.order(**details["order"]) if "order" in details else details.get("body")
        validate_request(method, path, body, details.get("query"))


@pytest.mark.parametrize(("method", "template"), sorted({case[:2] for case in CASES}))
def test_every_documented_response_is_covered(method: str, template: str) -> None:
    answered = {case[2] for case in CASES if case[:2] == (method, template)}

    assert answered == documented(method, template)


def test_the_sdk_supports_a_checkout_from_creation_to_refund(
    simulator: Simulator, shop: Caller, sdk: Sumup
) -> None:
    made = sdk.checkouts.create(
        checkout_reference="ORD-7",
        amount=45.5,
        currency="GBP",
        merchant_code=shop.merchant_code,
        hosted_checkout={"enabled": True},
    )
    assert made.id
    assert made.hosted_checkout_url == f"{shop.base_url}/pay/{made.id}"
    assert sdk.checkouts.get(made.id).status == "PENDING"
    simulator.pay(made.id)

    paid = sdk.checkouts.get(made.id)
    listed = sdk.checkouts.list(checkout_reference="ORD-7")
    assert paid.transaction_id
    sdk.transactions.refund(shop.merchant_code, paid.transaction_id, amount=5.5)
    found = sdk.transactions.get(shop.merchant_code, id=paid.transaction_id)
    lines = sdk.transactions.list(shop.merchant_code, limit=5)

    assert (paid.status, paid.amount) == ("PAID", 45.5)
    assert [one.id for one in listed] == [made.id]
    assert found.status == "SUCCESSFUL"
    assert [event.event_type for event in found.transaction_events or []] == ["PAYOUT", "REFUND"]
    assert [(line.type, line.refunded_amount) for line in lines.items or []] == [
        ("PAYMENT", 5.5),
        ("REFUND", 0),
    ]


def test_the_sdk_can_deactivate_update_and_look_up(shop: Caller, sdk: Sumup) -> None:
    one = shop.created()

    updated = sdk.checkouts.update(one, amount=46.0, description="More")
    closed = sdk.checkouts.deactivate(one)
    merchant = sdk.merchants.get(shop.merchant_code)
    members = sdk.memberships.list()

    assert (updated.amount, closed.status) == (46.0, "EXPIRED")
    assert (merchant.default_currency, merchant.sandbox) == ("GBP", True)
    assert [item.resource.id for item in members.items] == [shop.merchant_code]


def test_the_sdk_can_pay_by_card(shop: Caller, sdk: Sumup) -> None:
    one = shop.created()

    sdk.checkouts.process(
        one,
        payment_type="card",
        card={
            "name": "A Buyer",
            "number": "4200000000000091",
            "expiry_month": "12",
            "expiry_year": "2030",
            "cvv": "123",
            "type": "VISA",
        },
    )

    assert sdk.checkouts.get(one).status == "PAID"


def test_the_sdk_understands_every_error(simulator: Simulator, shop: Caller, sdk: Sumup) -> None:
    one = shop.created()
    simulator.pay(one)
    refused: dict[int, Callable[[], object]] = {
        404: lambda: sdk.checkouts.get("unknown"),
        409: lambda: sdk.checkouts.deactivate(one),
        422: lambda: sdk.transactions.refund(
            shop.merchant_code, shop.checkout(one).body["transaction_id"], amount=99
        ),
    }
    for status, call in refused.items():
        with pytest.raises(APIError) as error:
            call()
        assert error.value.status == status
        assert not isinstance(error.value.body, str | dict), "the SDK knows the shape"


WRONG_ANSWERS: dict[str, tuple[str, str, int, object]] = {
    "amount as text": ("GET", f"{CHECKOUTS}/1", 200, {"amount": "45.00"}),
    "unknown status": ("GET", f"{CHECKOUTS}/1", 200, {"status": "DONE"}),
    "no date": ("GET", f"{CHECKOUTS}/1", 200, {"date": "yesterday"}),
    "a list instead of an object": ("GET", f"{CHECKOUTS}/1", 200, []),
    "an object instead of a list": ("GET", CHECKOUTS, 200, {}),
    "no type in a problem": ("GET", MEMBERSHIPS, 401, {"title": "Unauthorized"}),
    "an undocumented status": ("GET", f"{CHECKOUTS}/1", 418, {}),
    "an undocumented path": ("GET", "/v9/checkouts", 200, {}),
}

WRONG_REQUESTS: dict[str, tuple[str, str, object, dict[str, Any] | None]] = {
    "no currency": (
        "POST",
        CHECKOUTS,
        {"checkout_reference": "1", "amount": 1, "merchant_code": "M"},
        None,
    ),
    "no body": ("POST", CHECKOUTS, None, None),
    "an endless reference": ("PATCH", f"{CHECKOUTS}/1", {"checkout_reference": "r" * 91}, None),
    "an odd order": ("GET", "/v2.1/merchants/M/transactions/history", None, {"order": "odd"}),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_the_validator_detects_an_invalid_response(wrong: tuple[str, str, int, object]) -> None:
    with pytest.raises(OpenAPIError):
        validate_response(*wrong)


@pytest.mark.parametrize("wrong", WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_the_validator_detects_an_invalid_request(
    wrong: tuple[str, str, object, dict[str, Any] | None],
) -> None:
    with pytest.raises(OpenAPIError):
        validate_request(*wrong)


@pytest.mark.parametrize(("ci", "outcome"), [("", "Skipped"), ("true", "Failed")])
def test_tests_without_the_specification_are_skipped_but_fail_on_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: str
) -> None:
    monkeypatch.setenv("SUMUP_OPENAPI", str(tmp_path / "nowhere.json"))
    monkeypatch.setenv("CI", ci)

    with pytest.raises(BaseException, match="SUMUP_OPENAPI") as stopped:
        validate_response("GET", CHECKOUTS, 200, [])

    assert stopped.type.__name__ == outcome


def ask(
    simulator: Simulator, shop: Caller, world: dict[str, dict[str, Any]], case: Case
) -> tuple[Answer, str]:
    """The answer to one case, and the path it came from."""
    method, template, _, details = case
    names = {
        "checkout_id": details.get("checkout_id"),
        "transaction_id": details.get("transaction_id"),
    }
    path = template.format(
        merchant_code=details.get("merchant_code", shop.merchant_code),
        checkout_id=world.get(str(names["checkout_id"]), {}).get("id", "unknown"),
        transaction_id=world.get(str(names["transaction_id"]), {}).get("transaction_id", "unknown"),
    )
    shop.token = {
        None: shop.token,
        "wrong": "wrong",
        "poor": simulator.issue_tokens(shop.merchant_code, scopes=["user.profile"]).access_token,
    }[details.get("token")]
    body = shop.order(**details["order"]) if "order" in details else details.get("body")
    return shop.call(method, path, body, query=details.get("query")), path
