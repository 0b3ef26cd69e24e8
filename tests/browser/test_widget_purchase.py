"""Buyers who pay in the card form on the deployed local stack: real pages, API and SumUp script."""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, Route, expect

from local import aws
from local.places import Ports
from local.site import security_headers
from local.sumup.control import Simulator
from tests.browser.conftest import paying_by
from tests.browser.test_purchase import (
    SETTLE_MILLISECONDS,
    arrive,
    checkouts,
    choose,
    has_tickets,
    press,
)
from tests.browser.test_widget import CHALLENGED, DECLINED, SDK, fill_card, frame, press_pay

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _on_our_page(at: Ports) -> Iterator[None]:
    with paying_by("widget", at):
        yield


def order(context: BrowserContext, event_id: str) -> tuple[Page, str]:
    """Go from the event to the order's page; returns it with the order's number."""
    page = context.new_page()
    choose(page, event_id, general=2, child=1)
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    arrive(page, "Pay for your tickets")
    found = re.search(r"ORD-[A-Z0-9]+", page.url)
    assert found is not None
    return page, found[0]


def see_form(page: Page) -> None:
    expect(frame(page).get_by_label("Card number")).to_be_visible(timeout=SETTLE_MILLISECONDS)


def statuses(at: Ports, number: str) -> list[str]:
    """The status of an order's checkouts at SumUp, oldest first."""
    simulator = Simulator(at.sumup_url)
    return [str(simulator.checkout(one)["status"]) for one in checkouts(at, number)]


def test_three_tickets_are_bought_without_leaving_the_shop(
    buyer: BrowserContext, event_id: str, at: Ports
) -> None:
    page, number = order(buyer, event_id)
    fill_card(page)
    press_pay(page)

    has_tickets(page, 3)
    assert page.url == f"{at.site_url}/orders/?n={number}"
    assert statuses(at, number) == ["PAID"]


def test_a_declined_card_can_be_retried(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    page, number = order(buyer, event_id)
    fill_card(page, DECLINED)
    press_pay(page)
    arrive(page, "Your payment did not go through")

    press(page, "Try again: pay £60.00")
    arrive(page, "Pay for your tickets")
    see_form(page)
    fill_card(page)
    press_pay(page)

    has_tickets(page, 3)
    assert statuses(at, number) == ["EXPIRED", "PAID"]


def test_the_bank_challenge_returns_the_buyer_to_the_shop(
    buyer: BrowserContext, event_id: str, at: Ports
) -> None:
    page, number = order(buyer, event_id)
    fill_card(page, CHALLENGED)
    press_pay(page)

    press(page, "Yes, approve")

    has_tickets(page, 3)
    assert page.url.startswith(f"{at.site_url}/orders/?n={number}")
    assert statuses(at, number) == ["PAID"]


def test_a_blocked_widget_falls_back_to_a_hosted_page(
    buyer: BrowserContext, event_id: str, at: Ports
) -> None:
    def refuse(route: Route) -> None:
        route.abort("blockedbyclient")

    buyer.route(SDK, refuse)
    page, number = order(buyer, event_id)
    page.get_by_role("button", name="Pay on SumUp\u2019s page instead").click()

    page.get_by_role("button", name=re.compile(r"^Pay [\d.]+ GBP$")).click()
    page.get_by_role("link", name="Back to the shop").click()

    has_tickets(page, 3)
    assert sorted(statuses(at, number)) == ["EXPIRED", "PAID"]


def test_two_tabs_pay_an_order_once(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    first, number = order(buyer, event_id)
    second = buyer.new_page()
    second.goto(f"/orders/?n={number}")
    see_form(second)
    fill_card(second)
    press_pay(second)
    has_tickets(second, 3)

    first.bring_to_front()

    has_tickets(first, 3)
    assert statuses(at, number) == ["PAID"]


def test_pages_and_api_send_the_security_policy_of_the_widget(at: Ports) -> None:
    expected = security_headers(aws.parameters(at))

    for path in ("/", "/orders/", "/api/events"):
        found = requests.get(at.site_url + path, timeout=30).headers
        assert {name: found[name] for name in expected} == expected
    assert f"script-src 'self' {at.sumup_url};" in expected["Content-Security-Policy"]
