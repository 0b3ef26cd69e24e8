"""Paying in SumUp's card form on the order page: only the shop decides the outcome."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from local.site import security_headers
from local.sumup.control import IssuedTokens, Simulator
from local.sumup.embedded import running
from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH, Json
from tests.browser.conftest import Watch
from tests.browser.fake_shop import Answer, FakeShop
from tests.browser.scenes import EVENT_PAGE, ORDER_PAGE, event_on_sale, fill_in, take
from tests.browser.test_looks import SCREENSHOTS, Colours, barriers, too_small
from tests.browser.test_weight import PAGE_BYTES, SCRIPT_BYTES, weight
from tests.local.sumup.caller import Caller

pytestmark = pytest.mark.browser

PAID, CHALLENGED, DECLINED = "4200000000000091", "4200000000000042", "4012001037461114"
SDK = "**/gateway/ecom/card/v2/sdk.js"
KNOWN_PAGE = f"/orders/?n={NUMBER}"
REMEMBER = """
  let real;
  window.mounts = [];
  Object.defineProperty(window, "SumUpCard", {
    set(card) { real = card; },
    get() {
      return real && { mount(options) {
        const form = { options, unmounted: false };
        window.mounts.push(form);
        const card = real.mount(options);
        return { unmount() { form.unmounted = true; card.unmount(); } };
      } };
    },
  });
"""
"""Keeps what the page passes to SumUp's script, so that a test can stand in for it."""


@pytest.fixture(scope="module")
def sumup() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def organiser(sumup: Simulator) -> IssuedTokens:
    return sumup.create_merchant("MGB00001", name="Jersey Live", currency="GBP", country="GB")


@pytest.fixture
def shop(server: FakeShop, sumup: Simulator) -> FakeShop:
    """The site as it is deployed with `PaymentForm` widget."""
    server.forget()
    addresses = {"SumUpGatewayUrl": sumup.base_url, "SumUpBaseUrl": sumup.base_url}
    server.headers = security_headers({"PaymentForm": "widget", **addresses})
    return server


@pytest.fixture
def watch(shop: FakeShop, sumup: Simulator) -> Iterator[Watch]:
    seen = Watch((shop.url, shop.pay_url, sumup.base_url))
    yield seen
    assert seen.complaints == []


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    opened = open_context()
    opened.add_init_script(REMEMBER)
    return opened


@pytest.fixture
def new_widget(
    shop: FakeShop, sumup: Simulator, organiser: IssuedTokens
) -> Iterator[Callable[[], Json]]:
    """Make checkouts at the simulator, as the API would hand them to the page."""
    with Caller(sumup.base_url, organiser) as caller:

        def make() -> Json:
            made = len(sumup.checkouts())
            back = shop.url + KNOWN_PAGE
            checkout = caller.created(
                checkout_reference=f"{NUMBER}-{made}", amount=60, redirect_url=back
            )
            script = f"{sumup.base_url}/gateway/ecom/card/v2/sdk.js"
            return {"script_url": script, "checkout_id": checkout}

        yield make


@pytest.fixture
def widget(new_widget: Callable[[], Json]) -> Json:
    return new_widget()


def waiting(widget: Json | None, status: str = "paying", **changes: object) -> Json:
    return answers.order(status, widget=widget, **changes)


def orders(shop: FakeShop, *documents: Json | Answer) -> None:
    shop.answer("GET", ORDER_PATH, *documents)


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Card details']")


def open_form(page: Page, shop: FakeShop, widget: Json) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    expect(frame(page).get_by_label("Card number")).to_be_visible()


def fill_card(page: Page, number: str = PAID) -> None:
    form = frame(page)
    form.get_by_label("Card number").fill(number)
    form.get_by_label("Name on the card").fill("Ada Lovelace")
    form.get_by_label("Expiry").fill("12/30")
    form.get_by_label("Security code").fill("123")


def press_pay(page: Page) -> None:
    frame(page).get_by_role("button", name="Pay £60.00").click()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def report(page: Page, kind: str, body: Json | None = None) -> None:
    """Say what SumUp's script would say."""
    page.evaluate(
        "([kind, body]) => window.mounts.at(-1).options.onResponse(kind, body)", [kind, body or {}]
    )


