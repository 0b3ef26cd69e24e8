"""The address of an order: shown in full, and corrected on the order's page."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH, TOKEN
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import ORDER_PAGE

pytestmark = pytest.mark.browser

CHANGE = f"{ORDER_PATH}/email"
NEW = {"name": "Ada Lovelace", "email": "ada@gmail.com"}
BUSY = Answer({"message": "Service Unavailable"}, 503)


def open_order(page: Page, shop: FakeShop, status: str = "completed", **changes: object) -> None:
    shop.answer("GET", ORDER_PATH, answers.order(status, **changes))
    page.goto(ORDER_PAGE)
    expect(page.locator(".typed")).to_have_text("ada@example.com")


def change_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Change the email address")


def field(page: Page) -> Locator:
    return page.get_by_label("New email address")


def save(page: Page) -> Locator:
    return page.get_by_role("button", name="Save the address")


def announced(page: Page, words: str) -> None:
    expect(page.locator("body > .unseen[role=status]")).to_contain_text(words)


def change_to(page: Page, email: str) -> None:
    change_button(page).click()
    field(page).fill(email)
    save(page).click()


def changed(shop: FakeShop, status: str = "completed", *before: Answer, seconds: float = 0) -> None:
    """Let the shop change the address, which the order has from then on."""
    order = answers.order(status, customer=NEW)
    shop.answer("POST", CHANGE, *before, Answer(order, seconds=seconds))
    shop.answer("GET", ORDER_PATH, order)


def test_a_mistyped_address_is_corrected_and_the_tickets_are_on_their_way(
    page: Page, shop: FakeShop
) -> None:
    open_order(page, shop)
    change_button(page).click()
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("ada@example.com")
    changed(shop)

    page.keyboard.type("ada@gmail.com")  # it is selected, so that this replaces it
    page.keyboard.press("Enter")

    expect(page.locator(".recipient .news")).to_have_text(
        "Your tickets are on their way to ada@gmail.com."
    )
    expect(page.locator(".typed")).to_have_text("ada@gmail.com")
    expect(change_button(page)).to_be_focused()
    announced(page, "Your tickets are on their way to ada@gmail.com.")
    (asked,) = shop.calls("POST", CHANGE)
    assert json.loads(asked.body) == {"email": "ada@gmail.com"}
    assert asked.headers["x-order-token"] == TOKEN
    expect(page.get_by_text("The tickets were sent to ada@gmail.com.")).to_be_visible()


def test_an_order_that_is_not_paid_is_written_to_from_now_on(page: Page, shop: FakeShop) -> None:
    open_order(page, shop, "declined")
    changed(shop, "declined")

    change_to(page, "ada@gmail.com")

    expect(page.locator(".recipient .news")).to_have_text(
        "Done: from now on we write to ada@gmail.com."
    )


@pytest.mark.parametrize("status", ["expired", "failed", "refunded"])
def test_an_order_for_which_nothing_is_sent_keeps_its_address(
    status: str, page: Page, shop: FakeShop
) -> None:
    open_order(page, shop, status)

    expect(change_button(page)).to_have_count(0)


def test_a_typing_error_is_noticed_and_put_right_with_one_press(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    changed(shop)
    change_button(page).click()
    field(page).fill("ada@gmial.com")
    field(page).blur()

    page.get_by_role("button", name="ada@gmail.com").click()

    expect(field(page)).to_have_value("ada@gmail.com")
    expect(field(page)).to_be_focused()
    save(page).click()
    expect(page.locator(".typed")).to_have_text("ada@gmail.com")


def test_a_wrong_address_is_refused_at_the_field_until_it_is_right(
    page: Page, shop: FakeShop
) -> None:
    open_order(page, shop)

    change_to(page, "ada")

    expect(page.locator("#new-email-error")).to_contain_text("like name@example.com")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    announced(page, "Enter an email address like name@example.com")
    field(page).fill("ada@gmail.com")
    expect(page.locator("#new-email-error")).to_be_empty()
    assert shop.calls("POST", CHANGE) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            answers.refusal(409, "Conflict", "the address was changed 3 times already"),
            "The address was changed 3 times already.",
        ),
        (
            answers.refusal(429, "Too Many", "3 orders for this email address wait; pay"),
            "3 orders for this email address wait; pay.",
        ),
        (
            answers.refusal(422, "Unprocessable", email="the part after the @ is not a domain"),
            "The part after the @ is not a domain.",
        ),
    ],
    ids=["too often", "no room", "no address"],
)
def test_what_the_shop_refuses_stands_at_the_field(
    answer: dict[str, object], words: str, page: Page, shop: FakeShop
) -> None:
    open_order(page, shop)
    shop.answer("POST", CHANGE, Answer(answer, int(str(answer["status"]))))

    change_to(page, "ada@gmail.com")

    expect(page.locator("#new-email-error")).to_have_text(words)
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("ada@gmail.com")
    announced(page, words)
    assert len(shop.calls("POST", CHANGE)) == 1


def test_a_change_without_an_answer_is_asked_for_again(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    change_button(page).click()
    changed(shop, "completed", BUSY, seconds=1)
    field(page).fill("ada@gmail.com")

    save(page).click()

    expect(page.get_by_text("We try again by ourselves.")).to_be_visible()
    expect(page.get_by_role("button", name="Saving …")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".typed")).to_have_text("ada@gmail.com")
    assert len(shop.calls("POST", CHANGE)) == 2


def test_a_change_is_made_once_however_often_it_is_pressed(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    change_button(page).click()
    changed(shop, seconds=0.5)
    field(page).fill("ada@gmail.com")

    save(page).dblclick()

    expect(page.locator(".typed")).to_have_text("ada@gmail.com")
    assert len(shop.calls("POST", CHANGE)) == 1


def test_whoever_thinks_again_keeps_the_address(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    change_button(page).click()
    field(page).fill("somebody@else.example")

    page.get_by_role("button", name="Keep it as it is").click()

    expect(page.locator(".typed")).to_have_text("ada@example.com")
    expect(change_button(page)).to_be_focused()
    change_to(page, "ada@example.com")
    expect(page.locator(".typed")).to_have_text("ada@example.com")
    assert shop.calls("POST", CHANGE) == []


def test_whoever_stops_a_change_sees_what_became_of_it(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    shop.answer("POST", CHANGE, BUSY)
    change_to(page, "ada@gmail.com")
    expect(page.get_by_text("We try again by ourselves.")).to_be_visible()
    shop.answer("GET", ORDER_PATH, answers.order("completed", customer=NEW))

    page.get_by_role("button", name="Keep it as it is").click()

    expect(page.locator(".typed")).to_have_text("ada@gmail.com")


def test_news_of_the_order_do_not_disturb_who_is_typing(page: Page, shop: FakeShop) -> None:
    open_order(page, shop, "completed", mail="on_its_way", next_poll_seconds=1)
    change_button(page).click()
    expect(field(page)).to_be_focused()
    page.keyboard.type("ada@gm")
    shop.answer("GET", ORDER_PATH, answers.order("completed", mail="sent"))
    expect(page.get_by_text("The tickets were sent to ada@example.com.")).to_be_visible()

    page.keyboard.type("ail.com")

    expect(field(page)).to_have_value("ada@gmail.com")
    expect(field(page)).to_be_focused()


def test_an_answer_from_before_the_change_does_not_bring_the_old_address_back(
    page: Page, shop: FakeShop
) -> None:
    before = Answer(answers.order("checking", next_poll_seconds=1), seconds=1.5)
    shop.answer("GET", ORDER_PATH, answers.order("checking", next_poll_seconds=1), before)
    page.goto(ORDER_PAGE)
    change_button(page).click()
    field(page).fill("ada@gmail.com")
    page.wait_for_timeout(1_500)  # a request is under way
    changed(shop, "checking")

    save(page).click()

    expect(page.locator(".typed")).to_have_text("ada@gmail.com")
    page.wait_for_timeout(1_500)
    expect(page.locator(".typed")).to_have_text("ada@gmail.com")


def test_whoever_cannot_load_the_form_reads_what_to_do(page: Page, shop: FakeShop) -> None:
    open_order(page, shop)
    page.route("**/address-form.js", lambda route: route.abort())

    change_button(page).click()

    expect(page.locator(".recipient .news")).to_contain_text("then load this page again")
    announced(page, "Check your connection")
    expect(page.locator(".typed")).to_have_text("ada@example.com")


def test_an_order_that_ends_meanwhile_closes_the_form(page: Page, shop: FakeShop) -> None:
    open_order(page, shop, "checking", next_poll_seconds=1)
    change_button(page).click()
    shop.answer("GET", ORDER_PATH, answers.order("expired"))

    expect(page.get_by_role("heading", level=1)).to_have_text("This order was not paid in time")

    expect(field(page)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert NUMBER in page.url
