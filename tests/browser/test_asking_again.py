"""A crowd is in the way: the page asks again by itself, and one press stays one order."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import (
    EVENT_PAGE,
    ORDER_PAGE,
    event_on_sale,
    fill_in,
    keys,
    press_pay,
    take,
)

pytestmark = pytest.mark.browser

GATEWAY_BUSY = Answer({"message": "Too Many Requests"}, 429)
GATEWAY_SLOW = Answer({"message": "Service Unavailable"}, 503)
OURS_BUSY = Answer(
    answers.refusal(503, "Service Unavailable", "many people are ordering; try again in a moment"),
    503,
)
LITTLE_JITTER = "Math.random = () => 0.05"
FULL_JITTER = "Math.random = () => 0.999"


@pytest.fixture
def hurried(context: BrowserContext) -> None:
    """Pauses are as short as chance can make them."""
    context.add_init_script(LITTLE_JITTER)


def placing(shop: FakeShop, *first: Answer) -> None:
    """Answer these, and then with the order."""
    placed = Answer(answers.placed(shop.pay_url), 201)
    shop.answer("POST", "/api/orders", *first, placed)


def bodies(shop: FakeShop) -> list[Any]:
    return [json.loads(one.body) for one in shop.calls("POST", "/api/orders")]


def status(page: Page) -> Locator:
    return page.locator(".pay [role=status]")


# How long it waits


@pytest.mark.parametrize(
    ("failed", "retry_after", "random", "seconds"),
    [
        (0, 0, 0, 0),
        (0, 0, 0.5, 0.5),
        (1, 0, 0.5, 1),
        (4, 0, 0.5, 8),
        (5, 0, 0.5, 15),
        (50, 0, 0.5, 15),
        (5000, 0, 1, 30),
        (0, 10, 0, 10),
        (0, 10, 0.5, 10.5),
        (9, 10, 1, 40),
    ],
)
def test_pauses_grow_to_half_a_minute_and_never_undercut_the_server(
    page: Page, failed: int, retry_after: float, random: float, seconds: float
) -> None:
    page.goto("/no/such/page")

    asked = "async (values) => (await import('/assets/retry.js')).pause(...values)"

    assert page.evaluate(asked, [failed, retry_after, random]) == seconds


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("7", 7_000, 7_999), ("", 0, 999), ("-5", 0, 999), ("soon", 0, 999)],
)
def test_the_server_says_how_long_to_wait_at_least(
    filled: Page, shop: FakeShop, header: str, least: int, most: int
) -> None:
    placing(shop, Answer({}, 503, headers={"Retry-After": header}))
    filled.evaluate(FULL_JITTER)
    filled.clock.install()
    press_pay(filled)
    expect(status(filled)).not_to_be_empty()

    filled.clock.run_for(least)
    assert len(keys(shop)) == 1
    filled.clock.run_for(most - least + 1)

    filled.wait_for_url(shop.pay_url)


def test_nobody_waits_for_what_the_server_puts_off_until_tomorrow(
    filled: Page, shop: FakeShop
) -> None:
    words = "free tickets can be ordered 5 times a day; try again tomorrow"
    refusal = answers.refusal(429, "Too Many Requests", words)
    placing(shop, Answer(refusal, 429, headers={"Retry-After": "36000"}))

    press_pay(filled)

    expect(filled.locator(".summary-of-errors")).to_contain_text(words)
    expect(filled.get_by_role("button", name="Stop trying")).to_be_hidden()


# What leads to the order


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "trouble",
    [
        GATEWAY_BUSY,
        GATEWAY_SLOW,
        OURS_BUSY,
        Answer({"message": None}, 500),
        Answer("<html>", 502),
        Answer("<html>", 504),
    ],
    ids=lambda answer: f"{answer.status}",
)
def test_one_press_leads_to_the_order_through_a_crowd(
    filled: Page, shop: FakeShop, trouble: Answer
) -> None:
    placing(shop, trouble, trouble, trouble)

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    assert len(keys(shop)) == 4
    assert len(set(keys(shop))) == 1
    assert bodies(shop)[1:] == bodies(shop)[:-1]


@pytest.mark.usefixtures("hurried")
def test_nobody_stands_in_a_crowd_for_what_is_gone(filled: Page, shop: FakeShop) -> None:
    placing(shop, GATEWAY_BUSY, GATEWAY_BUSY)
    shop.answer("GET", "/api/events/5", Answer(answers.event(general=0)))

    press_pay(filled)

    errors = filled.locator(".summary-of-errors")
    expect(errors).to_contain_text("General admission: Sold out")
    expect(errors).to_contain_text("Nothing was ordered")
    expect(filled.get_by_role("button", name="Stop trying")).to_be_hidden()
    assert len(keys(shop)) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("first", [GATEWAY_SLOW, Answer({"message": None}, 500)])
def test_an_order_that_may_exist_is_asked_for_even_if_nothing_is_left(
    filled: Page, shop: FakeShop, first: Answer
) -> None:
    placing(shop, first, GATEWAY_BUSY)
    shop.answer("GET", "/api/events/5", Answer(answers.event(general=0)))

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1


@pytest.mark.usefixtures("hurried")
def test_an_event_that_cannot_be_read_ends_no_tries(filled: Page, shop: FakeShop) -> None:
    placing(shop, GATEWAY_BUSY)
    shop.answer("GET", "/api/events/5", GATEWAY_SLOW)

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)


@pytest.mark.usefixtures("hurried")
def test_an_order_whose_answer_was_lost_is_found_with_its_key(
    filled: Page, shop: FakeShop, context: BrowserContext
) -> None:
    """The seats are taken, and the gateway or the network swallows the answer."""
    placing(shop)
    lost = 2

    def lose(route: Route) -> None:
        nonlocal lost
        lost -= 1
        route.fetch()
        if lost:
            route.abort()
        else:
            route.fulfill(status=503, json={"message": "Service Unavailable"})
            context.unroute("**/api/orders")

    context.route("**/api/orders", lose)

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    assert len(keys(shop)) == 3
    assert len(set(keys(shop))) == 1


@pytest.mark.usefixtures("hurried")
def test_a_guest_network_that_answers_for_us_is_no_answer(
    filled: Page, shop: FakeShop, context: BrowserContext
) -> None:
    placing(shop)
    page = {"status": 200, "content_type": "text/html", "body": "<h1>Log in</h1>"}
    context.route("**/api/orders", lambda route: route.fulfill(**page), times=1)

    press_pay(filled)

    filled.wait_for_url(shop.pay_url)


def test_there_is_one_request_at_a_time(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", Answer({}, 503, seconds=0.4))
    filled.evaluate("Math.random = () => 0")
    running: set[Request] = set()
    most = 0

    def begun(request: Request) -> None:
        nonlocal most
        if request.url.endswith("/api/orders"):
            running.add(request)
            most = max(most, len(running))

    def done(request: Request) -> None:
        running.discard(request)

    filled.on("request", begun)
    filled.on("requestfinished", done)
    press_pay(filled)
    for _ in range(4):
        filled.locator("button[type=submit]").click(force=True)
        filled.keyboard.press("Enter")
        filled.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        filled.wait_for_timeout(250)

    assert len(keys(shop)) > 1
    assert most == 1


# What the buyer is told


def test_the_buyer_is_told_once_and_not_with_every_try(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY)
    filled.evaluate(FULL_JITTER)
    filled.clock.install()
    press_pay(filled)
    expect(status(filled).get_by_role("paragraph")).to_have_text(
        [
            "Many people are buying right now.",
            "Your order is in hand; we try again by ourselves. Please leave this page open.",
            "Nothing is charged before you pay, and the same order is never placed twice.",
        ]
    )
    expect(filled.get_by_text("Tried once, at")).to_be_visible()
    filled.evaluate(
        "() => { window.told = 0; new MutationObserver((all) => { window.told += all.length; })"
        ".observe(document.body, { subtree: true, childList: true, characterData: true }); }"
    )
    watched = "[...document.querySelectorAll('[role=status], [aria-live]')]"
    filled.evaluate(
        f"() => {{ window.said = 0; for (const one of {watched})"
        " new MutationObserver((all) => { window.said += all.length; })"
        ".observe(one, { subtree: true, childList: true, characterData: true }); }"
    )

    for _ in range(40):
        filled.clock.run_for(1_000)

    expect(filled.get_by_text(re.compile(r"Tried \d times"))).to_be_visible()
    assert filled.evaluate("window.told") > 0
    assert filled.evaluate("window.said") == 0


def test_a_reason_of_the_shop_is_shown(filled: Page, shop: FakeShop) -> None:
    words = "many tickets for this event are being paid for right now"
    refusal = answers.refusal(429, "Too Many Requests", words)
    shop.answer("POST", "/api/orders", Answer(refusal, 429, headers={"Retry-After": "60"}))

    press_pay(filled)

    expect(status(filled)).to_contain_text(
        "Many tickets for this event are being paid for right now."
    )


def test_what_is_ordered_cannot_be_changed_meanwhile(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY)

    filled.get_by_label("Email address").press("Enter")

    expect(status(filled)).not_to_be_empty()
    expect(filled.locator("button[type=submit]")).to_be_focused()
    assert filled.evaluate("document.querySelector('#email').closest('[inert]') !== null")
    filled.keyboard.press("Shift+Tab")
    expect(filled.get_by_role("button", name="Stop trying")).to_be_focused()


# How it ends


def test_the_buyer_may_stop_it_and_press_again(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY)
    filled.evaluate(FULL_JITTER)
    press_pay(filled)

    filled.get_by_role("button", name="Stop trying").click()

    pay = filled.get_by_role("button", name="Pay £50.00")
    expect(status(filled)).to_contain_text("We stopped trying.")
    expect(status(filled)).to_contain_text("the same order is never placed twice")
    expect(pay).to_be_focused()
    asked = len(keys(shop))
    filled.wait_for_timeout(1_500)
    assert len(keys(shop)) == asked
    placing(shop)
    pay.click()
    filled.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1


def test_a_request_under_way_is_dropped_when_the_buyer_stops(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY, Answer({}, 503, seconds=5))
    filled.evaluate(LITTLE_JITTER)
    press_pay(filled)
    filled.wait_for_timeout(500)
    assert len(keys(shop)) == 2

    filled.get_by_role("button", name="Stop trying").click()

    expect(status(filled)).to_contain_text("We stopped trying.", timeout=2_000)


def test_after_ten_minutes_a_sentence_and_the_button_remain(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_SLOW)
    filled.evaluate(FULL_JITTER)
    filled.clock.install()
    press_pay(filled)
    expect(status(filled)).not_to_be_empty()

    for _ in range(620):
        filled.clock.run_for(1_000)
        if "ten minutes" in status(filled).inner_text():
            break

    expect(status(filled)).to_contain_text("We tried for ten minutes and got no answer")
    assert 20 <= len(keys(shop)) <= 26
    placing(shop)
    press_pay(filled)
    filled.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("end", "words"),
    [
        (Answer(answers.refusal(409, "Conflict", lines__0="sold out"), 409), "Nothing was ordered"),
        (Answer(answers.refusal(409, "Conflict", "it changed"), 409), "it changed"),
        (Answer(answers.refusal(422, "No", "this event has begun"), 422), "this event has begun"),
    ],
)
def test_a_refusal_ends_it_with_its_own_words(
    filled: Page, shop: FakeShop, end: Answer, words: str
) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY, end)

    press_pay(filled)

    summary = filled.locator(".summary-of-errors")
    expect(summary).to_contain_text(words)
    expect(summary).to_be_focused()
    expect(status(filled)).to_be_empty()
    expect(filled.get_by_role("button", name="Stop trying")).to_be_hidden()
    filled.wait_for_timeout(500)
    assert len(keys(shop)) == 2
    filled.get_by_label("Email address").fill("ada@example.org")


def test_what_is_left_after_a_refusal_is_not_read_from_a_cache(
    filled: Page, shop: FakeShop
) -> None:
    """An answer kept for two seconds would still show what was there before."""
    refusal = Answer(answers.refusal(409, "Conflict", lines__0="only 1 left"), 409)
    shop.answer("POST", "/api/orders", refusal)
    event_on_sale(shop, general=1)
    filled.clock.install()
    press_pay(filled)
    expect(filled.locator(".summary-of-errors")).to_contain_text("only 1 left")

    filled.clock.run_for(2_000)
    assert len(shop.calls("GET", "/api/events/5")) == 1
    filled.clock.run_for(1_000)

    expect(filled.get_by_text("The last one")).to_be_visible()


# Tabs, reloads and connections


def test_a_reload_goes_on_with_the_same_order(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY)
    press_pay(filled)
    expect(filled.get_by_role("button", name="Stop trying")).to_be_visible()
    event_on_sale(shop, general=0, child=0)  # perhaps it is this order that took the last ones

    filled.reload()

    expect(status(filled)).to_contain_text("Please leave this page open.")
    expect(filled.get_by_label("Full name")).to_have_value("Ada Lovelace")
    expect(filled.get_by_label("How many: General admission")).to_have_value("2")
    expect(filled.locator("output")).to_have_text("2 tickets, £50.00")
    placing(shop)
    filled.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1
    assert all(one == bodies(shop)[0] for one in bodies(shop))


def test_a_reload_before_the_first_answer_is_no_second_order(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", Answer({}, 503, seconds=5))
    press_pay(filled)
    expect(filled.get_by_role("button", name="Holding your tickets")).to_be_visible()
    filled.wait_for_timeout(200)
    placing(shop)

    filled.reload()

    filled.wait_for_url(shop.pay_url)
    first, second = keys(shop)
    assert first == second


@pytest.mark.parametrize("ended", ["stopped", "long ago"])
def test_what_was_given_up_is_offered_after_a_reload(
    filled: Page, shop: FakeShop, ended: str
) -> None:
    shop.answer("POST", "/api/orders", GATEWAY_BUSY)
    filled.evaluate(FULL_JITTER)
    press_pay(filled)
    if ended == "stopped":
        filled.get_by_role("button", name="Stop trying").click()
    else:
        expect(status(filled)).not_to_be_empty()
        filled.evaluate(
            "() => { const kept = JSON.parse(sessionStorage['attempt:5']); kept.since -= 601000;"
            " sessionStorage['attempt:5'] = JSON.stringify(kept); }"
        )
    event_on_sale(shop, general=0)
    filled.reload()

    expect(status(filled)).to_contain_text("We do not know whether your order arrived.")
    asked = len(keys(shop))
    filled.wait_for_timeout(1_500)
    assert len(keys(shop)) == asked
    placing(shop)
    press_pay(filled)

    filled.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1


def test_a_reload_after_the_answer_orders_nothing(filled: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/orders", Answer(answers.refusal(422, "No", "no"), 422))
    press_pay(filled)
    expect(filled.locator(".summary-of-errors")).to_be_focused()

    filled.reload()

    expect(filled.get_by_label("Full name")).to_have_value("Ada Lovelace")
    expect(status(filled)).to_be_empty()
    assert len(keys(shop)) == 1


def test_it_waits_for_the_connection_and_then_goes_on(
    filled: Page, shop: FakeShop, context: BrowserContext
) -> None:
    placing(shop)
    filled.evaluate(LITTLE_JITTER)
    context.set_offline(offline=True)
    press_pay(filled)
    expect(status(filled)).to_contain_text("We did not get an answer.")
    expect(filled.get_by_text("You are offline.")).to_be_visible()
    tried = filled.get_by_text("Tried once, at")
    filled.wait_for_timeout(1_000)
    expect(tried).to_be_visible()

    context.set_offline(offline=False)

    filled.wait_for_url(shop.pay_url)
    assert len(keys(shop)) == 1


def test_a_hidden_tab_goes_on_and_one_that_is_seen_again_does_not_hurry(
    filled: Page, shop: FakeShop
) -> None:
    placing(shop, Answer({}, 503, headers={"Retry-After": "5"}))
    filled.evaluate(LITTLE_JITTER)
    filled.clock.install()
    press_pay(filled)
    expect(status(filled)).not_to_be_empty()

    seen = "document.dispatchEvent(new Event('visibilitychange'))"
    filled.evaluate(f"Object.defineProperty(document, 'hidden', {{ value: true }}); {seen}")
    filled.clock.run_for(4_000)
    filled.evaluate(seen)
    assert len(keys(shop)) == 1
    filled.clock.run_for(2_000)

    filled.wait_for_url(shop.pay_url)


def test_a_device_that_slept_asks_as_soon_as_it_is_seen_again(filled: Page, shop: FakeShop) -> None:
    """Its timers stood still while its clock went on."""
    placing(shop, Answer({}, 503, headers={"Retry-After": "60"}))
    press_pay(filled)
    expect(status(filled)).not_to_be_empty()

    filled.evaluate(
        "() => { const real = Date.now; Date.now = () => real() + 90000;"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )

    filled.wait_for_url(shop.pay_url)


def test_it_works_in_a_browser_that_keeps_nothing(
    open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    context = open_context()
    context.add_init_script(LITTLE_JITTER)
    context.add_init_script(
        "for (const area of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, area, { get() { throw new DOMException('no'); } });"
    )
    page = context.new_page()
    event_on_sale(shop)
    placing(shop, GATEWAY_BUSY, GATEWAY_SLOW)
    page.goto(EVENT_PAGE)
    take(page, "General admission", 2)
    fill_in(page)

    press_pay(page)

    page.wait_for_url(shop.pay_url)
    assert len(set(keys(shop))) == 1


# The other pages


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", [GATEWAY_BUSY, GATEWAY_SLOW])
def test_an_event_is_asked_for_again_until_it_comes(
    page: Page, shop: FakeShop, trouble: Answer
) -> None:
    shop.answer("GET", "/api/events/5", trouble, trouble, Answer(answers.event()))

    page.goto(EVENT_PAGE)

    expect(page.get_by_role("heading", level=1)).to_have_text("Jersey Live: Summer Sounds")
    assert len(shop.asked) == 3


def test_a_page_that_tries_by_itself_says_so_and_takes_a_press(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", "/api/events", Answer({}, 503, headers={"Retry-After": "60"}))
    page.goto("/")
    expect(page.locator(".note")).to_contain_text(
        "Many people are buying right now. This page tries again by itself."
    )
    shop.answer("GET", "/api/events", {"events": [answers.FESTIVAL]})

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("link", name="Jersey Live")).to_be_visible()
    assert len(shop.asked) == 2


def test_who_presses_pay_too_soon_need_not_press_again(page: Page, shop: FakeShop) -> None:
    early = {"detail": "an attempt to pay this order began a moment ago; please wait 1 seconds"}
    shop.answer("GET", ORDER_PATH, answers.order("paying"))
    shop.answer(
        "POST",
        f"{ORDER_PATH}/payments",
        Answer(early, 429, headers={"Retry-After": "1"}),
        Answer({"pay_url": shop.pay_url}),
    )
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Pay £60.00").click()

    expect(page.locator(".note.wait")).to_contain_text("began a moment ago")
    page.wait_for_url(shop.pay_url)


def test_a_payment_page_that_may_have_opened_is_not_opened_again_unasked(
    page: Page, shop: FakeShop
) -> None:
    """Each attempt ends the one before, and an order has ten."""
    shop.answer("GET", ORDER_PATH, answers.order("paying", next_poll_seconds=60))
    shop.answer("POST", f"{ORDER_PATH}/payments", Answer({}, 503))
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Pay £60.00").click()

    expect(page.locator(".news")).to_contain_text("The payment page cannot be opened right now.")
    page.wait_for_timeout(1_500)
    assert len(shop.calls("POST", f"{ORDER_PATH}/payments")) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", [GATEWAY_BUSY, GATEWAY_SLOW])
def test_an_order_is_cancelled_although_the_shop_is_busy(
    page: Page, shop: FakeShop, trouble: Answer
) -> None:
    closed = answers.order("expired") | {"headline": "You cancelled this order"}
    shop.answer("GET", ORDER_PATH, answers.order("paying", next_poll_seconds=60), closed)
    shop.answer("POST", f"{ORDER_PATH}/give-up", trouble, trouble, Answer(closed))
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda asked: asked.accept())

    page.get_by_role("button", name="Cancel this order").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You cancelled this order")
    expect(page.get_by_role("button", name="Stop trying")).to_have_count(0)


def test_what_the_order_page_tries_again_can_be_stopped(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("paying", next_poll_seconds=60))
    shop.answer("POST", f"{ORDER_PATH}/give-up", GATEWAY_BUSY)
    page.goto(ORDER_PAGE)
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Cancel this order").click()
    expect(page.locator(".unseen[role=status]")).to_contain_text("We try again by ourselves.")

    page.get_by_role("button", name="Stop trying").click()

    cancel = page.get_by_role("button", name="Cancel this order")
    expect(cancel).to_be_focused()
    expect(cancel).not_to_have_attribute("aria-disabled", "true")
    asked = len(shop.calls("POST", f"{ORDER_PATH}/give-up"))
    page.wait_for_timeout(1_500)
    assert len(shop.calls("POST", f"{ORDER_PATH}/give-up")) == asked


def test_news_about_the_order_ends_what_is_being_tried(page: Page, shop: FakeShop) -> None:
    """It was paid in another tab meanwhile."""
    paid = answers.order("completed")
    shop.answer("GET", ORDER_PATH, answers.order("paying"), answers.order("paying"), paid)
    busy = Answer({}, 429, headers={"Retry-After": "2"})
    shop.answer("POST", f"{ORDER_PATH}/payments", busy, Answer({"pay_url": shop.pay_url}))
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Pay £60.00").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your tickets are ready")
    page.wait_for_timeout(3_500)
    assert page.url == f"{shop.url}/orders/?n={NUMBER}"
    assert len(shop.calls("POST", f"{ORDER_PATH}/payments")) == 1


# Other forms


@pytest.mark.usefixtures("hurried")
def test_lost_tickets_are_asked_for_again_by_the_page_itself(page: Page, shop: FakeShop) -> None:
    shop.answer("POST", "/api/lost-tickets", GATEWAY_SLOW, GATEWAY_BUSY, Answer({}, 202))
    page.goto("/lost-tickets/")
    page.get_by_label("Email address").fill("ada@example.com")

    page.get_by_role("button", name="Send them again").click()

    expect(page.get_by_role("heading", name="Look in your inbox")).to_be_visible()
    assert len(shop.calls("POST", "/api/lost-tickets")) == 3


@pytest.mark.usefixtures("hurried")
def test_the_form_for_lost_tickets_goes_on_when_the_connection_is_back(
    page: Page, context: BrowserContext, shop: FakeShop
) -> None:
    shop.answer("POST", "/api/lost-tickets", Answer({}, 202))
    page.goto("/lost-tickets/")
    page.get_by_label("Email address").fill("ada@example.com")
    context.set_offline(True)
    page.get_by_role("button", name="Send them again").click()
    expect(page.get_by_text("We try again by ourselves")).to_be_visible()

    context.set_offline(False)

    expect(page.get_by_role("heading", name="Look in your inbox")).to_be_visible(timeout=20_000)
