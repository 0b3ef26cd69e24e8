"""Faults: each affects only the requests it is meant for, as often as configured."""

import math
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests

from local.sumup.control import Simulator
from local.sumup.faults import FaultKind
from tests.local.sumup.caller import Caller

Check = Callable[[requests.Response], bool]

# The parameters of a fault, the status it answers with, and what is true of the answer.
ANSWERS: dict[str, tuple[dict[str, Any], int, Check]] = {
    "status": ({}, 503, lambda r: r.json()["status"] == 503),
    "status 429": (
        {"status": 429, "retry_after": 7},
        429,
        lambda r: r.headers["retry-after"] == "7" and r.text.startswith("Too many"),
    ),
    "status 500": ({"status": 500}, 500, lambda r: "retry-after" not in r.headers),
    "status 404": ({"status": 404}, 404, lambda r: r.json()["error_code"] == "NOT_FOUND"),
    "status 403": ({"status": 403}, 403, lambda r: r.json()["error_code"] == "FORBIDDEN"),
    "status 401": ({"status": 401}, 401, lambda r: r.json()["title"] == "Unauthorized"),
    "status body": ({"status": 418, "body": "tea"}, 418, lambda r: r.text == "tea"),
    "html": ({}, 200, lambda r: r.text.startswith("<!doctype html>")),
    "empty": ({}, 200, lambda r: r.content == b""),
    "huge": ({}, 200, lambda r: len(r.content) > 5_000_000),
    "huge smaller": ({"bytes": 1000}, 200, lambda r: 1000 < len(r.content) < 1100),
    "not_json": ({}, 200, lambda r: r.text.startswith('{"status": "PAID"')),
    "request_blocked": ({}, 403, lambda r: r.json()["type"].endswith("/request-blocked")),
    "wrong_amount": ({}, 200, lambda r: r.json()["amount"] == 44),
    "wrong_amount told": (
        {"amount": Decimal("44.999999999999999")},
        200,
        lambda r: '"amount":44.999999999999999,' in r.text,
    ),
    "wrong_amount inside": (
        {"where": "transactions"},
        200,
        lambda r: r.json()["amount"] == 45 and r.json()["transactions"][0]["amount"] == 44,
    ),
    "nan_amount": ({}, 200, lambda r: math.isnan(r.json()["amount"])),
    "duplicate": (
        {},
        200,
        lambda r: [t["status"] for t in r.json()["transactions"]] == ["SUCCESSFUL"] * 2,
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_fault_is_injected_once(simulator: Simulator, shop: Caller, name: str) -> None:
    parameters, status, check = ANSWERS[name]
    one = shop.created()
    simulator.pay(one)
    simulator.add_fault(name.split(maxsplit=1)[0], path="^/v0.1/checkouts", **parameters)

    url = f"{shop.base_url}/v0.1/checkouts/{one}"
    headers = {"authorization": f"Bearer {shop.token}"}
    disturbed = requests.get(url, headers=headers, timeout=10)
    after = requests.get(url, headers=headers, timeout=10)

    assert disturbed.status_code == status
    assert check(disturbed)
    assert (after.status_code, after.json()["amount"]) == (200, 45)
    assert [seen["fault"] for seen in simulator.requests("GET")] == [
        name.split(maxsplit=1)[0],
        None,
    ]


@pytest.mark.parametrize(("kind", "applied"), [("drop", 0), ("apply_then_drop", 1)])
def test_a_connection_can_close_before_or_after_the_request_is_processed(
    simulator: Simulator, shop: Caller, kind: str, applied: int
) -> None:
    simulator.add_fault(kind, method="POST", path="/checkouts$")

    with pytest.raises(requests.ConnectionError):
        shop.create()

    assert len(simulator.checkouts()) == applied
    assert simulator.requests("POST")[0]["fault"] == kind
    assert simulator.requests("POST")[0]["status"] is None
    assert shop.create().status == (409 if applied else 201)


def test_a_slow_response_is_delayed_but_the_request_is_processed(
    simulator: Simulator, shop: Caller
) -> None:
    simulator.add_fault("slow", method="POST", seconds=0.5)

    with pytest.raises(requests.ReadTimeout):
        shop.call("POST", "/v0.1/checkouts", shop.order(), timeout=0.2)

    time.sleep(0.6)
    assert len(simulator.checkouts()) == 1


def test_a_delay_can_be_combined_with_another_fault(simulator: Simulator, shop: Caller) -> None:
    simulator.add_fault("slow", seconds=0.2)
    simulator.add_fault("status", status=500)
    started = time.monotonic()

    assert shop.call("GET", "/v0.1/checkouts").status == 500
    assert time.monotonic() - started >= 0.2


def test_a_fault_affects_only_matching_requests(simulator: Simulator, shop: Caller) -> None:
    one, other = shop.created(), shop.created(checkout_reference="2")
    simulator.add_fault("status", method="GET", path="/checkouts/", checkout_id=one, times=None)

    assert shop.checkout(one).status == 503
    assert shop.checkout(one).status == 503
    assert shop.checkout(other).status == 200
    assert shop.call("GET", "/v0.1/checkouts").status == 200
    assert shop.call("DELETE", f"/v0.1/checkouts/{one}").status == 200


def test_faults_end_after_their_count_and_can_be_removed(
    simulator: Simulator, shop: Caller
) -> None:
    twice = simulator.add_fault("status", times=2)
    always = simulator.add_fault("status", status=500, times=None)

    statuses = [shop.call("GET", "/v0.1/checkouts").status for _ in range(3)]
    used = {fault["id"]: fault["used"] for fault in simulator.faults()}
    simulator.remove_fault(always)

    assert statuses == [503, 503, 500]
    assert used == {twice: 2, always: 1}
    assert shop.call("GET", "/v0.1/checkouts").status == 200
    simulator.add_fault("empty", times=None)
    simulator.clear_faults()
    assert shop.call("GET", "/v0.1/checkouts").status == 200


def test_the_token_endpoint_can_fail_too(simulator: Simulator) -> None:
    simulator.add_fault("status", path="^/token$", status=500)

    assert requests.post(f"{simulator.base_url}/token", timeout=10).status_code == 500


def test_faults_never_affect_the_control_routes(simulator: Simulator) -> None:
    simulator.add_fault("drop", times=None)

    assert simulator.health()["status"] == "ok"


def test_every_kind_of_fault_is_tested() -> None:
    tested = {name.split()[0] for name in ANSWERS} | {"drop", "apply_then_drop", "slow"}

    assert tested == set(FaultKind)
