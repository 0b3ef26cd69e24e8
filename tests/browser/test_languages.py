"""The site in the buyer's language: the browser's, a link's, or the one that was chosen."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import answers
from tests.browser.answers import NUMBER, ORDER_PATH
from tests.browser.fake_shop import FakeShop
from tests.browser.scenes import EVENT_PAGE, ORDER_PAGE, event_on_sale, fill_in, take

pytestmark = pytest.mark.browser

NO_STORAGE = (
    "for (const area of ['localStorage', 'sessionStorage'])"
    " Object.defineProperty(window, area, { get() { throw new Error('blocked'); } });"
)


@pytest.fixture
def french(open_context: Callable[..., BrowserContext]) -> Page:
    """A browser whose reader prefers French."""
    return open_context(locale="fr-FR").new_page()


def language_of(page: Page) -> str | None:
    return page.locator("html").get_attribute("lang")


def languages_asked_for(shop: FakeShop) -> set[str]:
    return {one.headers["accept-language"] for one in shop.asked}


def test_a_french_browser_reads_and_orders_in_french(french: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    shop.answer("POST", "/api/orders", answers.placed(shop.pay_url), status=201)
    french.goto(EVENT_PAGE)
    take(french, "General admission", 2)
    fill_in(french)

    french.get_by_role("button", name="Payer 50,00\u00a0£GB").click()

    french.wait_for_url(shop.pay_url)
    [sent] = shop.calls("POST", "/api/orders")
    assert json.loads(sent.body)["customer"]["language"] == "fr"
    assert languages_asked_for(shop) == {"fr"}


def test_who_changes_the_language_keeps_what_was_typed(page: Page, shop: FakeShop) -> None:
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    take(page, "General admission", 2)
    fill_in(page)

    page.get_by_role("link", name="Français").click()

    expect(page.get_by_role("heading", name="2. Vos coordonnées")).to_be_visible()
    expect(page.get_by_label("Nom complet")).to_have_value("Ada Lovelace")
    expect(page.get_by_role("button", name="Payer 50,00")).to_be_visible()
    expect(page.locator("#language")).to_have_value("fr")
    assert page.url == shop.url + EVENT_PAGE, "a link that is shared says nothing of this choice"


def test_who_wants_english_tickets_on_a_french_page_keeps_that(
    shop: FakeShop, french: Page
) -> None:
    event_on_sale(shop)
    french.goto(EVENT_PAGE)
    french.locator("#language").select_option("en")

    french.reload()

    expect(french.get_by_label("Nom complet")).to_be_visible()
    expect(french.locator("#language")).to_have_value("en")


def test_a_choice_counts_for_all_pages_and_more_than_the_browser(
    french: Page, shop: FakeShop
) -> None:
    shop.answer("GET", "/api/events", {"events": []})
    french.goto("/")
    french.get_by_role("link", name="English").click()
    expect(french.get_by_role("heading", level=1)).to_have_text("What\u2019s on")

    french.get_by_role("link", name="Lost your tickets?").click()

    expect(french.get_by_role("heading", level=1)).to_have_text("Lost your tickets?")
    here = french.get_by_role("navigation", name="Language").locator("[aria-current]")
    expect(here).to_have_text("English")


def test_the_link_of_a_french_mail_opens_a_french_page(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", ORDER_PATH, answers.order("paying"))

    page.goto(ORDER_PAGE.replace("#", "&lang=fr#"))

    expect(page.get_by_role("heading", level=1)).to_have_text("En attente de votre paiement")
    expect(page.get_by_role("button", name="Payer")).to_be_visible()
    assert page.url == f"{shop.url}/orders/?n={NUMBER}"
    page.goto("/lost-tickets/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Billets perdus\u202f?")


def test_without_browser_storage_the_address_keeps_the_language(page: Page, shop: FakeShop) -> None:
    page.add_init_script(NO_STORAGE)
    shop.answer("GET", "/api/events", {"events": []})
    page.goto("/")

    page.get_by_role("link", name="Français").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("À l\u2019affiche")
    assert page.url == f"{shop.url}/?lang=fr"
    page.reload()
    assert language_of(page) == "fr"
    page.get_by_role("link", name="Billets perdus").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Billets perdus\u202f?")


@pytest.mark.parametrize("asked", ["de", "toString", "__proto__", "EN", ""])
def test_a_language_that_is_none_of_ours_changes_nothing(
    asked: str, page: Page, shop: FakeShop
) -> None:
    shop.answer("GET", "/api/events", {"events": []})

    page.goto(f"/?lang={asked}")

    expect(page.get_by_role("heading", level=1)).to_have_text("What\u2019s on")
    assert languages_asked_for(shop) == {"en"}


def test_a_page_without_its_sentences_is_in_english_and_says_so(
    french: Page, shop: FakeShop
) -> None:
    french.route("**/assets/fr.json", lambda route: route.abort())
    event_on_sale(shop)

    french.goto(EVENT_PAGE)

    expect(french.get_by_role("heading", name="1. Choose your tickets")).to_be_visible()
    assert language_of(french) == "en", "for screen readers"
    assert languages_asked_for(shop) == {"en"}
    take(french, "General admission", 1)
    expect(french.get_by_role("button", name="Pay £25.00")).to_be_visible()