def mounted(page: Page) -> list[list[object]]:
    """The checkout of each form so far, and whether the form was removed."""
    found: list[list[object]] = page.evaluate(
        "window.mounts.map((one) => [one.options.checkoutId, one.unmounted])"
    )
    return found


def wait_for(page: Page, come_true: Callable[[], bool]) -> None:
    for _ in range(80):
        if come_true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come true")


def test_the_buyer_pays_on_the_order_page(
    page: Page, shop: FakeShop, widget: Json, sumup: Simulator
) -> None:
    event_on_sale(shop)
    shop.answer("POST", "/api/orders", answers.placed(shop.pay_url, widget=widget), status=201)
    orders(shop, waiting(widget))
    page.goto(EVENT_PAGE)
    take(page, "General admission", 2)
    fill_in(page)
    page.get_by_role("button", name="Pay £50.00").click()

    heading(page, "Pay for your tickets")
    assert page.url == shop.url + KNOWN_PAGE
    fill_card(page)
    press_pay(page)

    heading(page, "We are checking your payment")
    expect(page.get_by_text("Please do not pay again.")).to_be_visible()
    assert sumup.checkout(widget["checkout_id"])["status"] == "PAID"
    orders(shop, answers.order("completed"))
    heading(page, "Your tickets are ready")
    assert mounted(page) == [[widget["checkout_id"], True]]


@pytest.mark.parametrize("kind", ["success", "error", "fail", "something-new"])
def test_results_reported_by_the_widget_are_not_trusted(
    kind: str, page: Page, shop: FakeShop, widget: Json
) -> None:
    page.clock.install()
    open_form(page, shop, widget)
    asked = len(shop.asked)

    report(page, kind, {"status": "PAID"})

    heading(page, "We are checking your payment")
    expect(page.get_by_text("Please do not pay again.")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_role("button", name="pay")).to_have_count(0)
    assert len(shop.asked) > asked
    page.clock.fast_forward(31_000)
    heading(page, "Waiting for your payment")
    expect(page.get_by_role("button", name="I have not paid yet: pay £60.00")).to_be_visible()


def test_a_form_with_errors_stays_open(page: Page, shop: FakeShop, widget: Json) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    fill_card(page, "4200")

    press_pay(page)

    expect(frame(page).get_by_text("Enter a card number")).to_be_visible()
    heading(page, "Pay for your tickets")
    assert mounted(page) == [[widget["checkout_id"], False]]


