"""The card widget's script, what it asks for from a shop's page, and the form in its frame."""

import re

import pytest
import requests

from local.sumup.cards import TEST_CARDS, is_card_number, outcome_of_card
from local.sumup.control import Simulator
from local.sumup.widget import GATEWAY
from tests.local.sumup.caller import Caller

SHOP = "http://127.0.0.1:8080"
CARD = {"name": "A. Buyer", "expiry_year": "2030", "expiry_month": "12", "cvv": "123"}
ENDINGS = {"is paid": "PAID", "is declined": "FAILED", "the bank asks first": "PENDING"}


def get(shop: Caller, path: str, **headers: str) -> requests.Response:
    return requests.get(shop.base_url + GATEWAY + path, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/sdk.js", "text/javascript", "window.SumUpCard"),
        ("/form.js", "text/javascript", "/v0.1/checkouts/"),
        ("/form.css", "text/css", "color-scheme: light"),
    ],
)
def test_the_files_have_the_same_paths_as_at_sumup(
    shop: Caller, path: str, kind: str, says: str
) -> None:
    found = get(shop, path)

    assert found.status_code == 200
    assert found.headers["content-type"].startswith(kind)
    assert says in found.text


def test_a_local_shop_may_ask_whether_a_checkout_can_be_paid(
    simulator: Simulator, shop: Caller
) -> None:
    one = shop.created()

    before = get(shop, f"/sessions/{one}", origin=SHOP)
    simulator.expire(one)
    after = get(shop, f"/sessions/{one}", origin=SHOP)

    assert (before.json(), after.json()) == ({"open": True}, {"open": False})
    assert before.headers["access-control-allow-origin"] == SHOP
    assert get(shop, "/sessions/unknown", origin=SHOP).json() == {"open": False}


@pytest.mark.parametrize(
    "origin", ["https://shop.example.com", "http://127.0.0.1.example.com", "null", ""]
)
def test_any_other_shop_is_not_authorised(shop: Caller, origin: str) -> None:
    answer = get(shop, f"/sessions/{shop.created()}", origin=origin)

    assert "access-control-allow-origin" not in answer.headers


def test_the_form_can_be_framed_runs_only_its_own_script_and_escapes_text(
    shop: Caller,
) -> None:
    shown = get(shop, f"/form/{shop.created()}?label=%3Cb%3EPay&shop={SHOP}")

    assert shown.status_code == 200
    assert "&lt;b&gt;Pay" in shown.text
    assert f'data-shop="{SHOP}"' in shown.text
    policy = shown.headers["content-security-policy"]
    assert "frame-ancestors" not in policy
    assert "script-src 'self'" in policy
    assert re.findall(r"<script[^>]*>", shown.text) == [
        f'<script type="module" src="{GATEWAY}/form.js">'
    ]


def test_the_form_offers_every_test_card(shop: Caller) -> None:
    shown = get(shop, f"/form/{shop.created()}").text

    assert re.findall(r'data-number="(\d+)"', shown) == list(TEST_CARDS)
    assert all(map(is_card_number, TEST_CARDS))


@pytest.mark.parametrize("number", TEST_CARDS)
def test_each_test_card_has_the_outcome_the_form_describes(shop: Caller, number: str) -> None:
    one = shop.created(redirect_url=f"{SHOP}/orders/?n=ORD-1")
    shop.token = None  # the buyer's browser has none

    body = {"payment_type": "card", "card": CARD | {"number": number}}
    answer = shop.call("PUT", f"/v0.1/checkouts/{one}", body)

    ending = ENDINGS[TEST_CARDS[number]]
    assert outcome_of_card(number).value == ending.replace("PAID", "SUCCESSFUL")
    if ending == "PENDING":
        assert answer.status == 202
        assert answer.body["next_step"]["redirect_url"] == f"{SHOP}/orders/?n=ORD-1"
    else:
        assert (answer.status, answer.body["status"]) == (200, ending)
