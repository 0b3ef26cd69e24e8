"""Checkouts: what may be created, and how their state follows from what happens to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.sumup.control import Simulator
from tests.local.sumup.caller import Caller

GOOD = {
    "whole pounds": ({"amount": Decimal("12.00")}, "12"),
    "pence": ({"amount": Decimal("10.10")}, "10.1"),
    "one penny": ({"amount": Decimal("0.01")}, "0.01"),
    "hundreds": ({"amount": 1200}, "1200"),
    "unknown fields": ({"metadata": {"order": 1}}, "45"),
    "null description": ({"valid_until": None}, "45"),
    "longest reference": ({"checkout_reference": "r" * 64}, "45"),
}

BAD: dict[str, tuple[dict[str, object], str, str]] = {
    "no reference": ({"checkout_reference": None}, "MISSING", "checkout_reference"),
    "empty reference": ({"checkout_reference": ""}, "MISSING", "checkout_reference"),
    "no amount": ({"amount": None}, "MISSING", "amount"),
    "no currency": ({"currency": None}, "MISSING", "currency"),
    "no merchant": ({"merchant_code": None}, "MISSING", "merchant_code"),
    "long reference": ({"checkout_reference": "r" * 65}, "INVALID", "checkout_reference"),
    "amount as text": ({"amount": "45.00"}, "INVALID", "amount"),
    "amount as boolean": ({"amount": True}, "INVALID", "amount"),
    "amount zero": ({"amount": 0}, "INVALID", "amount"),
    "amount below zero": ({"amount": -1}, "INVALID", "amount"),
    "amount in tenths of a penny": ({"amount": Decimal("1.001")}, "INVALID", "amount"),
    "amount slightly off": ({"amount": Decimal("44." + "9" * 40)}, "INVALID", "amount"),
    "amount not a number": ({"amount": Decimal("NaN")}, "INVALID", "amount"),
    "infinite amount": ({"amount": Decimal("1e400")}, "INVALID", "amount"),
    "unknown currency": ({"currency": "XXX"}, "INVALID", "currency"),
    "the merchant's is another": ({"currency": "EUR"}, "INVALID", "currency"),
    "return_url without host": ({"return_url": "/hook"}, "INVALID", "return_url"),
    "valid_until not a date": ({"valid_until": "soon"}, "INVALID", "valid_until"),
    "hosted not an object": ({"hosted_checkout": True}, "INVALID", "hosted_checkout.enabled"),
    "unknown purpose": ({"purpose": "GIFT"}, "INVALID", "purpose"),
}

CARDS = {
    "4200000000000091": (200, "PAID"),
    "5200000000000007": (200, "PAID"),
    "4111111111111111": (200, "PAID"),
    "4200000000000042": (202, "PENDING"),
    "5200000000000015": (202, "PENDING"),
    "4012001037461114": (200, "FAILED"),
}

Act = Callable[[Simulator, str], object]

# What happened to a checkout, its status, and the statuses of its attempts.
STORIES: dict[str, tuple[list[Act], str, list[str]]] = {
    "nothing": ([], "PENDING", []),
    "declined": ([Simulator.decline], "FAILED", ["FAILED"]),
    "declined twice": ([Simulator.decline] * 2, "FAILED", ["FAILED", "FAILED"]),
    "declined, then paid": ([Simulator.decline, Simulator.pay], "PAID", ["FAILED", "SUCCESSFUL"]),
    "started": ([Simulator.start], "PENDING", ["PENDING"]),
    "declined, then started": (
        [Simulator.decline, Simulator.start],
        "PENDING",
        ["FAILED", "PENDING"],
    ),
    "started and finished": ([Simulator.start, Simulator.finish], "PAID", ["SUCCESSFUL"]),
    "started and refused": (
        [Simulator.start, lambda sim, one: sim.finish(one, "decline")],
        "FAILED",
        ["FAILED"],
    ),
    "expired": ([Simulator.expire], "EXPIRED", []),
    "expired, then the bank says yes": (
        [Simulator.start, Simulator.expire, Simulator.finish],
        "PAID",
        ["SUCCESSFUL"],
    ),
    "expired, then paid anyway": (
        [Simulator.expire, lambda sim, one: sim.pay(one, force=True)],
        "PAID",
        ["SUCCESSFUL"],
    ),
    "charged twice": ([Simulator.charge_twice], "PAID", ["SUCCESSFUL"] * 2),
    "charged again": ([Simulator.pay, Simulator.charge_twice], "PAID", ["SUCCESSFUL"] * 2),
    "refunded": ([Simulator.pay, Simulator.refund], "PAID", ["SUCCESSFUL"]),
    "charged back": ([Simulator.pay, Simulator.chargeback], "PAID", ["SUCCESSFUL"]),
}


@pytest.mark.parametrize(("changes", "printed"), GOOD.values(), ids=GOOD)
def test_a_created_checkout_shows_its_amount_in_the_format_of_sumup(
    shop: Caller, changes: dict[str, object], printed: str
) -> None:
    answer = shop.create(**changes)

    assert answer.status == 201
    assert f'"amount":{printed},' in answer.raw.text
    assert answer.body["status"] == "PENDING"
    assert answer.body["transactions"] == []
    assert "transaction_id" not in answer.body


@pytest.mark.parametrize(("changes", "code", "param"), BAD.values(), ids=BAD)
def test_an_invalid_checkout_is_refused_with_the_name_of_the_field(
    shop: Caller, changes: dict[str, object], code: str, param: str
) -> None:
    body: dict[str, Any] = shop.order() | changes
    body = {name: value for name, value in body.items() if value is not None}

    answer = shop.call("POST", "/v0.1/checkouts", body)

    assert answer.status == 400
    assert answer.body == {"error_code": code, "message": "Validation error", "param": param}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_body_that_is_not_an_object_is_refused(shop: Caller, data: bytes) -> None:
    assert shop.call("POST", "/v0.1/checkouts", data=data).status == 400


def test_a_reference_is_unique_per_merchant_forever(
    simulator: Simulator, shop: Caller, stranger: Caller
) -> None:
    first = shop.created()
    simulator.expire(first)

    again = shop.create()

    assert (again.status, again.body["error_code"]) == (409, "DUPLICATED_CHECKOUT")
    assert stranger.create(currency="EUR").status == 201


def test_one_of_many_concurrent_requests_with_the_same_reference_wins(shop: Caller) -> None:
    def create(_: int) -> int:
        with Caller(shop.base_url, shop.tokens) as caller:
            return caller.create().status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(16)))

    assert statuses == [201] + [409] * 15


def test_a_hosted_checkout_has_a_local_page(shop: Caller) -> None:
    answer = shop.create(hosted_checkout={"enabled": True})

    assert answer.body["hosted_checkout_url"] == f"{shop.base_url}/pay/{answer.body['id']}"


def test_the_list_can_be_filtered_by_reference_and_omits_empty_transactions(shop: Caller) -> None:
    wanted = shop.created()
    shop.created(checkout_reference="ORD-2")

    found = shop.call("GET", "/v0.1/checkouts", query={"checkout_reference": "ORD-1"})
    none = shop.call("GET", "/v0.1/checkouts", query={"checkout_reference": "ORD-3"})
    everything = shop.call("GET", "/v0.1/checkouts")

    assert [one["id"] for one in found.body] == [wanted]
    assert "transactions" not in found.body[0]
    assert none.body == []
    assert len(everything.body) == 2


@pytest.mark.parametrize(("acts", "status", "attempts"), STORIES.values(), ids=STORIES)
def test_the_status_follows_from_the_transactions(
    simulator: Simulator, shop: Caller, acts: list[Act], status: str, attempts: list[str]
) -> None:
    one = shop.created()

    for act in acts:
        act(simulator, one)

    body = shop.checkout(one).body
    assert body["status"] == status
    assert [attempt["status"] for attempt in body["transactions"]] == attempts
    paid = [a["id"] for a in body["transactions"] if a["status"] == "SUCCESSFUL"]
    assert body.get("transaction_id") == (paid[0] if paid else None)
    assert all(a["amount"] == 45 for a in body["transactions"])


def test_a_checkout_expires(simulator: Simulator, shop: Caller) -> None:
    until = datetime.now(UTC) + timedelta(minutes=10)
    one = shop.created(valid_until=until.isoformat())

    before = shop.checkout(one).body["status"]
    simulator.advance(601)
    after = shop.checkout(one).body["status"]
    late = shop.call("PUT", f"/v0.1/checkouts/{one}", {"payment_type": "google_pay"})

    assert (before, after) == ("PENDING", "EXPIRED")
    assert late.status == 409
    assert late.body["type"].endswith("/session-expired")


def test_deactivating_a_checkout_expires_it(shop: Caller) -> None:
    one = shop.created()

    first = shop.call("DELETE", f"/v0.1/checkouts/{one}")
    again = shop.call("DELETE", f"/v0.1/checkouts/{one}")

    assert (first.status, first.body["status"]) == (200, "EXPIRED")
    assert (again.status, again.body["status"]) == (200, "EXPIRED")


@pytest.mark.parametrize(
    ("act", "code"),
    [(Simulator.pay, "CHECKOUT_PROCESSED"), (Simulator.start, "CHECKOUT_CANT_BE_DEACTIVATED")],
)
def test_a_checkout_with_a_payment_cannot_be_deactivated(
    simulator: Simulator, shop: Caller, act: Act, code: str
) -> None:
    one = shop.created()
    act(simulator, one)

    answer = shop.call("DELETE", f"/v0.1/checkouts/{one}")

    assert (answer.status, answer.body["error_code"]) == (409, code)
    assert shop.checkout(one).body["status"] != "EXPIRED"


def test_patch_changes_the_given_fields(simulator: Simulator, shop: Caller) -> None:
    one = shop.created()
    change = {"amount": Decimal("46.50"), "checkout_reference": "ORD-9", "description": "More"}

    answer = shop.call("PATCH", f"/v0.1/checkouts/{one}", change)

    assert answer.status == 200
    assert (answer.body["amount"], answer.body["description"]) == (Decimal("46.5"), "More")
    assert shop.create().status == 201, "the old reference is free"
    assert shop.create(checkout_reference="ORD-9").status == 409
    simulator.pay(one)
    assert shop.call("PATCH", f"/v0.1/checkouts/{one}", change).status == 409


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT"])
def test_a_checkout_of_another_merchant_is_not_found(
    shop: Caller, stranger: Caller, method: str
) -> None:
    one = shop.created()

    answer = stranger.call(method, f"/v0.1/checkouts/{one}", {"payment_type": "google_pay"})

    assert answer.status == 404
    assert answer.body == {"error_code": "NOT_FOUND", "message": "Resource not found"}


def test_a_token_creates_checkouts_for_its_own_merchant_only(
    shop: Caller, stranger: Caller
) -> None:
    answer = shop.create(merchant_code=stranger.merchant_code)

    assert answer.status == 403
    assert answer.body == {
        "error_message": "checkout_payments_not_allowed",
        "error_code": "FORBIDDEN",
        "status_code": "403",
    }


@pytest.mark.parametrize(("number", "ending"), CARDS.items())
def test_the_card_number_decides_the_outcome(
    shop: Caller, number: str, ending: tuple[int, str]
) -> None:
    one = shop.created()

    answer = shop.call("PUT", f"/v0.1/checkouts/{one}", by_card(number))

    assert (answer.status, shop.checkout(one).body["status"]) == ending
    if answer.status == 202:
        assert answer.body["next_step"]["url"] == f"{shop.base_url}/pay/{one}/challenge"


@pytest.mark.parametrize("amount", ["11.00", "42.01", "42.76", "42.91"])
def test_some_amounts_always_fail_in_the_sandbox(
    simulator: Simulator, shop: Caller, amount: str
) -> None:
    one = shop.created(amount=Decimal(amount))
    assert simulator.pay(one)["status"] == "FAILED"

    simulator.create_merchant(shop.merchant_code, currency="GBP", sandbox=False)
    assert simulator.pay(one)["status"] == "PAID"


def test_invalid_card_fields_are_listed(shop: Caller) -> None:
    one = shop.created()
    body = {"payment_type": "card", "card": {"number": "4200000000000090", "name": "A Buyer"}}

    answer = shop.call("PUT", f"/v0.1/checkouts/{one}", body)

    assert answer.status == 400
    names = [problem["param"] for problem in answer.body]
    assert names == ["card.expiry_year", "card.expiry_month", "card.cvv", "card.number"]


def test_a_redirect_payment_method_requires_a_redirect_url(shop: Caller) -> None:
    without, with_one = (
        shop.created(),
        shop.created(checkout_reference="2", redirect_url="https://x"),
    )

    refused = shop.call("PUT", f"/v0.1/checkouts/{without}", {"payment_type": "ideal"})
    started = shop.call("PUT", f"/v0.1/checkouts/{with_one}", {"payment_type": "ideal"})

    assert (refused.status, refused.body["param"]) == (400, "redirect_url")
    assert (started.status, started.body["next_step"]["redirect_url"]) == (200, "https://x")
    assert shop.checkout(with_one).body["transactions"][0]["entry_mode"] == "IDEAL"


def test_paying_needs_no_token_but_an_invalid_one_is_refused(shop: Caller) -> None:
    one = shop.created()
    shop.token = "at_wrong"
    assert shop.call("PUT", f"/v0.1/checkouts/{one}", {"payment_type": "apple_pay"}).status == 401

    shop.token = None
    assert shop.call("PUT", f"/v0.1/checkouts/{one}", {"payment_type": "apple_pay"}).status == 200


def test_a_currency_without_decimals_accepts_none(simulator: Simulator) -> None:
    tokens = simulator.create_merchant("MCL00001", currency="CLP", country="CL")
    with Caller(simulator.base_url, tokens) as shop:
        assert shop.create(currency="CLP", amount=15000).status == 201
        assert shop.create(currency="CLP", amount=Decimal("1.5")).status == 400


def by_card(number: str) -> dict[str, object]:
    card = {"name": "A Buyer", "number": number, "expiry_year": "2030", "expiry_month": "12"}
    return {"payment_type": "card", "card": card | {"cvv": "123", "type": "VISA"}}
