"""Choosing on a phone: the stepper beside its price, and a bar with the sum and the way on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.fake_shop import FakeShop
from tests.browser.scenes import EVENT_PAGE, event_on_sale, fill_in, take

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 640}


@pytest.fixture
def phone(open_context: Callable[..., BrowserContext], shop: FakeShop) -> Page:
    page = open_context(viewport=PHONE, reduced_motion="reduce").new_page()
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    return page


def onward(page: Page) -> Locator:
    return page.get_by_role("button", name="Continue")


def test_the_bar_appears_with_the_first_ticket_and_says_the_sum(phone: Page) -> None:
    expect(onward(phone)).to_have_count(0)

    take(phone, "General admission", 2)
    take(phone, "Child (under 12)", 1)

    expect(phone.locator(".tally")).to_have_text("3 tickets, £60.00Continue")
    phone.get_by_role("textbox", name="How many: General admission").fill("0")
    phone.get_by_role("button", name="One fewer: Child").click()
    expect(onward(phone)).to_have_count(0)


def test_the_bar_leads_to_the_details_then_to_the_payment(phone: Page) -> None:
    take(phone, "General admission", 1)

    onward(phone).click()

    details = phone.get_by_role("heading", name="Your details")
    expect(details).to_be_focused()
    expect(details).to_be_in_viewport()
    fill_in(phone)
    phone.evaluate("scrollTo(0, 0)")
    onward(phone).click()
    pay = phone.get_by_role("button", name="Pay £25.00")
    expect(pay).to_be_focused()
    expect(pay).to_be_in_viewport()


def test_the_bar_is_gone_where_the_last_step_is_seen(phone: Page) -> None:
    take(phone, "General admission", 1)
    expect(onward(phone)).to_be_visible()

    phone.get_by_role("button", name="Pay £25.00").scroll_into_view_if_needed()
    expect(onward(phone)).to_have_count(0)

    phone.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(onward(phone)).to_have_count(0)
    phone.evaluate("scrollTo(0, 0)")
    expect(onward(phone)).to_be_visible()


@pytest.mark.parametrize("back", [False, True], ids=["forwards", "backwards"])
def test_the_bar_covers_nothing_that_has_the_focus(phone: Page, *, back: bool) -> None:
    take(phone, "General admission", 1)
    phone.evaluate("document.getElementById('title').focus()")
    if back:
        phone.get_by_role("button", name="Pay £25.00").focus()
    seen: list[str] = []

    for _ in range(16):
        phone.keyboard.press("Shift+Tab" if back else "Tab")
        name, covered = phone.evaluate(COVERED)
        assert not covered, name
        seen.append(name)

    assert {"name", "email", "language"} <= set(seen)


COVERED = """() => {
  const one = document.activeElement;
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const bar = document.querySelector(".tally");
  const above = bar.hidden ? innerHeight : bar.getBoundingClientRect().top;
  const inside = one.closest(".tally, footer") !== null;
  return [one.id || one.textContent, !inside && one !== document.body && bottom > above + 1];
}"""


def test_a_large_screen_has_the_sum_at_the_side_and_no_bar(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": 1280, "height": 800}).new_page()
    event_on_sale(shop)
    page.goto(EVENT_PAGE)

    take(page, "General admission", 1)

    expect(onward(page)).to_have_count(0)
    side = page.get_by_role("region", name="Your order")
    expect(side).to_contain_text("1 \u00d7 General admission")
    steps = [page.get_by_role("region", name=f"{n}. ") for n in (1, 2, 3)]
    lefts = [box["x"] for step in steps if (box := step.bounding_box())]
    tops = [box["y"] for step in steps if (box := step.bounding_box())]
    assert len(set(lefts)) == 1, "one column"
    assert tops == sorted(tops)
    page.evaluate("scrollTo(0, 0)")
    first, beside = steps[0].bounding_box(), side.bounding_box()
    assert first
    assert beside
    assert beside["y"] == first["y"], "no hole above the summary"
    assert beside["x"] > first["x"] + first["width"]


def test_the_stepper_is_beside_the_price_on_a_phone(phone: Page) -> None:
    row = phone.get_by_role("listitem").filter(has_text="General admission")
    price = row.get_by_text("£25.00").bounding_box()
    more = row.get_by_role("button", name="One more").bounding_box()

    assert price
    assert more
    middle = more["y"] + more["height"] / 2
    assert price["y"] < middle < price["y"] + price["height"]


def test_the_bar_stays_out_of_the_way_where_a_page_is_magnified(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    """At 400 % a window of 1280 by 1024 is 320 by 256: a fixed bar would take a third of it."""
    page = open_context(viewport={"width": 320, "height": 256}).new_page()
    event_on_sale(shop)
    page.goto(EVENT_PAGE)

    take(page, "General admission", 1)

    expect(page.locator(".tally")).to_have_css("position", "static")
