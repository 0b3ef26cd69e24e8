"""Bodies of the control routes: what is misspelt is refused by name, and nothing happens."""

from typing import Any

import pytest
import requests

from local.sumup.control import Simulator
from tests.local.sumup.caller import Caller

# Route, body, and the field that is named.
MISSPELT: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown field of a merchant": ("/merchants", {"merchant": "MC1"}, "merchant"),
    "a sandbox in words": ("/merchants", {"sandbox": "false"}, "sandbox"),
    "a name that is a number": ("/merchants", {"name": 5}, "name"),
    "an empty code": ("/merchants", {"merchant_code": ""}, "merchant_code"),
    "an unknown currency": ("/merchants", {"currency": "gbp"}, "currency"),
    "an unknown rotation": ("/merchants", {"rotation": "sometimes"}, "rotation"),
    "scopes in one text": ("/merchants", {"scopes": "payments"}, "scopes"),
    "an unknown scope": ("/merchants", {"scopes": ["payment"]}, "scopes"),
    "no merchant for tokens": ("/tokens", {}, "merchant_code"),
    "seconds in words": ("/tokens", {"merchant_code": "MGB00001", "expires_in": "9"}, "expires_in"),
    "no token to expire": ("/tokens/expire", {"token": "x"}, "token"),
    "no merchant to revoke": ("/grants/revoke", {}, "merchant_code"),
    "a sale without an amount": ("/sales", {"merchant_code": "MGB00001"}, "amount"),
    "a sale of nothing": ("/sales", {"merchant_code": "MGB00001", "amount": 0}, "amount"),
    "a clock that goes back": ("/clock", {"advance": "1h"}, "advance"),
    "an unknown field of the clock": ("/clock", {"advanced": 1}, "advanced"),
    "webhooks in words": ("/webhooks", {"enabled": "no"}, "enabled"),
    "webhooks without a word": ("/webhooks", {}, "enabled"),
    "a reset of something": ("/reset", {"checkouts": True}, "checkouts"),
    "an unknown fault": ("/faults", {"kind": "fire"}, "kind"),
    "no fault": ("/faults", {}, "kind"),
    "a fault beside its field": ("/faults", {"kind": "status", "status": 500}, "status"),
    "a path that is no expression": ("/faults", {"kind": "drop", "path": "("}, "path"),
    "times in words": ("/faults", {"kind": "drop", "times": "often"}, "times"),
    "no times at all": ("/faults", {"kind": "drop", "times": 0}, "times"),
    "a parameter of another fault": (
        "/faults", {"kind": "drop", "parameters": {"status": 500}}, "parameters.status",
    ),
    "a status in words": (
        "/faults", {"kind": "status", "parameters": {"status": "500"}}, "parameters.status",
    ),
    "an unknown place": (
        "/faults", {"kind": "wrong_amount", "parameters": {"where": "here"}}, "parameters.where",
    ),
    "a forced payment in words": ("/checkouts/{}/pay", {"force": "yes"}, "force"),
    "an unknown field of a payment": ("/checkouts/{}/pay", {"forced": True}, "forced"),
    "an unknown end": ("/checkouts/{}/finish", {"outcome": "paid"}, "outcome"),
    "an amount in words": ("/checkouts/{}/refund", {"amount": "12.50"}, "amount"),
    "an amount below zero": ("/checkouts/{}/refund", {"amount": -1}, "amount"),
    "a misspelt amount": ("/checkouts/{}/refund", {"ammount": 12}, "ammount"),
    "an amount of a chargeback": ("/checkouts/{}/chargeback", {"amount": 5}, "amount"),
    "fields to set that are none": ("/checkouts/{}/tamper", {"set": ["amount"]}, "set"),
    "fields to drop in one text": ("/checkouts/{}/tamper", {"drop": "amount"}, "drop"),
    "nothing to tamper with": ("/checkouts/{}/tamper", {"amount": 1}, "amount"),
}  # fmt: skip


@pytest.mark.parametrize(("route", "body", "field"), MISSPELT.values(), ids=MISSPELT)
def test_a_misspelt_body_is_refused_by_its_field(
    simulator: Simulator, shop: Caller, route: str, body: dict[str, Any], field: str
) -> None:
    one = shop.created()
    before = everything(simulator)

    answer = requests.post(f"{simulator.base_url}/_sim{route.format(one)}", json=body, timeout=10)

    assert answer.status_code == 422
    assert answer.json()["param"] == field
    assert field.rpartition(".")[2] in answer.json()["message"]
    assert everything(simulator) == before


def everything(simulator: Simulator) -> object:
    health = {k: v for k, v in simulator.health().items() if k != "now"}
    return health, simulator.checkouts(), simulator.faults()


def test_an_unknown_field_is_answered_with_those_that_there_are(simulator: Simulator) -> None:
    answer = requests.post(f"{simulator.base_url}/_sim/clock", json={"advanced": 60}, timeout=10)

    assert answer.json()["message"] == "advanced is no field of this body; its fields: advance"


@pytest.mark.parametrize("text", ["[]", "{", '"x"'])
def test_what_is_no_object_is_refused(simulator: Simulator, text: str) -> None:
    answer = requests.post(f"{simulator.base_url}/_sim/clock", data=text, timeout=10)

    assert answer.status_code == 400


def test_null_stands_for_what_is_left_out(simulator: Simulator, shop: Caller) -> None:
    one = shop.created()
    simulator.pay(one)

    answer = requests.post(
        f"{simulator.base_url}/_sim/checkouts/{one}/refund", json={"amount": None}, timeout=10
    )

    assert answer.status_code == 200
