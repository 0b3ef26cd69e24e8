"""The control client: tampered checkouts, logs without secrets, and reset."""

from decimal import Decimal
from typing import Any

import pytest
import requests

from local.sumup.control import Simulator
from tests.local.sumup.caller import Caller

# What is told about a checkout, and how it reads on the wire.
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "amount": ({"amount": Decimal("44.99")}, '"amount":44.99,'),
    "a hair": ({"amount": Decimal("45.0000001")}, '"amount":45.0000001,'),
    "amount as text": ({"amount": "45.00"}, '"amount":"45.00",'),
    "no number": ({"amount": Decimal("NaN")}, '"amount":NaN,'),
    "endless": ({"amount": Decimal("Infinity")}, '"amount":Infinity,'),
    "currency": ({"currency": "USD"}, '"currency":"USD",'),
    "merchant": ({"merchant_code": "MXX"}, '"merchant_code":"MXX",'),
    "reference": ({"checkout_reference": "ORD-2"}, '"checkout_reference":"ORD-2",'),
    "status": ({"status": "PAID"}, '"status":"PAID",'),
    "unheard of": ({"status": "ON_HOLD"}, '"status":"ON_HOLD",'),
    "id": ({"id": "somebody-else"}, '"id":"somebody-else",'),
    "no status": ({"status": None}, '"status":null,'),
    "transactions": ({"transactions": [{"status": "SUCCESSFUL"}]}, '[{"status":"SUCCESSFUL"}]'),
}


@pytest.mark.parametrize(("told", "printed"), LIES.values(), ids=LIES)
def test_a_checkout_can_be_tampered_with_and_restored(
    simulator: Simulator, shop: Caller, told: dict[str, Any], printed: str
) -> None:
    one = shop.created()
    truth = shop.checkout(one).body

    simulator.tamper(one, **told)

    assert printed in shop.checkout(one).raw.text
    assert printed in shop.call("GET", "/v0.1/checkouts").raw.text
    simulator.untamper(one)
    assert shop.checkout(one).body == truth


def test_fields_can_be_dropped(simulator: Simulator, shop: Caller) -> None:
    one = shop.created()
    simulator.pay(one)

    simulator.tamper(one, drop=["transactions", "transaction_id"])

    body = shop.checkout(one).body
    assert body["status"] == "PAID"
    assert {"transactions", "transaction_id"}.isdisjoint(body)
    assert simulator.pay(one, force=True)["status"] == "PAID", "the rules know the truth"


def test_the_log_records_requests_without_secrets(simulator: Simulator, shop: Caller) -> None:
    one = shop.created()
    shop.checkout("nothing")
    secrets = (shop.tokens.access_token, shop.tokens.refresh_token, "s3cret", "c0de")
    form = {"grant_type": "authorization_code", "client_secret": "s3cret", "code": "c0de"}
    requests.post(f"{simulator.base_url}/token", data=form, timeout=10)
    requests.get(f"{simulator.base_url}/authorize", params={"code": "c0de"}, timeout=10)

    seen = simulator.requests()

    assert [(r["method"], r["path"], r["status"], r["merchant"]) for r in seen] == [
        ("POST", "/v0.1/checkouts", 201, shop.merchant_code),
        ("GET", "/v0.1/checkouts/nothing", 404, shop.merchant_code),
        ("POST", "/token", 401, None),
        ("GET", "/authorize", 400, None),
    ]
    assert not any(secret in str(seen) for secret in secrets)
    assert simulator.requests("GET", "/v0.1") == [seen[1]]
    assert simulator.checkout(one)["id"] == one
    simulator.clear_requests()
    assert simulator.requests() == []


def test_control_shows_checkouts_with_their_pages(simulator: Simulator, shop: Caller) -> None:
    one = shop.created()

    listed = simulator.checkouts()

    assert [item["id"] for item in listed] == [one]
    assert listed[0]["pay_url"] == f"{shop.base_url}/pay/{one}"
    assert requests.get(listed[0]["pay_url"], timeout=10).status_code == 200


REFUSED = {
    "pay a paid checkout": lambda sim, one: (sim.pay(one), sim.pay(one)),
    "pay an expired checkout": lambda sim, one: (sim.expire(one), sim.pay(one)),
    "finish a payment that was not started": lambda sim, one: sim.finish(one),
    "finish somehow": lambda sim, one: (sim.start(one), sim.finish(one, "maybe")),
    "refund an unpaid checkout": lambda sim, one: sim.refund(one),
    "charge back an unpaid checkout": lambda sim, one: sim.chargeback(one),
    "pay an unknown checkout": lambda sim, _one: sim.pay("nothing"),
    "tokens for an unknown merchant": lambda sim, _one: sim.issue_tokens("nobody"),
    "expire an unknown token": lambda sim, _one: sim.expire_token("unknown"),
    "an unknown currency": lambda sim, _one: sim.create_merchant("M9", currency="XXX"),
    "an unknown rotation": lambda sim, _one: sim.create_merchant("M9", rotation="odd"),
}


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED)
def test_an_impossible_command_is_refused(simulator: Simulator, shop: Caller, act: object) -> None:
    assert callable(act)
    one = shop.created()

    with pytest.raises(requests.HTTPError):
        act(simulator, one)


def test_reset_deletes_everything(simulator: Simulator, shop: Caller) -> None:
    shop.created()
    simulator.add_fault("drop", times=None)
    simulator.advance(3000)

    simulator.reset()

    assert shop.call("GET", "/v0.1/checkouts").status == 401
    health = simulator.health()
    assert (health["merchants"], health["checkouts"]) == (0, 0)
    assert simulator.faults() == []


def test_a_merchant_can_be_changed_without_losing_its_checkouts(
    simulator: Simulator, shop: Caller
) -> None:
    shop.created()

    simulator.create_merchant(shop.merchant_code, name="Renamed", currency="GBP")

    assert len(shop.call("GET", "/v0.1/checkouts").body) == 1
    assert shop.call("GET", "/v0.1/checkouts").body[0]["merchant_name"] == "Renamed"


def test_another_host_name_is_refused(simulator: Simulator) -> None:
    answer = requests.get(
        f"{simulator.base_url}/_sim/checkouts", headers={"host": "evil.example"}, timeout=10
    )

    assert answer.status_code == 400
