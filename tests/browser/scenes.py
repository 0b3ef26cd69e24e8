"""Every page in every state a visitor may meet it: what the API says, and what the visitor does."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser import answers
from tests.browser.answers import CODE, NUMBER, ORDER_PATH, STATE_PATH, TOKEN
from tests.browser.fake_shop import Answer, FakeShop
from ticketing.language import Language, said
from ticketing.sentence import Sentence, sentence

ORDER_PAGE = f"/orders/?n={NUMBER}#t={TOKEN}"
RETURN_PAGE = f"/orders/?n={NUMBER}&r={CODE}&checkout_id=8f9316a3"
"""Where a bank sends the buyer: SumUp adds the checkout."""
EVENT_PAGE = "/event/?id=5"
IN_HAND = "Your order is in hand; we try again by ourselves. Please leave this page open."


def words(page: Page, pattern: str, **values: object) -> str:
    """A sentence of the site, or of the API, in the language of the page that is there by now."""
    language = Language(page.locator("html").get_attribute("lang") or "")
    return said(sentence(pattern, **values), language)


@dataclass(frozen=True)
class Scene:
    """`heading` is the h1 that shows that the page has arrived in its state, in English."""

    name: str
    address: str
    heading: str
    prepare: Callable[[FakeShop], None] = lambda _shop: None
    act: Callable[[Page], None] = lambda _page: None

    def heading_in(self, language: Language) -> str:
        """Names of events are their organisers', in one language."""
        known = isinstance(self.heading, Sentence)
        return said(self.heading if known else sentence(self.heading), language)


def event_on_sale(shop: FakeShop, **left: int) -> None:
    shop.answer("GET", "/api/events/5", answers.event(**left))


def take(page: Page, name: str, times: int) -> None:
    """Press the plus of a ticket type."""
    for _ in range(times):
        page.get_by_role("button", name=words(page, "One more: {name}", name=name)).click()


def _closed(shop: FakeShop, sale: str) -> None:
    shop.answer("GET", "/api/events/5", {**answers.event(), "sale": sale})


def fill_in(page: Page, name: str = "Ada Lovelace", email: str = "ada@example.com") -> None:
    page.get_by_label(words(page, "Full name")).fill(name)
    page.get_by_label(words(page, "Email address")).fill(email)


def keys(shop: FakeShop) -> list[str]:
    """Return the idempotency key of each request for an order."""
    return [one.headers["idempotency-key"] for one in shop.calls("POST", "/api/orders")]


def press_pay(page: Page) -> None:
    """Press the button for two tickets."""
    page.get_by_role("button", name="Pay £50.00").click()


def _basket(page: Page) -> None:
    take(page, "General admission", 2)
    take(page, "Child (under 12)", 1)
    fill_in(page)


def _sold_out_meanwhile(page: Page) -> None:
    take(page, "Child (under 12)", 4)
    fill_in(page)
    _order(page)
    expect(page.locator(".summary-of-errors")).to_contain_text(
        words(page, "only {count} left", count=1)
    )


def _sold_out_answers(shop: FakeShop) -> None:
    shop.answer("GET", "/api/events/5", answers.event(), answers.event(child=1))
    refusal = answers.refusal(409, "Sold out", lines__0=sentence("only {count} left", count=1))
    shop.answer("POST", "/api/orders", refusal, status=409)


def _crowded(shop: FakeShop) -> None:
    event_on_sale(shop)
    shop.answer("POST", "/api/orders", Answer({"message": "Too Many Requests"}, 429))


def _order(page: Page) -> None:
    """Press the button that places the order, whatever it says."""
    page.locator("form.checkout button[type=submit]").click()


def _slow(page: Page) -> None:
    """Let pauses be as long as chance can make them."""
    page.evaluate("Math.random = () => 0.999")


def _asking_again(page: Page) -> None:
    _basket(page)
    _slow(page)
    _order(page)
    expect(page.get_by_text(words(page, IN_HAND))).to_be_visible()


def _stop_asking(page: Page) -> None:
    _asking_again(page)
    page.get_by_role("button", name=words(page, "Stop trying")).click()
    expect(page.get_by_text(words(page, "We stopped trying."))).to_be_visible()


def _cancel_in_a_crowd(page: Page) -> None:
    _slow(page)
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name=words(page, "Cancel this order")).click()
    expect(page.get_by_role("button", name=words(page, "Stop trying"))).to_be_visible()


def _change_address(page: Page) -> None:
    page.get_by_role("button", name=words(page, "Change the email address")).click()
    page.get_by_label(words(page, "New email address")).fill("ada@gmial.com")
    page.get_by_label(words(page, "New email address")).blur()
    expect(page.get_by_role("button", name="ada@gmail.com")).to_be_visible()


