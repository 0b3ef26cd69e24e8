"""What is on: each event by its picture or its date, sold out ones last."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser import answers
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import EVENT_PAGE, FESTIVAL_NAME

pytestmark = pytest.mark.browser

MOST_SHIFT = 0.05
COLOURED = 6
"""As many colours as a date can have."""
READABLE = 7


def sell(shop: FakeShop, *events: answers.Json) -> None:
    shop.answer("GET", "/api/events", {"events": events})


def test_sold_out_events_come_last_and_offer_no_tickets(page: Page, shop: FakeShop) -> None:
    sell(shop, answers.RECITAL, answers.FESTIVAL, answers.TALK)

    page.goto("/")

    cards = page.get_by_role("article")
    names = [answers.FESTIVAL["name"], answers.TALK["name"], answers.RECITAL["name"]]
    expect(cards.get_by_role("heading")).to_have_text(names)
    expect(cards.nth(0)).to_contain_text("Get tickets")
    expect(cards.nth(2)).to_contain_text("Sold out")
    expect(cards.nth(2)).not_to_contain_text("Get tickets")


def test_a_click_on_get_tickets_opens_the_event(page: Page, shop: FakeShop) -> None:
    sell(shop, answers.FESTIVAL)
    shop.answer("GET", "/api/events/5", answers.event())
    page.goto("/")

    # It is a part of the card, which is one link.
    page.get_by_text("Get tickets").click(force=True)

    page.wait_for_url(shop.url + EVENT_PAGE)
    expect(page.get_by_role("heading", level=1)).to_have_text(FESTIVAL_NAME)


def test_a_date_is_the_day_at_the_venue(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    """In New York it is still Friday when the night begins at the venue."""
    page = open_context(timezone_id="America/New_York").new_page()
    sell(shop, answers.FESTIVAL | {"starts_at": "2027-07-17T00:30:00+01:00"})

    page.goto("/")

    expect(page.locator(".date")).to_have_text("Saturday17July")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_dates_are_white_on_dark_colours(
    colours: str, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    """Axe cannot tell: their ground is a picture."""
    page = open_context(color_scheme=colours).new_page()
    sell(shop, *(answers.FESTIVAL | {"event_id": str(n)} for n in range(COLOURED)))

    page.goto("/")

    expect(page.locator(".date")).to_have_count(COLOURED)
    found: list[tuple[list[float], list[float]]] = page.evaluate(
        """() => [...document.querySelectorAll(".date")].map((one) => {
          const style = getComputedStyle(one);
          return [style.color, style.backgroundColor].map(
            (colour) => colour.match(/[\\d.]+/g).map(Number));
        })"""
    )
    assert len({tuple(ground) for _, ground in found}) == COLOURED, "neighbours differ"
    assert min(contrast(ink, ground) for ink, ground in found) >= READABLE


def contrast(one: list[float], other: list[float]) -> float:
    """The ratio of WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    parts = [level / 255 for level in colour[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("address", ["/", EVENT_PAGE])
def test_nothing_moves_when_a_picture_arrives(
    address: str, width: int, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(SHIFTS)
    page.route("**/pictures/*", late)
    sell(shop, answers.PICTURED, answers.TALK)
    shop.answer("GET", "/api/events/5", answers.event() | {"picture": answers.PICTURED["picture"]})

    page.goto(address)
    picture = page.get_by_role("img", name="A stage between trees in the evening sun")
    expect(picture).to_be_visible()
    page.wait_for_function("() => [...document.images].every((one) => one.complete)")

    assert picture.evaluate("one => one.naturalWidth") > 0
    assert picture.get_attribute("loading") == "lazy"
    assert [picture.get_attribute(side) for side in ("width", "height")] == ["960", "540"]
    assert page.evaluate("window.shift") < MOST_SHIFT


def late(route: Route) -> None:
    """Answer after the page was laid out without the picture: what moves then, is counted."""
    time.sleep(0.4)
    route.continue_()


def test_a_picture_is_fetched_in_the_size_that_is_shown(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": 400, "height": 800}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(shop.url)))
    sell(shop, answers.PICTURED)

    page.goto("/")
    page.wait_for_function("() => document.images[0]?.complete")

    assert [path for path in asked if "pictures" in path] == ["/pictures/480x270.webp"]


def test_an_event_without_a_usable_picture_shows_its_date(page: Page, shop: FakeShop) -> None:
    sell(shop, answers.FESTIVAL | {"picture": None}, answers.TALK | {"picture": {"sources": []}})

    page.goto("/")

    expect(page.locator(".date")).to_have_count(2)


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_header_is_one_row(
    width: int, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    sell(shop)

    page.goto("/")

    bar = page.locator(".bar")
    expect(bar.get_by_role("link", name="Lost your tickets?")).to_be_visible()
    tops: list[float] = bar.evaluate(
        "bar => [...bar.querySelectorAll('a')].filter(one => one.offsetWidth)"
        ".map(one => one.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1
    assert bar.evaluate("bar => bar.offsetHeight") <= 64


@pytest.mark.parametrize("width", [320, 1280])
def test_the_first_event_is_wide_where_there_is_room(
    width: int, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    sell(
        shop, answers.FESTIVAL, answers.TALK, answers.FESTIVAL | {"event_id": "8"}, answers.RECITAL
    )

    page.goto("/")

    cards = page.get_by_role("article")
    expect(cards).to_have_count(4)
    first, second = (card["width"] for n in (0, 1) if (card := cards.nth(n).bounding_box()))
    assert (first > 2 * second) is (width > 700)


def test_the_events_are_asked_for_again_and_keep_their_order(page: Page, shop: FakeShop) -> None:
    both = {"events": [answers.RECITAL, answers.FESTIVAL]}
    shop.answer("GET", "/api/events", Answer({}, 503), Answer(both))
    page.add_init_script("Math.random = () => 0")

    page.goto("/")

    expect(page.get_by_role("article").nth(1)).to_contain_text("Sold out")
