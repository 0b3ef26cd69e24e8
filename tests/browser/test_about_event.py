"""What an event says of itself, and the terms that a buyer agrees to before paying."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import answers
from tests.browser.fake_shop import Answer, FakeShop, file_of
from tests.browser.scenes import EVENT_PAGE, FESTIVAL_NAME, event_on_sale, fill_in, press_pay, take
from tests.support.builders import a_ticket_type, an_event
from ticketing.events.about import About
from ticketing.events.description import read
from ticketing.events.page import EventFile, rendered

pytestmark = pytest.mark.browser


@pytest.fixture
def told(page: Page, shop: FakeShop) -> Page:
    """The page of an event that says all that an event can say."""
    shop.answer("GET", "/api/events/5", answers.event() | answers.ABOUT)
    page.goto(EVENT_PAGE)
    return page


def test_a_description_is_read_before_the_tickets(told: Page) -> None:
    about = told.get_by_role("region", name="About this event")

    expect(about.get_by_role("heading", name="Who plays")).to_be_visible()
    expect(about.locator("strong", has_text="the park")).to_be_visible()
    expect(about.locator("li")).to_have_text(["The Tide Tables", "Low Water, from St Malo"])
    expect(told.get_by_text("Picnics are welcome.")).to_be_hidden()
    about.get_by_text("Read more").click()
    expect(told.get_by_text("Picnics are welcome.")).to_be_visible()
    link = about.get_by_role("link", name="their page")
    expect(link).to_have_attribute("href", "https://example.com/bands")


def test_who_sells_where_it_is_and_who_is_let_in(told: Page) -> None:
    expect(told.get_by_text("18:30 BST, doors 17:30, until 23:00")).to_be_visible()
    expect(told.get_by_text("All ages; under 14 with an adult.")).to_be_visible()
    expect(told.get_by_text("Sold by")).to_be_visible()
    expect(told.get_by_role("link", name="hello@example.com")).to_have_attribute(
        "href", "mailto:hello@example.com"
    )
    expect(told.get_by_role("link", name="See the venue on a map")).to_be_visible()


def test_terms_are_agreed_to_before_an_order_is_placed(told: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", answers.placed(shop.pay_url), status=201)
    expect(told.get_by_text("In full until a week before the event.")).to_be_visible()
    take(told, "General admission", 2)
    fill_in(told)

    press_pay(told)
    wrong = told.locator("#agreed-error")
    expect(wrong).to_have_text("Please agree to the terms to order.")
    assert shop.calls("POST", "/api/orders") == []

    told.get_by_role("checkbox", name="I agree to these terms.").check()
    expect(wrong).to_be_empty()
    press_pay(told)

    told.wait_for_url("**/pay")
    (asked,) = shop.calls("POST", "/api/orders")
    assert json.loads(asked.body)["agreed"] is True


def test_an_event_that_says_nothing_has_no_section_for_it(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", "/api/events/5", answers.event())
    page.goto(EVENT_PAGE)

    expect(page.get_by_role("heading", name="Choose your tickets")).to_be_visible()
    expect(page.get_by_role("region", name="About this event")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_what_looks_like_html_or_a_script_is_text(page: Page, shop: FakeShop) -> None:
    evil = {"text": "<img src=x onerror=alert(1)>", "style": "plain", "url": "javascript:alert(1)"}
    said = {"description": [{"kind": "paragraph", "spans": [evil]}], "map_url": "javascript:1"}
    shop.answer("GET", "/api/events/5", answers.event() | answers.ABOUT | said)

    page.goto(EVENT_PAGE)

    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    about = page.get_by_role("region", name="About this event")
    expect(about.get_by_role("link", name="img")).to_have_count(0)
    expect(about.get_by_role("link", name="map")).to_have_count(0)


def test_the_list_says_what_is_not_on_sale_yet_or_any_more(page: Page, shop: FakeShop) -> None:
    soon = answers.FESTIVAL | {
        "sale": "not_yet",
        "sale_starts_text": "Friday 5 March 2027, 10:00 GMT",
    }
    over = answers.TALK | {"sale": "ended"}
    shop.answer("GET", "/api/events", {"events": [over, soon]})

    page.goto("/")

    cards = page.get_by_role("article")
    expect(cards.nth(0)).to_contain_text("On sale from Friday 5 March 2027, 10:00 GMT")
    expect(cards.nth(1)).to_contain_text("No longer on sale")
    expect(page.get_by_text("Get tickets")).to_have_count(0)


OWN_PAGE = "/e/summer-sounds-5/"


@pytest.fixture
def shared(shop: FakeShop) -> str:
    """The address of a page that an import wrote."""
    said = About(description=read("Three **bands** play."))
    event = an_event(slug="summer-sounds-5", about=said)
    file = EventFile(event, (a_ticket_type(),), "Jersey Live Ltd", "Jersey Events", shop.url)
    shop.pages[OWN_PAGE] = rendered(file_of(EVENT_PAGE.partition("?")[0])[0].read_text(), file)
    return OWN_PAGE


def test_a_shared_page_is_read_at_once_and_then_sells(
    page: Page, shop: FakeShop, shared: str
) -> None:
    shop.answer("GET", "/api/events/5", Answer(answers.event() | answers.ABOUT, seconds=1.5))

    page.goto(shared)
    expect(page.get_by_text("General admission: £15.00")).to_be_visible(timeout=1400)
    assert page.title().startswith(FESTIVAL_NAME)

    expect(page.get_by_role("heading", name="Choose your tickets")).to_be_visible()
    expect(page.get_by_text("General admission: £15.00")).to_have_count(0)


def test_a_shared_page_is_read_without_a_script(
    open_context: Callable[..., BrowserContext], shared: str
) -> None:
    page = open_context(java_script_enabled=False).new_page()

    page.goto(shared)

    expect(page.get_by_role("heading", level=1)).to_have_text(FESTIVAL_NAME)
    expect(page.get_by_text("Three bands play.")).to_be_visible()
    expect(page.get_by_text("General admission: £15.00")).to_be_visible()
    assert "To order, this page needs JavaScript" in page.content()


def test_the_address_follows_the_venue_in_its_line(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)

    page.goto(EVENT_PAGE)

    expect(page.locator(".band .address")).to_have_css("display", "inline")