def _mistype_address(page: Page) -> None:
    page.get_by_role("button", name=words(page, "Change the email address")).click()
    page.get_by_label(words(page, "New email address")).fill("ada")
    page.get_by_role("button", name=words(page, "Save the address")).click()
    expect(page.locator("#new-email-error")).to_have_text(
        words(page, "Enter an email address like name@example.com")
    )


def _crowded_order(shop: FakeShop) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("paying", next_poll_seconds=60))
    shop.answer("POST", f"{ORDER_PATH}/give-up", Answer({"message": "Service Unavailable"}, 503))


def _press_pay(page: Page) -> None:
    _order(page)


def _go_offline(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.locator(".offline p")).to_be_visible()


def _orders(shop: FakeShop, status: str, **changes: object) -> None:
    shop.answer("GET", ORDER_PATH, answers.order(status, **changes))
    shop.answer("GET", f"{ORDER_PATH}/tickets/codes", answers.codes())


def _remember(page: Page) -> None:
    """Look at the order once, then go to the list of events."""
    ready, ours = words(page, "Your tickets are ready"), words(page, "Your orders on this device")
    page.goto(ORDER_PAGE)
    expect(page.get_by_role("heading", level=1)).to_have_text(ready)
    page.goto("/")
    expect(page.get_by_text(ours)).to_be_visible()


def _events(shop: FakeShop) -> None:
    found = [answers.FESTIVAL, answers.RECITAL, answers.TALK]
    shop.answer("GET", "/api/events", {"events": found})


def _many_events(shop: FakeShop) -> None:
    """Enough of them for a row of three, with a picture here and there."""
    sunset = answers.picture("A harbour at sunset", "jpeg")
    others = [
        {**answers.TALK, "event_id": "8", "name": "A walk through old St Helier"},
        {**answers.TALK, "event_id": "9", "name": "Harbour Swim", "picture": sunset},
        {**answers.FESTIVAL, "event_id": "10", "name": "Battle of Flowers"},
        {**answers.FESTIVAL, "event_id": "11", "name": "Winter Lights"},
    ]
    found = [answers.PICTURED, answers.RECITAL, answers.TALK, *others]
    shop.answer("GET", "/api/events", {"events": found})


def _event_with_a_picture(shop: FakeShop) -> None:
    shop.answer("GET", "/api/events/5", answers.event() | {"picture": answers.PICTURED["picture"]})


def _events_and_order(shop: FakeShop) -> None:
    _events(shop)
    _orders(shop, "completed")


