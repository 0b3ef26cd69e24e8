"""The buyer's pages: each state shows the right page, and each button has its effect."""

from collections.abc import Callable

import pytest
import requests

from local.sumup.control import Simulator
from tests.local.sumup.caller import Caller

SHOP = "http://localhost:9000/order?token=a&b=1"

# What was done, what the page says, what it must not offer.
STATES: dict[str, tuple[list[Callable[[Simulator, str], object]], str, str]] = {
    "new": ([], "Pay 1,234.50 GBP", "Back to the shop"),
    "declined": ([Simulator.decline], "The card was declined", "Back to the shop"),
    "started": ([Simulator.start], "Your bank is still checking", "Decline card"),
    "paid": ([Simulator.pay], "Payment received", "<button"),
    "expired": ([Simulator.expire], "This payment page has expired", "<button"),
    "too late": ([lambda sim, _one: sim.advance(1801)], "This payment page has expired", "<button"),
}

CHOICES = {
    "pay": ("PAID", "Payment received"),
    "decline": ("FAILED", "The card was declined"),
    "leave": ("PENDING", "You left the payment page"),
    "start": ("PENDING", "has had no answer yet"),
    "nonsense": ("PENDING", "How does this payment end?"),
}


@pytest.fixture
def one(shop: Caller) -> str:
    return shop.created(amount=1234.5, description="3 x <b>Ceilidh</b>", redirect_url=SHOP)


def page(shop: Caller, path: str) -> requests.Response:
    return requests.get(shop.base_url + path, timeout=10)


def choose(shop: Caller, path: str, choice: str) -> requests.Response:
    return requests.post(shop.base_url + path, data={"choice": choice}, timeout=10)


@pytest.mark.parametrize(("acts", "says", "never"), STATES.values(), ids=STATES)
def test_the_page_matches_the_state_of_the_checkout(
    simulator: Simulator,
    shop: Caller,
    one: str,
    acts: list[Callable[[Simulator, str], object]],
    says: str,
    never: str,
) -> None:
    for act in acts:
        act(simulator, one)

    shown = page(shop, f"/pay/{one}")

    assert shown.status_code == 200
    assert says in shown.text
    assert never not in shown.text


def test_the_page_identifies_itself_and_runs_no_scripts(shop: Caller, one: str) -> None:
    shown = page(shop, f"/pay/{one}")

    assert "Simulation." in shown.text
    assert "Village Hall" in shown.text
    assert "3 x &lt;b&gt;Ceilidh&lt;/b&gt;" in shown.text
    assert "<script" not in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(("choice", "expected"), CHOICES.items())
def test_each_button_has_its_effect(
    shop: Caller, one: str, choice: str, expected: tuple[str, str]
) -> None:
    status, says = expected

    after = choose(shop, f"/pay/{one}", choice)

    assert says in after.text
    assert shop.checkout(one).body["status"] == status


def test_a_buyer_who_paid_is_offered_a_return_link_but_not_redirected(
    shop: Caller, one: str
) -> None:
    after = choose(shop, f"/pay/{one}", "pay")

    assert after.url == f"{shop.base_url}/pay/{one}"
    assert f'href="{SHOP.replace("&", "&amp;")}"' in after.text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x"])
def test_only_an_http_address_becomes_a_link(shop: Caller, address: str) -> None:
    one = shop.created(redirect_url=address)

    assert address.split(":", maxsplit=1)[0] + ":" not in choose(shop, f"/pay/{one}", "pay").text


@pytest.mark.parametrize("act", [Simulator.expire, Simulator.pay])
def test_a_stale_page_cannot_pay(
    simulator: Simulator, shop: Caller, one: str, act: Callable[[Simulator, str], object]
) -> None:
    act(simulator, one)
    before = shop.checkout(one).body

    choose(shop, f"/pay/{one}", "pay")

    assert shop.checkout(one).body == before


@pytest.mark.parametrize(("choice", "status"), [("approve", "PAID"), ("refuse", "FAILED")])
def test_a_started_payment_is_finished_on_the_hosted_page(
    simulator: Simulator, shop: Caller, one: str, choice: str, status: str
) -> None:
    simulator.start(one)

    choose(shop, f"/pay/{one}", choice)

    assert shop.checkout(one).body["status"] == status


def test_the_bank_redirects_the_buyer_back_with_the_checkout_id(
    simulator: Simulator, shop: Caller, one: str
) -> None:
    simulator.start(one)
    assert "is this you?" in page(shop, f"/pay/{one}/challenge").text

    answer = requests.post(
        f"{shop.base_url}/pay/{one}/challenge/answer",
        data={"choice": "approve"},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.headers["location"] == f"{SHOP}&checkout_id={one}"
    assert shop.checkout(one).body["status"] == "PAID"
    assert "Nothing to approve" in page(shop, f"/pay/{one}/challenge").text


def test_an_unknown_checkout_shows_an_error_page(shop: Caller) -> None:
    assert page(shop, "/pay/unknown").status_code == 404
    assert choose(shop, "/pay/unknown", "pay").status_code == 404


def test_the_index_links_every_checkout(shop: Caller, one: str) -> None:
    other = shop.created(checkout_reference="ORD-2")

    shown = page(shop, "/").text

    assert f"/pay/{one}" in shown
    assert f"/pay/{other}" in shown


def test_the_stylesheet_is_served(shop: Caller) -> None:
    sheet = page(shop, "/style.css")

    assert sheet.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in sheet.text
