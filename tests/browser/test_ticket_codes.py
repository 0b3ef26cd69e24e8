"""After paying, the codes are on the order's page: first, readable, and there without a network."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH, TOKEN
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import ORDER_PAGE
from tests.support.codes import code_in_picture

pytestmark = pytest.mark.browser

CODES = f"{ORDER_PATH}/tickets/codes"
TEXTS = [ticket["text"] for ticket in answers.codes()["tickets"]]
FILES = {
    320: ["For your phone (PDF)", "Download your 3 tickets (PDF)", "Add to your calendar"],
    1280: ["Download your 3 tickets (PDF)", "For your phone (PDF)", "Add to your calendar"],
}


def paid(shop: FakeShop, *codes: object) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("completed"))
    shop.answer("GET", CODES, *(codes or [answers.codes()]))


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_door_reads_the_codes_off_the_screen(
    width: int,
    colours: Literal["light", "dark"],
    open_context: Callable[..., BrowserContext],
    shop: FakeShop,
) -> None:
    page = open_context(
        viewport={"width": width, "height": 700}, color_scheme=colours, device_scale_factor=2
    ).new_page()
    paid(shop)

    page.goto(ORDER_PAGE)

    codes = page.get_by_role("img", name="Code of ticket")
    expect(codes).to_have_count(3)
    assert [code_in_picture(code.screenshot()) for code in codes.all()] == TEXTS
    assert shop.calls("GET", CODES)[0].headers["x-order-token"] == TOKEN


def test_each_code_says_whose_it_is(page: Page, shop: FakeShop) -> None:
    paid(shop)

    page.goto(ORDER_PAGE)

    tickets = page.get_by_role("list", name="Codes of your tickets").get_by_role("listitem")
    expect(tickets.nth(2)).to_have_text(f"Child (under 12)Ada Lovelace{NUMBER}-03 3 of 3")


def test_the_tickets_come_first_once_there_are_some(page: Page, shop: FakeShop) -> None:
    paid(shop)
    shop.answer("GET", ORDER_PATH, answers.order("checking"), answers.order("completed"))

    page.goto(ORDER_PAGE)

    expect(page.locator(".column").first.get_by_role("region").first).to_have_attribute(
        "data-state", "checking"
    )
    expect(page.get_by_role("img", name="Code of ticket")).to_have_count(3)
    first = page.locator(".column").first.locator("section").first
    expect(first.get_by_role("heading", level=2)).to_have_text("Your tickets")


@pytest.mark.parametrize("width", FILES)
def test_a_phone_is_offered_its_own_file_first(
    width: int, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    paid(shop)

    page.goto(ORDER_PAGE)

    files = page.locator(".tickets").get_by_role("link")
    expect(files).to_have_text(
        [f"{name}Preparing …" if "phone" in name else name for name in FILES[width]]
    )
    second = [("second" in (one.get_attribute("class") or "")) for one in files.all()]
    assert second == [False, True, True]


def test_a_turned_tablet_has_the_files_in_the_other_order(page: Page, shop: FakeShop) -> None:
    paid(shop)
    page.set_viewport_size({"width": 600, "height": 900})
    page.goto(ORDER_PAGE)
    first = page.locator(".tickets").get_by_role("link").first
    expect(first).to_have_accessible_name("For your phone (PDF)")

    page.set_viewport_size({"width": 900, "height": 600})

    expect(first).to_have_accessible_name("Download your 3 tickets (PDF)")


def test_the_codes_stay_when_the_connection_is_gone(
    page: Page, context: BrowserContext, shop: FakeShop
) -> None:
    paid(shop)
    shop.answer("GET", ORDER_PATH, answers.order("completed", next_poll_seconds=1))
    page.goto(ORDER_PAGE)
    codes = page.get_by_role("img", name="Code of ticket")
    expect(codes).to_have_count(3)

    context.set_offline(offline=True)

    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(codes).to_have_count(3)
    assert code_in_picture(codes.nth(1).screenshot()) == TEXTS[1]


def test_the_codes_are_asked_for_again_in_a_crowd(page: Page, shop: FakeShop) -> None:
    paid(shop, Answer({}, 503), Answer(answers.codes()))
    page.add_init_script("Math.random = () => 0")

    page.goto(ORDER_PAGE)

    expect(page.get_by_role("img", name="Code of ticket")).to_have_count(3)
    expect(page.locator(".shape")).to_have_count(0)


def test_the_codes_are_asked_for_once(page: Page, shop: FakeShop) -> None:
    paid(shop)
    coming = answers.order("completed", mail="on_its_way", next_poll_seconds=1)
    shop.answer("GET", ORDER_PATH, coming, coming, answers.order("completed"))

    page.goto(ORDER_PAGE)

    expect(page.get_by_text("The tickets were sent to")).to_be_visible()
    expect(page.get_by_role("img", name="Code of ticket")).to_have_count(3)
    assert len(shop.calls("GET", CODES)) == 1


def test_an_order_without_codes_has_its_files(page: Page, shop: FakeShop) -> None:
    """A shop of before there were codes, and one that refuses them."""
    shop.answer("GET", ORDER_PATH, answers.order("completed"))

    page.goto(ORDER_PAGE)

    expect(page.get_by_role("link", name="For your phone (PDF)")).to_be_visible()
    expect(page.locator(".ticket")).to_have_count(0)


def test_void_tickets_leave_the_page(page: Page, shop: FakeShop) -> None:
    paid(shop)
    shop.answer(
        "GET",
        ORDER_PATH,
        answers.order("completed", next_poll_seconds=1),
        answers.order("refunded"),
    )

    page.goto(ORDER_PAGE)

    expect(page.locator(".status")).to_have_attribute("data-state", "refunded")
    expect(page.locator(".ticket")).to_have_count(0)


def test_paper_has_the_codes_and_no_buttons(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(color_scheme="dark", viewport={"width": 720, "height": 1000}).new_page()
    paid(shop)
    page.goto(ORDER_PAGE)
    expect(page.get_by_role("img", name="Code of ticket")).to_have_count(3)

    page.emulate_media(media="print")

    expect(page.get_by_text("Jersey Live: Summer Sounds").first).to_be_visible()
    expect(page.get_by_text(NUMBER, exact=True)).to_be_visible()
    for gone in ("header", "footer", ".actions", ".help", ".status"):
        for one in page.locator(gone).all():
            expect(one).to_be_hidden()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    codes = page.get_by_role("img", name="Code of ticket").all()
    assert [code_in_picture(code.screenshot()) for code in codes] == TEXTS