def _come_back_from_paying(page: Page) -> None:
    """What the event page leaves behind when it sends the buyer to pay."""
    checking = words(page, "We are checking your payment")
    page.evaluate(
        "number => {"
        " const [order] = JSON.parse(localStorage.orders);"
        " localStorage.orders = JSON.stringify([{ ...order, number, left: Date.now() }]); }",
        NUMBER,
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(checking)


def _ask_again(page: Page) -> None:
    page.get_by_role("button", name=words(page, "Send the email again")).click()
    expect(page.locator(".news.good")).to_be_visible()


def _resend_answers(shop: FakeShop) -> None:
    _orders(shop, "completed", mail="problem")
    shop.answer("POST", f"{ORDER_PATH}/resend", {}, status=202)


def _lose(email: str, outcome: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_label(words(page, "Email address")).fill(email)
        page.get_by_role("button", name=words(page, "Send them again")).click()
        expect(page.get_by_role("heading", name=words(page, outcome))).to_be_visible()

    return act


def _lose_contact(shop: FakeShop) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("checking"), Answer({}, 503))


def _see_contact_lost(page: Page) -> None:
    expect(page.locator(".note.bad")).to_be_visible()


def _pay_in_vain(page: Page) -> None:
    page.locator("#pay").click()
    expect(page.locator(".news.bad")).to_be_visible()


def _no_payment_page(shop: FakeShop) -> None:
    _orders(shop, "paying")
    shop.answer("POST", f"{ORDER_PATH}/payments", answers.refusal(503, "Try later"), status=503)


def _order_scene(status: str) -> Scene:
    heading = answers.WORDS[status][0]
    return Scene(f"order-{status}", ORDER_PAGE, heading, lambda shop: _orders(shop, status))


def _return_scene(status: str) -> Scene:
    answer = answers.state(status)
    return Scene(
        f"return-{status}",
        RETURN_PAGE,
        answer["headline"],
        lambda shop: shop.answer("GET", STATE_PATH, answer),
    )


FESTIVAL_NAME = answers.FESTIVAL["name"]
SCENES = [
    Scene("home", "/", "What\u2019s on", _events),
    Scene("home-pictures", "/", "What\u2019s on", _many_events),
    Scene(
        "home-loading",
        "/",
        "What\u2019s on",
        lambda shop: shop.answer("GET", "/api/events", {"events": []}, seconds=6),
    ),
    Scene(
        "home-empty",
        "/",
        "What\u2019s on",
        lambda shop: shop.answer("GET", "/api/events", {"events": []}),
    ),
    Scene(
        "home-trouble",
        "/",
        "What\u2019s on",
        lambda shop: shop.answer("GET", "/api/events", {}, status=503),
    ),
    Scene("home-orders", "/", "What\u2019s on", _events_and_order, _remember),
    Scene("event", EVENT_PAGE, FESTIVAL_NAME, event_on_sale),
    Scene("event-picture", EVENT_PAGE, FESTIVAL_NAME, _event_with_a_picture),
    Scene("event-basket", EVENT_PAGE, FESTIVAL_NAME, event_on_sale, _basket),
    Scene("event-errors", EVENT_PAGE, FESTIVAL_NAME, event_on_sale, _press_pay),
    Scene(
        "event-sold-out-meanwhile",
        EVENT_PAGE,
        FESTIVAL_NAME,
        _sold_out_answers,
        _sold_out_meanwhile,
    ),
    Scene(
        "event-sold-out",
        EVENT_PAGE,
        FESTIVAL_NAME,
        lambda shop: event_on_sale(shop, general=0, child=0),
    ),
    Scene("event-off-sale", EVENT_PAGE, FESTIVAL_NAME, lambda shop: _closed(shop, "not_on_sale")),
    Scene("event-begun", EVENT_PAGE, FESTIVAL_NAME, lambda shop: _closed(shop, "begun")),
    Scene("event-asking-again", EVENT_PAGE, FESTIVAL_NAME, _crowded, _asking_again),
    Scene("event-stopped", EVENT_PAGE, FESTIVAL_NAME, _crowded, _stop_asking),
    Scene("event-offline", EVENT_PAGE, FESTIVAL_NAME, event_on_sale, _go_offline),
    Scene("event-missing", "/event/?id=99", "We cannot find this event"),
    *(_order_scene(status) for status in answers.WORDS),
    Scene(
        "order-returned",
        ORDER_PAGE,
        "Waiting for your payment",
        lambda shop: _orders(shop, "paying"),
        _come_back_from_paying,
    ),
    Scene(
        "order-drawing",
        ORDER_PAGE,
        "Your tickets are ready",
        lambda shop: _orders(
            shop, "completed", tickets_url=None, phone_tickets_url=None, mail="on_its_way"
        ),
    ),
    Scene("order-resent", ORDER_PAGE, "Your tickets are ready", _resend_answers, _ask_again),
    Scene(
        "order-contact-lost",
        ORDER_PAGE,
        "We are checking your payment",
        _lose_contact,
        _see_contact_lost,
    ),
    Scene(
        "order-pay-later", ORDER_PAGE, "Waiting for your payment", _no_payment_page, _pay_in_vain
    ),
    Scene(
        "order-asking-again",
        ORDER_PAGE,
        "Waiting for your payment",
        _crowded_order,
        _cancel_in_a_crowd,
    ),
    Scene(
        "order-trouble",
        ORDER_PAGE,
        sentence("Order {number}", number=NUMBER),
        lambda shop: shop.answer("GET", ORDER_PATH, {}, status=503),
    ),
    Scene(
        "order-address",
        ORDER_PAGE,
        "Your tickets are ready",
        lambda shop: _orders(shop, "completed"),
        _change_address,
    ),
    Scene(
        "order-address-refused",
        ORDER_PAGE,
        "Waiting for your payment",
        lambda shop: _orders(shop, "paying"),
        _mistype_address,
    ),
    Scene("order-missing", ORDER_PAGE, "Open your order by email"),
    *(_return_scene(status) for status in ("paying", "checking", "completed", "declined")),
    Scene("lost-tickets", "/lost-tickets/", "Lost your tickets?"),
    Scene(
        "lost-tickets-error",
        "/lost-tickets/",
        "Lost your tickets?",
        act=_lose("ada@", "There is a problem"),
    ),
    Scene(
        "lost-tickets-sent",
        "/lost-tickets/",
        "Lost your tickets?",
        lambda shop: shop.answer("POST", "/api/lost-tickets", {}, status=202),
        _lose("ada@example.com", "Look in your inbox"),
    ),
    Scene("404", "/no/such/page", "There is no such page"),
]
