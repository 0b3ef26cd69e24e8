"""Filling in the order form: nothing typed is lost, and what is put right is no longer wrong."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import answers
from tests.browser.answers import ORDER_PATH
from tests.browser.fake_shop import FakeShop
from tests.browser.scenes import EVENT_PAGE, event_on_sale, fill_in, press_pay, take

pytestmark = pytest.mark.browser


def email(page: Page) -> str:
    return page.get_by_label("Email address").input_value()


def test_a_reload_keeps_what_was_chosen_and_typed(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    take(page, "General admission", 2)
    fill_in(page)
    page.get_by_label("Language of your tickets and emails").select_option("Français")

    page.reload()

    expect(page.locator("output")).to_have_text("2 tickets, £50.00")
    expect(page.get_by_label("Full name")).to_have_value("Ada Lovelace")
    assert email(page) == "ada@example.com"
    expect(page.get_by_label("Language of your tickets and emails")).to_have_value("fr")
    assert shop.calls("POST", "/api/orders") == []


def test_a_draft_that_asks_for_more_than_is_left_says_so(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    take(page, "Child (under 12)", 4)
    event_on_sale(shop, child=1)

    page.reload()

    expect(page.get_by_text("Choose 1 or fewer")).to_be_visible()


def test_a_placed_order_leaves_no_draft(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", answers.placed(None), status=201)
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    press_pay(filled)
    expect(filled.get_by_role("heading", level=1)).to_have_text("Waiting for your payment")

    filled.goto(EVENT_PAGE)

    expect(filled.get_by_label("Full name")).to_have_value("")
    expect(filled.locator("output")).to_have_text("No tickets chosen yet")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jane@gmial.com", "jane@gmail.com"),
        ("jane@gmal.com", "jane@gmail.com"),
        ("jane@gmaill.com", "jane@gmail.com"),
        ("jane@gmail.con", "jane@gmail.com"),
        ("jane@hotmial.co.uk", "jane@hotmail.co.uk"),
        ("Jane.Doe@Outlok.com", "Jane.Doe@outlook.com"),
    ],
)
def test_a_mistyped_address_is_noticed(page: Page, shop: FakeShop, typed: str, meant: str) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)

    fill_in(page, email=typed)
    page.get_by_label("Full name").focus()
    page.get_by_role("button", name=meant).click()

    assert email(page) == meant
    expect(page.get_by_text("Did you mean")).to_have_count(0)


@pytest.mark.parametrize(
    "typed", ["jane@gmail.com", "jane@mail.com", "jane@ymail.com", "jane@example.com", "jane@", ""]
)
def test_an_address_that_may_well_be_right_is_left_alone(
    page: Page, shop: FakeShop, typed: str
) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)

    fill_in(page, email=typed)
    page.get_by_label("Full name").focus()

    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_an_error_goes_away_when_it_is_put_right(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    page.get_by_role("button", name="Pay", exact=True).click()
    summary = page.locator(".summary-of-errors")
    expect(summary).to_contain_text("Enter your full name")

    take(page, "General admission", 1)
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Email address").fill("ada")
    expect(page.get_by_label("Full name")).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Email address")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Email address").fill("ada@example.com")

    expect(page.get_by_label("Email address")).not_to_have_attribute("aria-invalid", "true")
    expect(summary).to_be_empty()


def test_a_refusal_of_the_shop_goes_away_with_what_it_was_about(
    filled: Page, shop: FakeShop
) -> None:
    refusal = answers.refusal(422, "No", customer__email="this domain takes no mail")
    shop.answer("POST", "/api/orders", refusal, status=422)
    press_pay(filled)
    field = filled.get_by_label("Email address")
    expect(field).to_have_accessible_description(re.compile("This domain takes no mail"))

    field.fill("ada@example.org")

    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(filled.locator(".summary-of-errors")).to_be_empty()


def test_the_buttons_say_when_there_is_no_more(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop, general=2)
    page.goto(EVENT_PAGE)
    fewer, more = (
        page.get_by_role("button", name=f"One {which}: General admission")
        for which in ("fewer", "more")
    )
    expect(fewer).to_have_class("end")

    for _ in range(3):
        more.click()

    expect(page.get_by_label("How many: General admission")).to_have_value("2")
    expect(more).to_have_class("end")
    expect(fewer).not_to_have_class("end")
    expect(page.get_by_role("status").filter(has_text="2 is the most.")).to_have_count(1)


def test_who_was_too_late_for_some_tickets_can_go_on_with_the_rest(
    page: Page, shop: FakeShop
) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    take(page, "General admission", 1)
    take(page, "Child (under 12)", 2)
    fill_in(page)
    gone = answers.refusal(409, "Conflict", "not enough tickets are left", lines__1="sold out")
    shop.answer("POST", "/api/orders", gone, status=409)
    page.get_by_role("button", name="Pay £45.00").click()
    expect(page.locator(".summary-of-errors")).to_contain_text("Nothing was ordered.")
    event_on_sale(shop, child=0)

    page.get_by_role("button", name="Go on with what is left").click()

    rest = page.get_by_role("button", name="Pay £25.00")
    expect(rest).to_be_focused()
    expect(page.locator(".summary-of-errors")).to_be_empty()
    shop.answer("POST", "/api/orders", answers.placed(None), status=201)
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    rest.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for your payment")
