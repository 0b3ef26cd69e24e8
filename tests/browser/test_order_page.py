"""The order page trusts only the shop, says when it is offline, and forgets nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser import answers
from tests.browser.answers import CODE, NUMBER, ORDER_PATH, STATE_PATH, TOKEN
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import ORDER_PAGE, RETURN_PAGE, event_on_sale

pytestmark = pytest.mark.browser

KNOWN_PAGE = f"/orders/?n={NUMBER}"


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def orders(shop: FakeShop, *documents: Any) -> None:  # noqa: ANN401  # JSON
    shop.answer("GET", ORDER_PATH, *documents)


def test_the_token_moves_from_the_address_bar_into_a_header(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))

    page.goto(ORDER_PAGE)

    heading(page, "Your tickets are ready")
    assert page.url == shop.url + KNOWN_PAGE
    assert {one.headers["x-order-token"] for one in shop.asked} == {TOKEN}
    page.reload()
    heading(page, "Your tickets are ready")


def test_the_order_is_found_again_after_closing_the_tab(
    page: Page, context: BrowserContext, shop: FakeShop
) -> None:
    orders(shop, answers.order("checking"))
    shop.answer("GET", "/api/events", {"events": []})
    page.goto(ORDER_PAGE)
    expect(page.get_by_text("Please do not pay again.")).to_be_visible()
    page.close()
    orders(shop, answers.order("completed"))

    again = context.new_page()
    again.goto("/")
    again.get_by_role("link", name="Jersey Live: Summer Sounds").click()

    heading(again, "Your tickets are ready")


def test_an_invalid_link_does_not_replace_the_valid_one(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))
    page.goto(ORDER_PAGE)
    heading(page, "Your tickets are ready")
    orders(shop, Answer({}, 404), Answer(answers.order("completed")))

    page.goto("/lost-tickets/")
    page.goto(f"{KNOWN_PAGE}#t=wrong")

    heading(page, "Your tickets are ready")
    assert shop.asked[-1].headers["x-order-token"] == TOKEN


WAYS_WITHOUT_A_TOKEN = {
    "the mail's link was cut off": KNOWN_PAGE,
    "the token is wrong": ORDER_PAGE,
    "the return code has ended": RETURN_PAGE,
    "no number": "/orders/",
}


@pytest.mark.parametrize("address", WAYS_WITHOUT_A_TOKEN.values(), ids=WAYS_WITHOUT_A_TOKEN)
def test_a_page_without_the_token_is_calm_and_offers_the_way_in_by_email(
    address: str, page: Page
) -> None:
    page.goto(address)

    heading(page, "Open your order by email")
    expect(page.get_by_text("your tickets come by email within minutes")).to_be_visible()
    page.get_by_role("link", name="Send me my tickets and link").click()
    heading(page, "Lost your tickets?")


def test_who_returns_from_the_bank_in_another_browser_sees_how_the_order_stands(
    page: Page, shop: FakeShop
) -> None:
    paying, ready = answers.state("paying"), answers.state("completed")
    shop.answer("GET", STATE_PATH, paying, paying, ready)

    page.goto(RETURN_PAGE)

    heading(page, "Waiting for your payment")
    expect(page.get_by_text("your tickets come by email within minutes")).to_be_visible()
    expect(page.get_by_role("link", name="Send me my tickets and link")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    heading(page, "Your tickets are ready")
    expect(page.locator(".unseen[role=status]")).to_contain_text("Your tickets are ready")
    assert {one.headers["x-return-code"] for one in shop.asked} == {CODE}
    assert {one.path for one in shop.asked} == {STATE_PATH}


def test_who_returns_without_browser_storage_sees_how_the_order_stands(
    page: Page, shop: FakeShop
) -> None:
    blocked = "get() { throw new DOMException('denied', 'SecurityError') }"
    page.add_init_script(f"Object.defineProperty(window, 'localStorage', {{ {blocked} }})")
    shop.answer("GET", STATE_PATH, answers.state("checking"))

    page.goto(RETURN_PAGE)
    heading(page, "We are checking your payment")
    page.reload()

    heading(page, "We are checking your payment")
    assert page.url == shop.url + RETURN_PAGE, "the code is all that this browser has"


def test_a_browser_with_the_token_needs_no_return_code(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))
    page.goto(ORDER_PAGE)
    heading(page, "Your tickets are ready")

    page.goto(RETURN_PAGE)

    heading(page, "Your tickets are ready")
    expect(page.get_by_role("link", name="Download your 3 tickets (PDF)")).to_be_visible()
    assert page.url == shop.url + KNOWN_PAGE, "nothing of it stays for a bookmark"
    assert not shop.calls("GET", STATE_PATH)


def test_a_token_that_opens_nothing_gives_way_to_the_return_code(
    page: Page, shop: FakeShop
) -> None:
    shop.answer("GET", STATE_PATH, answers.state("completed"))

    page.goto(f"{RETURN_PAGE}#t=cut")

    heading(page, "Your tickets are ready")


def test_a_returned_buyer_is_told_when_the_shop_cannot_be_reached(
    page: Page, shop: FakeShop
) -> None:
    shop.answer("GET", STATE_PATH, Answer({}, 503), Answer(answers.state("checking")))

    page.goto(RETURN_PAGE)

    heading(page, "We are checking your payment")
    assert len(shop.calls("GET", STATE_PATH)) > 1


def test_the_page_polls_the_order_and_announces_changes(page: Page, shop: FakeShop) -> None:
    checking = answers.order("checking")
    orders(shop, answers.order("paying"), checking, checking, answers.order("completed"))

    page.goto(ORDER_PAGE)

    heading(page, "Your tickets are ready")
    expect(page.locator(".unseen[role=status]")).to_contain_text("Your tickets are ready")
    expect(page).to_have_title("Your tickets are ready \u2013 JerseyEvents")


def test_focus_stays_on_a_button_that_is_redrawn(page: Page, shop: FakeShop) -> None:
    sent = answers.order("completed", mail="sent")
    coming = answers.order("completed", mail="on_its_way", next_poll_seconds=1)
    orders(shop, coming, sent)
    page.goto(ORDER_PAGE)
    page.get_by_role("button", name="Send the email again").focus()

    expect(page.get_by_text("The tickets were sent to ada@example.com.")).to_be_visible()

    expect(page.get_by_role("button", name="Send the email again")).to_be_focused()


def test_a_buyer_returning_from_payment_is_not_asked_to_pay_again(
    page: Page, shop: FakeShop
) -> None:
    orders(shop, answers.order("paying"))
    shop.answer("POST", f"{ORDER_PATH}/payments", {"pay_url": shop.pay_url})
    page.clock.install()
    page.goto(ORDER_PAGE)
    page.get_by_role("button", name="Pay £60.00").click()
    page.wait_for_url(shop.pay_url)

    page.goto(KNOWN_PAGE)

    heading(page, "We are checking your payment")
    expect(page.get_by_text("Please do not pay again.")).to_be_visible()
    expect(page.get_by_role("button", name="pay")).to_have_count(0)
    page.clock.fast_forward(13_000)
    heading(page, "Waiting for your payment")
    expect(page.get_by_role("button", name="I have not paid yet: pay £60.00")).to_be_visible()


def test_a_declined_payment_is_retried_on_a_new_payment_page(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("declined"))
    shop.answer("POST", f"{ORDER_PATH}/payments", {"pay_url": f"{shop.pay_url}?new"})
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Try again: pay £60.00").dblclick()

    page.wait_for_url(f"{shop.pay_url}?new")
    assert len(shop.calls("POST", f"{ORDER_PATH}/payments")) == 1


def test_paying_an_order_already_paid_in_another_tab_is_refused(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("paying", next_poll_seconds=60), answers.order("completed"))
    refusal = answers.refusal(409, "Conflict", "This order is paid already.")
    shop.answer("POST", f"{ORDER_PATH}/payments", refusal, status=409)
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Pay £60.00").click()

    heading(page, "Your tickets are ready")


def test_a_buyer_cancels_an_order_after_confirming(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("paying"))
    cancelled = answers.order("expired") | {"headline": "You cancelled this order"}
    shop.answer("POST", f"{ORDER_PATH}/give-up", cancelled)
    page.goto(ORDER_PAGE)
    cancel = page.get_by_role("button", name="Cancel this order")

    page.once("dialog", lambda asked: asked.dismiss())
    cancel.click()
    heading(page, "Waiting for your payment")
    page.once("dialog", lambda asked: asked.accept())
    orders(shop, cancelled)
    cancel.click()

    heading(page, "You cancelled this order")
    expect(page.get_by_role("link", name="Go to the event")).to_be_visible()


def test_an_order_that_may_be_paid_is_not_cancelled(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("paying"))
    refused = {"detail": "a payment has arrived and is being checked"}
    shop.answer("POST", f"{ORDER_PATH}/give-up", Answer(refused, 409))
    page.goto(ORDER_PAGE)

    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Cancel this order").click()

    expect(page.locator(".news")).to_have_text("a payment has arrived and is being checked")
    heading(page, "Waiting for your payment")


def test_a_hidden_tab_stops_polling_until_it_is_visible_again(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("checking"))
    page.goto(ORDER_PAGE)
    heading(page, "We are checking your payment")

    hide(page, hidden=True)
    page.wait_for_timeout(1_300)  # a response may have been in flight
    asked = len(shop.asked)
    page.wait_for_timeout(2_500)
    assert len(shop.asked) == asked
    orders(shop, answers.order("completed"))
    hide(page, hidden=False)

    heading(page, "Your tickets are ready")


def hide(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "value => { Object.defineProperty(document, 'hidden', { value, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_the_page_keeps_its_content_offline_and_resumes_by_itself(
    page: Page, context: BrowserContext, shop: FakeShop
) -> None:
    orders(shop, answers.order("checking"))
    page.goto(ORDER_PAGE)
    heading(page, "We are checking your payment")

    context.set_offline(offline=True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("If you have paid, do not pay again.")
    heading(page, "We are checking your payment")
    orders(shop, answers.order("completed"))
    context.set_offline(offline=False)

    heading(page, "Your tickets are ready")
    expect(page.get_by_text("You are offline.")).to_have_count(0)


def test_polling_backs_off_while_the_shop_fails(page: Page, shop: FakeShop) -> None:
    orders(shop, Answer({}, 503))
    page.add_init_script("Math.random = () => 0.999")
    page.clock.install()
    page.goto(ORDER_PAGE)
    expect(page.get_by_text("If you have paid, do not pay again.")).to_be_visible()

    for _ in range(120):
        page.clock.run_for(1_000)

    assert 5 <= len(shop.asked) <= 9
    orders(shop, answers.order("completed"))
    page.get_by_role("button", name="Try again").click()
    heading(page, "Your tickets are ready")


def test_a_finished_order_is_no_longer_polled(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("expired"))
    page.goto(ORDER_PAGE)
    heading(page, "This order was not paid in time")

    page.wait_for_timeout(2_500)

    assert len(shop.asked) == 1
    expect(page.get_by_role("link", name="Go to the event")).to_be_visible()


def test_downloads_send_the_token(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))
    page.goto(ORDER_PAGE)

    for name in (
        "Download your 3 tickets (PDF)",
        "For your phone (PDF)",
        "Add to your calendar",
    ):
        address = page.get_by_role("link", name=name).get_attribute("href")
        assert address is not None
        assert address.endswith(f"?token={TOKEN}")


PHONE = f"{ORDER_PATH}/phone-tickets"


def test_tickets_for_a_phone_are_prepared_then_downloaded(page: Page, shop: FakeShop) -> None:
    """By the keyboard; the link keeps the focus and its size, and no second click asks again."""
    orders(shop, answers.order("completed"))
    shop.answer("GET", PHONE, Answer(shop.bucket_url, 302, seconds=1), Answer(shop.bucket_url, 302))
    page.goto(ORDER_PAGE)
    link = page.get_by_role("link", name="For your phone (PDF)")
    calendar = page.get_by_role("link", name="Add to your calendar")
    link.focus()
    before = (link.bounding_box(), calendar.bounding_box())

    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
        working = page.get_by_role("link", name="Preparing …")
        expect(working).to_be_focused()
        expect(working).to_have_attribute("aria-disabled", "true")
        expect(page.locator(".unseen[role=status]")).to_have_text("Preparing …")
        assert (working.bounding_box(), calendar.bounding_box()) == before
        page.keyboard.press("Enter")

    assert downloading.value.suggested_filename == "A6.pdf"
    assert downloading.value.url == shop.bucket_url
    expect(link).to_be_focused()
    assert len(shop.calls("GET", PHONE)) == 2, "to have them drawn, and to have them"
    assert len(page.context.pages) == 1, "no window that a browser could block"


def test_tickets_for_a_phone_that_cannot_be_made_are_tried_again(
    page: Page, shop: FakeShop
) -> None:
    orders(shop, answers.order("completed"))
    shop.answer("GET", PHONE, Answer({}, 503), Answer({}, 429), Answer(shop.bucket_url, 302))
    page.goto(ORDER_PAGE)
    link = page.get_by_role("link", name="For your phone (PDF)")

    for _ in range(2):
        link.click()
        expect(page.locator(".news.bad")).to_contain_text("Please try again in a minute.")
        assert page.url == shop.url + KNOWN_PAGE

    with page.expect_download():
        link.click()
    expect(page.locator(".news")).to_have_count(0)


def test_why_an_order_has_no_tickets_for_a_phone_is_shown(page: Page, shop: FakeShop) -> None:
    void = "the tickets of this order are void"
    orders(shop, answers.order("completed"))
    shop.answer("GET", PHONE, answers.refusal(409, "Conflict", void), status=409)
    page.goto(ORDER_PAGE)
    heading(page, "Your tickets are ready")
    orders(shop, answers.order("refunded"))

    page.get_by_role("link", name="For your phone (PDF)").click()

    expect(page.locator(".status")).to_have_attribute("data-state", "refunded")
    expect(page.get_by_role("link", name="For your phone (PDF)")).to_have_count(0)


def test_the_daily_resend_limit_is_explained(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))
    shop.answer("POST", f"{ORDER_PATH}/resend", Answer({}, 202), Answer({}, 429))
    page.goto(ORDER_PAGE)
    resend = page.get_by_role("button", name="Send the email again")

    resend.click()
    expect(page.locator(".news")).to_contain_text("on their way to ada@example.com again")
    resend.click()
    expect(page.locator(".news")).to_contain_text("often enough for today")


def test_the_order_is_shown_without_browser_storage(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    orders(shop, answers.order("completed"))
    context = open_context()
    context.add_init_script(
        "for (const area of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, area, { get() { throw new DOMException('no'); } });"
    )
    page = context.new_page()

    page.goto(ORDER_PAGE)

    heading(page, "Your tickets are ready")
    page.reload()
    heading(page, "Your tickets are ready")


def test_an_order_can_be_removed_from_the_list(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed"))
    shop.answer("GET", "/api/events", {"events": []})
    page.goto(ORDER_PAGE)
    heading(page, "Your tickets are ready")
    page.goto("/")

    page.get_by_role("button", name=f"Remove order {NUMBER}").click()

    expect(page.get_by_text("Your orders on this device")).to_have_count(0)


SURE = (
    "Change this order? It is cancelled first. Your places go back on sale while you choose again, "
    "and others may take them."
)
GIVEN_UP = answers.order("failed", given_up=True)


def test_an_unpaid_order_is_changed_by_choosing_again(page: Page, shop: FakeShop) -> None:
    """What was ordered is in the basket again; the places may be sold meanwhile."""
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("POST", f"{ORDER_PATH}/give-up", GIVEN_UP)
    event_on_sale(shop)
    page.goto(ORDER_PAGE)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.once("dialog", agree)

    page.get_by_role("button", name="Change this order").click()

    page.wait_for_url("**/event/?id=5")
    assert asked == [SURE]
    assert len(shop.calls("POST", f"{ORDER_PATH}/give-up")) == 1
    expect(page.get_by_label("How many: General admission")).to_have_value("2")
    expect(page.get_by_label("How many: Child (under 12)")).to_have_value("1")
    expect(page.get_by_label("Email address")).to_have_value("ada@example.com")
    expect(page.get_by_role("button", name="Pay £60.00")).to_be_enabled()


def test_an_order_that_was_paid_after_all_is_not_changed(page: Page, shop: FakeShop) -> None:
    reason = "a payment has arrived and is being checked"
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("POST", f"{ORDER_PATH}/give-up", answers.refusal(409, reason), status=409)
    event_on_sale(shop)
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name="Change this order").click()

    expect(page.locator(".news.bad")).to_contain_text(reason)
    expect(page.get_by_role("button", name="Change this order")).to_be_enabled()
    assert page.url == f"{shop.url}/orders/?n={NUMBER}"


def test_a_change_whose_answer_is_lost_goes_on_once_the_order_says_how_it_ended(
    page: Page, shop: FakeShop
) -> None:
    trouble = Answer({"message": "Service Unavailable"}, 503)
    paying = answers.order("paying", next_poll_seconds=1)
    shop.answer("GET", ORDER_PATH, paying, GIVEN_UP)
    shop.answer("POST", f"{ORDER_PATH}/give-up", trouble, Answer(GIVEN_UP, seconds=20))
    event_on_sale(shop)
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name="Change this order").click()

    page.wait_for_url("**/event/?id=5")
    expect(page.get_by_label("How many: General admission")).to_have_value("2")


def test_an_order_that_ended_otherwise_meanwhile_leads_to_no_second_purchase(
    page: Page, shop: FakeShop
) -> None:
    """Perhaps it was paid, and somebody looks into that: the buyer has to read it."""
    paying, expired = answers.order("paying", next_poll_seconds=60), answers.order("expired")
    shop.answer("GET", ORDER_PATH, paying, expired)
    shop.answer("POST", f"{ORDER_PATH}/give-up", expired)
    event_on_sale(shop)
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name="Change this order").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("This order was not paid in time")
    assert page.url == f"{shop.url}/orders/?n={NUMBER}"


@pytest.mark.parametrize("sale", ["ended", "not_on_sale", "cancelled"])
def test_an_order_that_could_not_be_placed_again_is_not_changed(
    sale: str, page: Page, shop: FakeShop
) -> None:
    """An order may be paid after its sale has ended."""
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("GET", "/api/events/5", {**answers.event(), "sale": sale})
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Change this order").click()

    expect(page.locator(".news.bad")).to_contain_text("It can be paid as it is.")
    assert shop.calls("POST", f"{ORDER_PATH}/give-up") == []


def test_an_order_with_a_ticket_type_that_is_off_sale_is_not_changed(
    page: Page, shop: FakeShop
) -> None:
    event = answers.event()
    event["ticket_types"][1]["sale"] = "ended"
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("GET", "/api/events/5", event)
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Change this order").click()

    expect(page.locator(".news.bad")).to_contain_text("cannot be changed")


def test_an_order_that_cannot_be_paid_any_more_is_not_offered_for_change(
    page: Page, shop: FakeShop
) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("paying", pay_again=False))

    page.goto(ORDER_PAGE)

    expect(page.get_by_role("button", name="Cancel this order")).to_be_visible()
    expect(page.get_by_role("button", name="Change this order")).to_have_count(0)


def test_who_thinks_better_of_it_changes_nothing(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    event_on_sale(shop)
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda dialog: dialog.dismiss())

    page.get_by_role("button", name="Change this order").click()

    expect(page.get_by_role("button", name="Pay £60.00")).to_be_visible()
    assert shop.calls("POST", f"{ORDER_PATH}/give-up") == []


def test_pressing_twice_asks_once(page: Page, shop: FakeShop) -> None:
    """The shop is asked first whether the order could be placed again, which takes a while."""
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer("GET", "/api/events/5", answers.event(), seconds=0.5)
    asked: list[str] = []

    def decline(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", decline)
    page.goto(ORDER_PAGE)
    change = page.get_by_role("button", name="Change this order")

    change.dblclick()

    page.wait_for_timeout(1500)
    assert asked == [SURE]
    assert len(shop.calls("GET", "/api/events/5")) == 1
    change.click()
    page.wait_for_timeout(1500)
    assert asked == [SURE, SURE], "and again when it is pressed again"


OFFER = {"asked": False, "until_text": "Saturday 10 July 2027, 23:59 BST"}
ASK_PATH = f"{ORDER_PATH}/refund-request"


def test_the_buyer_of_a_moved_event_asks_for_the_money_back(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed", refund_offer=OFFER))
    asked = answers.order("completed", refund_offer=OFFER | {"asked": True})
    shop.answer("POST", ASK_PATH, asked)
    page.goto(ORDER_PAGE)
    button = page.get_by_role("button", name="Ask for my money back")
    expect(page.locator(".status")).to_contain_text("until Saturday 10 July 2027, 23:59 BST")

    page.once("dialog", lambda sure: sure.dismiss())
    button.click()
    assert shop.calls("POST", ASK_PATH) == []
    orders(shop, asked)
    page.once("dialog", lambda sure: sure.accept())
    button.click()

    expect(page.locator(".status")).to_contain_text("You asked for your money back.")
    expect(button).to_have_count(0)
    assert len(shop.calls("POST", ASK_PATH)) == 1
    heading(page, "Your tickets are ready")


def test_a_buyer_reads_why_the_money_cannot_be_asked_back(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("completed", refund_offer=OFFER))
    reason = "the time to ask for your money back is over; please write to us"
    shop.answer("POST", ASK_PATH, Answer({"detail": reason}, 409))
    page.goto(ORDER_PAGE)

    page.once("dialog", lambda sure: sure.accept())
    page.get_by_role("button", name="Ask for my money back").click()

    expect(page.locator(".status .news")).to_have_text(reason)


def test_an_order_of_a_cancelled_event_says_so(page: Page, shop: FakeShop) -> None:
    orders(shop, answers.order("cancelled"))
    page.goto(ORDER_PAGE)

    heading(page, "This event is cancelled")
    expect(page.locator(".status")).to_have_attribute("data-state", "cancelled")
    expect(page.locator(".status").get_by_role("button")).to_have_count(0)
