"""From the event to the payment page: one basket becomes one order, whatever the buyer presses."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH, TOKEN
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import EVENT_PAGE, event_on_sale, fill_in, keys, press_pay, take
from ticketing.web import status_texts
from ticketing.web.status_texts import BuyerStatus

pytestmark = pytest.mark.browser

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def accept(shop: FakeShop, **how: float) -> None:
    shop.answer("POST", "/api/orders", answers.placed(shop.pay_url), status=201, **how)


def test_the_chosen_basket_is_sent_and_the_buyer_is_taken_to_payment(
    filled: Page, shop: FakeShop
) -> None:
    accept(shop)

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    [sent] = shop.calls("POST", "/api/orders")
    assert UUID.fullmatch(sent.headers["idempotency-key"])
    assert json.loads(sent.body) == {
        "event_id": "5",
        "lines": [{"sku": "general", "quantity": 2}],
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "language": "en"},
    }


@pytest.mark.parametrize(
    ("locale", "language"), [("fr-CH", "fr"), ("en-US", "en"), ("de-DE", "en")]
)
def test_the_language_of_the_browser_is_offered_first(
    open_context: Callable[..., BrowserContext], shop: FakeShop, locale: str, language: str
) -> None:
    event_on_sale(shop)
    page = open_context(locale=locale).new_page()

    page.goto(EVENT_PAGE)

    expect(page.locator("#language")).to_have_value(language)


def test_another_language_can_be_chosen(filled: Page, shop: FakeShop) -> None:
    accept(shop)
    filled.get_by_label("Language of your tickets and emails").select_option("Français")

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    [sent] = shop.calls("POST", "/api/orders")
    assert json.loads(sent.body)["customer"]["language"] == "fr"


def test_the_keyboard_alone_is_enough(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", "/api/events", {"events": [answers.FESTIVAL]})
    event_on_sale(shop)
    accept(shop)
    page.goto("/")
    expect(page.get_by_role("link", name="Jersey Live")).to_be_visible()

    focus_on(page, "Jersey Live: Summer Sounds")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jersey Live: Summer Sounds")
    focus_on(page, "One more: General admission")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    focus_on(page, "How many: Child (under 12)")
    page.keyboard.press("ArrowUp")
    expect(page.locator("output")).to_have_text("3 tickets, £60.00")
    focus_on(page, "name")
    page.keyboard.type("Ada Lovelace")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.com")
    focus_on(page, "Pay £60.00")
    page.keyboard.press("Enter")

    page.wait_for_url(shop.pay_url)
    [sent] = shop.calls("POST", "/api/orders")
    assert json.loads(sent.body)["lines"] == [
        {"sku": "general", "quantity": 2},
        {"sku": "child", "quantity": 1},
    ]


def focus_on(page: Page, wanted: str) -> None:
    """Press Tab until the element with this name is reached; its focus must be visible."""
    for _ in range(30):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "() => { const at = document.activeElement; const look = getComputedStyle("
            "at.closest('.card:has(:focus-visible)') ?? at);"
            "return [at.ariaLabel || at.name || at.textContent, look.outlineStyle]; }"
        )
        if name == wanted:
            assert outline == "solid"
            return
    pytest.fail(f"{wanted} cannot be reached with Tab")


def test_the_first_tab_stop_skips_the_header(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    expect(page.get_by_role("heading", level=2).first).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.ariaLabel") == "One fewer: General admission"


def test_a_double_click_creates_one_order(filled: Page, shop: FakeShop) -> None:
    accept(shop, seconds=0.5)

    filled.locator("button[type=submit]").dblclick()
    expect(filled.locator("button[type=submit]")).to_have_attribute("aria-disabled", "true")
    filled.keyboard.press("Enter")

    filled.wait_for_url(shop.pay_url)
    assert len(keys(shop)) == 1


def test_going_back_and_paying_again_reuses_the_order(filled: Page, shop: FakeShop) -> None:
    accept(shop)
    press_pay(filled)
    filled.wait_for_url(shop.pay_url)

    filled.go_back()
    expect(filled.get_by_text(f"see how order {NUMBER} is doing")).to_be_visible()
    if filled.get_by_label("Full name").input_value() == "":  # the page was reloaded
        take(filled, "General admission", 2)
        fill_in(filled)
    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    first, second = keys(shop)
    assert first == second


def test_a_different_basket_creates_another_order(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", Answer({}, 503), Answer(answers.placed(shop.pay_url), 201))
    filled.evaluate("Math.random = () => 0.999")
    press_pay(filled)
    filled.get_by_role("button", name="Stop trying").click()

    take(filled, "General admission", 1)
    filled.get_by_role("button", name="Pay £75.00").click()

    filled.wait_for_url(shop.pay_url)
    first, second = keys(shop)
    assert first != second


def test_the_same_basket_creates_a_new_order_once_the_first_has_ended(
    filled: Page, shop: FakeShop
) -> None:
    accept(shop)
    shop.answer("GET", ORDER_PATH, answers.order("completed"))
    press_pay(filled)
    filled.wait_for_url(shop.pay_url)
    filled.goto(f"/orders/?n={NUMBER}")
    expect(filled.get_by_role("heading", level=1)).to_have_text("Your tickets are ready")

    filled.goto(EVENT_PAGE)
    take(filled, "General admission", 2)
    fill_in(filled)
    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    first, second = keys(shop)
    assert first != second


def test_tickets_sold_meanwhile_are_reported_with_the_number_left(
    page: Page, shop: FakeShop
) -> None:
    shop.answer("GET", "/api/events/5", answers.event(), answers.event(child=1))
    refusal = answers.refusal(409, "Sold out", lines__1="only 1 left")
    shop.answer(
        "POST", "/api/orders", Answer(refusal, 409), Answer(answers.placed(shop.pay_url), 201)
    )
    page.goto(EVENT_PAGE)
    take(page, "General admission", 1)
    take(page, "Child (under 12)", 4)
    fill_in(page)

    page.get_by_role("button", name="Pay £65.00").click()

    summary = page.locator(".summary-of-errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Nothing was ordered.")
    child = page.get_by_label("How many: Child (under 12)")
    expect(child).to_have_attribute("aria-invalid", "true")
    expect(child).to_have_accessible_description(re.compile("Only 1 left"))
    expect(page.get_by_text("The last one")).to_be_visible()
    summary.get_by_role("link", name="only 1 left").click()
    expect(child).to_be_focused()

    child.fill("1")
    expect(child).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Pay £35.00").click()
    page.wait_for_url(shop.pay_url)


def test_missing_fields_are_listed_with_links_to_them(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    page.get_by_label("Email address").fill("ada@")

    page.get_by_role("button", name="Pay", exact=True).click()

    summary = page.locator(".summary-of-errors")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("listitem")).to_have_text(
        [
            "Choose at least one ticket",
            "Enter your full name",
            "Enter an email address like name@example.com",
        ]
    )
    summary.get_by_role("link", name="Enter your full name").click()
    expect(page.get_by_label("Full name")).to_be_focused()
    assert keys(shop) == []


def test_server_validation_errors_are_shown_at_the_field(filled: Page, shop: FakeShop) -> None:
    refusal = answers.refusal(422, "Not valid", customer__email="this domain takes no mail")
    shop.answer("POST", "/api/orders", refusal, status=422)

    press_pay(filled)

    email = filled.get_by_label("Email address")
    expect(email).to_have_accessible_description(re.compile("This domain takes no mail"))


def test_the_quantity_is_limited_to_what_is_left_and_allowed(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)

    take(page, "Child (under 12)", 6)
    expect(page.locator("output")).to_have_text("4 tickets, £40.00")
    page.get_by_label("How many: General admission").fill("11")
    expect(page.get_by_text("Choose 10 or fewer")).to_be_visible()
    page.get_by_label("How many: General admission").fill("2.5")
    expect(page.get_by_text("Enter a whole number")).to_be_visible()


OF_PAYING = re.compile(r"(?<!nothing to )\bpa(y|id)|SumUp", re.IGNORECASE)


def test_free_tickets_need_no_payment_page(page: Page, shop: FakeShop) -> None:
    event = answers.event()
    event["ticket_types"] = [{**event["ticket_types"][0], "price": answers.money("0.00")}]
    shop.answer("GET", "/api/events/5", event)
    nothing = answers.money("0.00")
    preparing = answers.order("preparing", total=nothing)
    complete = status_texts.OF_NOTHING_TO_PAY[BuyerStatus.COMPLETED]
    words = {"headline": complete.headline, "text": complete.text}
    shop.answer("POST", "/api/orders", answers.placed(None, "preparing"), status=201)
    shop.answer("GET", ORDER_PATH, preparing, answers.order("completed", total=nothing, **words))
    page.goto(EVENT_PAGE)
    main = page.get_by_role("main")
    expect(main).not_to_have_text(OF_PAYING, use_inner_text=True)
    take(page, "General admission", 2)
    fill_in(page)
    expect(main).not_to_have_text(OF_PAYING, use_inner_text=True)

    page.get_by_role("button", name="Get the tickets").click()

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("We are getting your tickets ready")
    expect(main).not_to_have_text(OF_PAYING, use_inner_text=True)
    expect(page.get_by_role("list", name="Progress of your order").locator("li")).to_have_count(2)
    expect(heading).to_have_text("Your tickets are ready")
    expect(main).not_to_have_text(OF_PAYING, use_inner_text=True)
    assert TOKEN not in page.url


def test_an_order_without_a_payment_page_continues_on_its_own_page(
    filled: Page, shop: FakeShop
) -> None:
    shop.answer("POST", "/api/orders", answers.placed(None), status=201)
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("POST", f"{ORDER_PATH}/payments", {"pay_url": shop.pay_url})

    press_pay(filled)
    filled.get_by_role("button", name="Pay £60.00").click()

    filled.wait_for_url(shop.pay_url)


def test_a_javascript_url_is_never_followed(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", answers.placed("javascript:alert(1)"), status=201)
    shop.answer("GET", ORDER_PATH, answers.order("paying"))

    press_pay(filled)

    expect(filled.get_by_role("heading", level=1)).to_have_text("Waiting for your payment")


def test_markup_in_names_is_shown_as_text(page: Page, shop: FakeShop) -> None:
    name = "<img src=x onerror=alert(1)> & friends"
    shop.answer("GET", "/api/events/5", {**answers.event(), "name": name})

    page.goto(EVENT_PAGE)

    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_sale_begins_by_itself_on_the_page_of_who_waits(page: Page, shop: FakeShop) -> None:
    waiting = answers.event() | {
        "sale": "not_yet",
        "sale_starts_at": datetime.now(UTC).isoformat(),
        "sale_starts_text": "Friday 5 March 2027, 10:00 GMT",
    }
    shop.answer("GET", "/api/events/5", waiting, answers.event())
    page.clock.install()
    page.goto(EVENT_PAGE)
    expect(page.get_by_role("heading", name="Tickets are not on sale yet")).to_be_visible()
    expect(page.get_by_text("The sale begins on Friday 5 March 2027, 10:00 GMT.")).to_be_visible()

    page.clock.run_for(20_000)

    expect(page.get_by_role("heading", name="Choose your tickets")).to_be_visible()


def test_each_ticket_type_says_when_it_is_sold(page: Page, shop: FakeShop) -> None:
    early, general, late = (dict(one) for one in answers.event()["ticket_types"])
    early |= {"sale": "ended", "max_per_order": 0}
    general |= {"sale_ends_text": "Friday 2 July 2027, 12:00 BST"}
    late |= {"sale": "not_yet", "sale_starts_text": "Saturday 3 July 2027, 12:00 BST"}
    shop.answer("GET", "/api/events/5", answers.event() | {"ticket_types": [early, general, late]})

    page.goto(EVENT_PAGE)

    said = page.locator(".type")
    expect(said.nth(0)).to_contain_text("No longer on sale")
    expect(said.nth(1)).to_contain_text("On sale until Friday 2 July 2027, 12:00 BST")
    expect(said.nth(2)).to_contain_text("On sale from Saturday 3 July 2027, 12:00 BST")
    expect(page.get_by_role("button", name="One more")).to_have_count(1)


@pytest.mark.parametrize(
    ("sale", "words"),
    [
        ("not_on_sale", "This event is not on sale"),
        ("ended", "The sale has ended"),
        ("cancelled", "This event is cancelled"),
        ("begun", "This event has begun"),
        ("sold_out", "This event is sold out"),
    ],
)
def test_an_event_that_is_not_sold_says_so_and_has_no_form(
    page: Page, shop: FakeShop, sale: str, words: str
) -> None:
    shop.answer("GET", "/api/events/5", {**answers.event(), "sale": sale})

    page.goto(EVENT_PAGE)

    expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("link", name="See all events")).to_be_visible()
