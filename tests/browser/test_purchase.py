"""Buyers on the deployed local stack: real pages, real API, and the simulator as SumUp."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from local.places import Ports
from local.sumup.control import Simulator
from tests.browser.conftest import SEATS, paying_by
from tests.browser.scenes import fill_in, take
from ticketing.adapters.dynamodb.models import OrderRow

pytestmark = pytest.mark.browser

SETTLE_MILLISECONDS = 60_000
"""How long SumUp, a queue and a function may take together."""


@pytest.fixture(scope="module", autouse=True)
def _on_the_page_of_sumup(at: Ports) -> Iterator[None]:
    with paying_by("hosted", at):
        yield


def order(context: BrowserContext, event_id: str, *, general: int = 2, child: int = 1) -> Page:
    """Go from the event to SumUp's page; the order's number is in its text."""
    page = context.new_page()
    choose(page, event_id, general=general, child=child)
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    expect(page.get_by_text("How does this payment end?")).to_be_visible(
        timeout=SETTLE_MILLISECONDS
    )
    return page


def choose(page: Page, event_id: str, *, general: int, child: int) -> None:
    page.goto(f"/event/?id={event_id}")
    take(page, "General", general)
    take(page, "Child", child)
    # A buyer of this test's own: each may have few orders that are not paid.
    fill_in(page, email=f"a-{event_id.lower()}@example.com")


def pay(page: Page) -> None:
    """Pay on SumUp's page, and go back to the shop."""
    page.get_by_role("button", name=re.compile(r"^Pay [\d.]+ GBP$")).click()
    page.get_by_role("link", name="Back to the shop").click()


def number_on(page: Page) -> str:
    """The number of the order that SumUp's page is about."""
    found = re.search(r"ORD-[A-Z0-9]+", page.inner_text("main"))
    assert found is not None
    return found[0]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def arrive(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=SETTLE_MILLISECONDS)


def has_tickets(page: Page, count: int) -> None:
    arrive(page, "Your tickets are ready")
    link = page.get_by_role("link", name=f"Download your {count} tickets (PDF)")
    expect(link).to_be_visible(timeout=SETTLE_MILLISECONDS)
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def checkouts(at: Ports, number: str) -> list[str]:
    """The ids of an order's checkouts at SumUp, oldest first."""
    found = Simulator(at.sumup_url).checkouts()
    return [str(one["id"]) for one in found if number in str(one["checkout_reference"])]


def test_three_tickets_are_bought_even_if_the_tab_is_closed_early(
    buyer: BrowserContext, event_id: str
) -> None:
    page = order(buyer, event_id)
    pay(page)
    expect(
        page.get_by_text("Please do not pay again.").or_(page.get_by_text("Your tickets"))
    ).to_be_visible()
    page.close()

    again = buyer.new_page()
    again.goto("/")
    again.get_by_role("region", name="Your orders on this device").get_by_role("link").click()

    has_tickets(again, 3)
    sent = f"The tickets were sent to a-{event_id.lower()}@example.com."
    expect(again.get_by_text(sent)).to_be_visible(timeout=SETTLE_MILLISECONDS)
    with again.expect_download() as calendar:
        again.get_by_role("link", name="Add to your calendar").click()
    assert b"BEGIN:VCALENDAR" in calendar.value.path().read_bytes()


def test_a_declined_card_can_be_retried(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    page = order(buyer, event_id)
    number = number_on(page)
    press(page, "Decline card")
    page.goto(f"/orders/?n={number}")
    arrive(page, "Your payment did not go through")

    press(page, "Try again: pay £60.00")
    pay(page)

    has_tickets(page, 3)
    assert len(checkouts(at, number)) == 2


def test_two_tabs_pay_an_order_once(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    first = order(buyer, event_id)
    number = number_on(first)
    second = buyer.new_page()
    second.goto(f"/orders/?n={number}")
    press(second, "I have not paid yet: pay £60.00")
    pay(second)
    has_tickets(second, 3)

    first.reload()
    expect(first.get_by_text("This payment page has expired")).to_be_visible()
    first.goto(f"/orders/?n={number}")

    has_tickets(first, 3)
    simulator = Simulator(at.sumup_url)
    paid = [one for one in checkouts(at, number) if simulator.checkout(one)["status"] == "PAID"]
    assert len(paid) == 1


def test_a_double_click_creates_one_order(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    page = buyer.new_page()
    choose(page, event_id, general=2, child=0)

    page.locator("button[type=submit]").dblclick()

    expect(page.get_by_text("How does this payment end?")).to_be_visible(
        timeout=SETTLE_MILLISECONDS
    )
    assert left(at, event_id, "general") == SEATS - 2
    press(page, "Leave without paying")
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_role("button", name="I have not paid yet: pay £50.00")).to_be_visible(
        timeout=SETTLE_MILLISECONDS
    )


def test_an_order_whose_answer_was_lost_is_found_by_the_page_itself(
    buyer: BrowserContext, event_id: str, at: Ports
) -> None:
    """The gateway answers 503 although the seats are taken."""
    asked: list[str] = []

    def lose(route: Route) -> None:
        asked.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.fulfill(status=503, json={"message": "Service Unavailable"})

    page = buyer.new_page()
    choose(page, event_id, general=2, child=0)
    buyer.route("**/api/orders", lose, times=1)
    page.on("request", lambda sent: asked.append(sent.headers.get("idempotency-key", "")))

    press(page, "Pay £50.00")
    # SumUp's page of the lost answer may be over by the time a repeated one comes.
    arrive(page, "Waiting for your payment")
    press(page, "Pay £50.00")
    pay(page)

    has_tickets(page, 2)
    assert len({key for key in asked if key}) == 1
    assert left(at, event_id, "general") == SEATS - 2


def test_tickets_sell_out_while_in_the_basket(
    browser: Browser, buyer: BrowserContext, event_id: str, at: Ports
) -> None:
    page = buyer.new_page()
    choose(page, event_id, general=0, child=3)
    other = browser.new_context(base_url=at.site_url)
    order(other, event_id, general=0, child=2)
    other.close()

    press(page, "Pay £30.00")

    summary = page.locator(".summary-of-errors")
    expect(summary).to_contain_text("Nothing was ordered.", timeout=SETTLE_MILLISECONDS)
    child = page.get_by_label("How many: Child")
    expect(child).to_have_accessible_description(re.compile("1 left"))
    child.fill("1")
    press(page, "Pay £10.00")
    expect(page.get_by_text("How does this payment end?")).to_be_visible(
        timeout=SETTLE_MILLISECONDS
    )
    assert left(at, event_id, "child") == 0


def test_an_unpaid_order_expires(buyer: BrowserContext, event_id: str, at: Ports) -> None:
    page = order(buyer, event_id)
    number = number_on(page)
    OrderRow(number).update(actions=[OrderRow.deadline.set(datetime.now(UTC))])

    page.goto(f"/orders/?n={number}")

    arrive(page, "This order was not paid in time")
    page.get_by_role("link", name="Go to the event").click()
    arrive(page, "Jersey Live: Harbour Sessions")
    assert left(at, event_id, "general") == SEATS


def left(at: Ports, event_id: str, sku: str) -> int:
    event = requests.get(f"{at.site_url}/api/events/{event_id}", timeout=30).json()
    [found] = [kind["available"] for kind in event["ticket_types"] if kind["sku"] == sku]
    return int(found)