def test_polling_never_discards_what_is_being_typed(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    later = waiting(widget, deadline_text="Monday 1 March 2027, 15:01 GMT")
    away = [Answer({}, 503)] * 3  # so long that whoever looks sees it
    orders(shop, waiting(widget), later, *away, later)
    page.goto(ORDER_PAGE)
    number = frame(page).get_by_label("Card number")
    number.fill("4200 0000")

    expect(page.get_by_text("held until Monday 1 March 2027, 15:01 GMT")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("We cannot reach the shop right now.")
    expect(page.locator(".note")).to_have_count(0)

    expect(number).to_have_value("4200 0000")
    expect(number).to_be_focused()
    assert mounted(page) == [[widget["checkout_id"], False]]


def test_a_declined_card_is_retried_with_a_new_checkout(
    page: Page, shop: FakeShop, new_widget: Callable[[], Json], sumup: Simulator
) -> None:
    first, second = new_widget(), new_widget()
    orders(shop, waiting(first))
    page.goto(ORDER_PAGE)
    fill_card(page, DECLINED)
    press_pay(page)
    heading(page, "We are checking your payment")
    assert sumup.checkout(first["checkout_id"])["status"] == "FAILED"
    orders(shop, waiting(first, "declined"))
    heading(page, "Your payment did not go through")
    expect(page.locator("iframe")).to_have_count(0)

    begin_again(page, shop, first, second)

    fill_card(page)
    press_pay(page)
    heading(page, "We are checking your payment")
    assert sumup.checkout(second["checkout_id"])["status"] == "PAID"
    assert mounted(page) == [[first["checkout_id"], True], [second["checkout_id"], True]]


def begin_again(page: Page, shop: FakeShop, old: Json, new: Json) -> None:
    """Retry while an answer from before the retry is still on its way to the page."""
    payment = {"pay_url": shop.pay_url, "widget": new, "deadline": answers.in_minutes(90)}
    shop.answer("POST", f"{ORDER_PATH}/payments", payment)
    orders(shop, Answer(waiting(old, "declined"), seconds=2), Answer(waiting(new)))
    with page.expect_request(f"**{ORDER_PATH}"):
        pass

    page.get_by_role("button", name="Try again: pay £60.00").dblclick()

    heading(page, "Pay for your tickets")
    expect(page.get_by_role("heading", name="Pay by card")).to_be_focused()
    page.wait_for_timeout(2_500)  # by now the late response has arrived
    assert mounted(page)[-1] == [new["checkout_id"], False]
    assert len(shop.calls("POST", f"{ORDER_PATH}/payments")) == 1


def test_the_old_form_is_removed_before_another_attempt_is_requested(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    fill_card(page)
    report(page, "fail")
    expect(page.locator("iframe")).to_have_count(0)
    refusal = answers.refusal(409, "Conflict", "a payment has arrived and is being checked")
    shop.answer("POST", f"{ORDER_PATH}/payments", refusal, status=409)

    page.get_by_role("button", name="I have not paid yet").click(timeout=20_000)

    expect(page.locator(".news")).to_have_text("a payment has arrived and is being checked")
    expect(page.locator("iframe")).to_have_count(0)


def refuse(route: Route) -> None:
    route.abort("blockedbyclient")


def answer_nonsense(route: Route) -> None:
    route.fulfill(body="/* nothing */", content_type="text/javascript")


def hang(_route: Route) -> None:
    """Never answer."""


@pytest.mark.parametrize("block", [refuse, answer_nonsense, hang])
def test_a_missing_script_leaves_a_new_attempt_on_the_payment_page(
    block: Callable[[Route], None], page: Page, shop: FakeShop, widget: Json
) -> None:
    page.clock.install()
    page.route(SDK, block)
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    heading(page, "Pay for your tickets")
    page.clock.run_for(16_000)

    expect(page.get_by_text("The card form could not be loaded.").first).to_be_visible()
    payment = {"pay_url": shop.pay_url, "widget": widget, "deadline": answers.in_minutes(90)}
    shop.answer("POST", f"{ORDER_PATH}/payments", payment)
    page.get_by_role("button", name="Pay on SumUp\u2019s page instead").click()

    page.wait_for_url(shop.pay_url)
    assert len(shop.calls("POST", f"{ORDER_PATH}/payments")) == 1, "a page that can be paid now"
    page.goto(KNOWN_PAGE)
    heading(page, "We are checking your payment")


def test_why_there_is_no_payment_page_instead_of_the_form_is_shown(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    page.route(SDK, refuse)
    orders(shop, waiting(widget, next_poll_seconds=60))
    refusal = answers.refusal(409, "Conflict", "the time to pay for this order is over")
    shop.answer("POST", f"{ORDER_PATH}/payments", refusal, status=409)
    page.goto(ORDER_PAGE)

    page.get_by_role("button", name="Pay on SumUp\u2019s page instead").click()

    expect(page.locator(".news").first).to_have_text("the time to pay for this order is over")


def test_a_checkout_that_is_no_longer_offered_leaves_the_form_that_is_being_filled_in(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    """The shop offers a checkout for 20 minutes, and SumUp takes it for 30."""
    orders(shop, waiting(widget), waiting(None))
    page.goto(ORDER_PAGE)
    fill_card(page)

    page.wait_for_timeout(3_000)

    assert mounted(page) == [[widget["checkout_id"], False]]


def test_an_order_whose_checkout_is_too_old_offers_a_new_attempt(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    orders(shop, waiting(None, next_poll_seconds=60))
    payment = {"pay_url": shop.pay_url, "widget": widget, "deadline": answers.in_minutes(90)}
    shop.answer("POST", f"{ORDER_PATH}/payments", payment)
    page.goto(ORDER_PAGE)
    expect(page.locator("iframe")).to_have_count(0)
    orders(shop, waiting(widget))

    page.get_by_role("button", name="Pay £60.00").click()

    expect(frame(page).get_by_label("Card number")).to_be_visible()


def test_the_form_appears_once_the_connection_is_back(
    page: Page, context: BrowserContext, shop: FakeShop, widget: Json
) -> None:
    page.route(SDK, refuse)
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    expect(page.get_by_text("The card form could not be loaded.").first).to_be_visible()
    page.unroute(SDK)

    context.set_offline(offline=True)
    context.set_offline(offline=False)

    expect(frame(page).get_by_label("Card number")).to_be_visible()
    expect(page.locator(".status").get_by_text("could not be loaded")).to_have_count(0)


@pytest.mark.parametrize(("choice", "status"), [("Yes, approve", "PAID"), ("No, refuse", "FAILED")])
def test_a_bank_challenge_on_its_own_page_returns_the_buyer(
    choice: str, status: str, page: Page, shop: FakeShop, widget: Json, sumup: Simulator
) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    fill_card(page, CHALLENGED)
    press_pay(page)

    page.get_by_role("button", name=choice).click()

    heading(page, "We are checking your payment")
    assert page.url == f"{shop.url}{KNOWN_PAGE}&checkout_id={widget['checkout_id']}"
    expect(page.get_by_text("Please do not pay again.")).to_be_visible()
    assert sumup.checkout(widget["checkout_id"])["status"] == status
    after = "completed" if status == "PAID" else "declined"
    orders(shop, waiting(None, after))
    heading(page, answers.WORDS[after][0])


def test_a_payment_in_progress_is_not_interrupted(page: Page, shop: FakeShop, widget: Json) -> None:
    open_form(page, shop, widget)
    report(page, "sent")
    heading(page, "Your payment is being made")
    expect(page.locator(".card-form")).to_have_attribute("aria-busy", "true")

    orders(shop, waiting(None, "checking"))
    page.wait_for_timeout(2_500)
    assert mounted(page) == [[widget["checkout_id"], False]]
    orders(shop, answers.order("completed"))

    heading(page, "Your tickets are ready")
    assert mounted(page) == [[widget["checkout_id"], True]]


def test_reloading_during_a_payment_checks_the_order_first(
    page: Page, shop: FakeShop, widget: Json
) -> None:
    open_form(page, shop, widget)
    report(page, "sent")

    page.reload()

    heading(page, "We are checking your payment")
    expect(page.locator("iframe")).to_have_count(0)


def test_reopening_a_closed_tab_shows_the_same_checkout(
    page: Page, context: BrowserContext, shop: FakeShop, widget: Json
) -> None:
    open_form(page, shop, widget)
    page.close()

    again = context.new_page()
    again.goto(KNOWN_PAGE)

    expect(frame(again).get_by_label("Card number")).to_be_visible()
    assert mounted(again) == [[widget["checkout_id"], False]]
    assert shop.calls("POST", f"{ORDER_PATH}/payments") == []


def test_two_tabs_share_one_checkout_and_stay_in_sync(
    page: Page, context: BrowserContext, shop: FakeShop, new_widget: Callable[[], Json]
) -> None:
    first, second = new_widget(), new_widget()
    orders(shop, waiting(first))
    page.goto(ORDER_PAGE)
    other = context.new_page()
    other.goto(KNOWN_PAGE)
    expect(frame(other).get_by_label("Card number")).to_be_visible()
    assert mounted(other) == mounted(page) == [[first["checkout_id"], False]]

    orders(shop, waiting(second))
    frame(other).get_by_label("Card number").focus()
    both = [[first["checkout_id"], True], [second["checkout_id"], False]]
    wait_for(page, lambda: mounted(page) == both)
    orders(shop, answers.order("completed"))
    heading(page, "Your tickets are ready")
    heading(other, "Your tickets are ready")


def test_the_form_of_an_old_checkout_is_replaced_only_after_it_loses_focus(
    page: Page, shop: FakeShop, new_widget: Callable[[], Json]
) -> None:
    first, second = new_widget(), new_widget()
    orders(shop, waiting(first))
    page.goto(ORDER_PAGE)
    frame(page).get_by_label("Card number").focus()
    orders(shop, waiting(second))
    page.wait_for_timeout(2_500)
    assert mounted(page) == [[first["checkout_id"], False]]

    page.get_by_role("heading", level=1).focus()

    both = [[first["checkout_id"], True], [second["checkout_id"], False]]
    wait_for(page, lambda: mounted(page) == both)


def test_a_buyer_who_goes_offline_while_paying_sees_the_result_later(
    page: Page, context: BrowserContext, shop: FakeShop, widget: Json
) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    fill_card(page)
    context.set_offline(offline=True)

    press_pay(page)

    heading(page, "We are checking your payment")
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("If you have paid, do not pay again.")
    orders(shop, answers.order("completed"))
    context.set_offline(offline=False)
    heading(page, "Your tickets are ready")


def test_the_keyboard_alone_is_enough(
    page: Page, shop: FakeShop, widget: Json, sumup: Simulator
) -> None:
    orders(shop, waiting(widget))
    page.goto(ORDER_PAGE)
    number = frame(page).get_by_label("Card number")
    expect(number).to_be_visible()

    for _ in range(12):
        page.keyboard.press("Tab")
        if number.evaluate("one => one === document.activeElement"):
            break
    for typed in (PAID, "Ada Lovelace", "12/30", "123"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(frame(page).get_by_role("button", name="Pay £60.00")).to_be_focused()
    page.keyboard.press("Enter")

    heading(page, "We are checking your payment")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert sumup.checkout(widget["checkout_id"])["status"] == "PAID"


def _mistaken(page: Page) -> None:
    fill_card(page, "4200")
    press_pay(page)
    expect(frame(page).get_by_text("Enter a card number")).to_be_visible()


def _sent(page: Page) -> None:
    fill_card(page)
    report(page, "sent")
    heading(page, "Your payment is being made")


def _answered(page: Page) -> None:
    report(page, "success")
    heading(page, "We are checking your payment")


LOOKS: dict[str, Callable[[Page], None]] = {
    "form": fill_card,
    "mistaken": _mistaken,
    "sent": _sent,
    "answered": _answered,
}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", [*LOOKS, "blocked"])
def test_screenshots(
    name: str,
    width: int,
    colours: Colours,
    shop: FakeShop,
    widget: Json,
    open_context: Callable[..., BrowserContext],
) -> None:
    context = open_context(
        viewport={"width": width, "height": 800}, color_scheme=colours, reduced_motion="reduce"
    )
    context.add_init_script(REMEMBER)
    page = context.new_page()
    orders(shop, waiting(widget))
    if name == "blocked":
        page.route(SDK, refuse)
    page.goto(ORDER_PAGE)
    if name == "blocked":
        expect(page.locator(".news")).to_contain_text("could not be loaded")
    else:
        expect(frame(page).get_by_label("Card number")).to_be_visible()
        LOOKS[name](page)

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"widget-{name}-{width}-{colours}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_small(page) == []
    assert barriers(page) == []
    for inner in page.frames[1:]:
        assert barriers(inner) == []


def test_the_widget_keeps_our_part_of_the_page_within_budget(
    page: Page, shop: FakeShop, widget: Json, sumup: Simulator
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_form(page, shop, widget)

    ours = {url.removeprefix(shop.url).split("?")[0] for url in asked if url.startswith(shop.url)}
    files = [path.partition("#")[0] for path in ours if not path.startswith("/api/")]
    scripts = sum(weight(path) for path in files if path.endswith(".js"))
    sumups = [url for url in asked if url.startswith(sumup.base_url)]
    print(f"{len(files)} files, {sum(map(weight, files))} bytes, script {scripts}")  # noqa: T201  # for the person at the terminal
    print(f"{len(sumups)} requests to SumUp: {sumups}")  # noqa: T201  # for the person at the terminal
    assert sum(map(weight, files)) <= PAGE_BYTES
    assert scripts <= SCRIPT_BYTES
    assert len(ours) + len(sumups) == len(set(asked))
