"""The page that an organiser sees after SumUp has the shop's look, under either policy."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Request, Route, expect

from tests.browser.fake_shop import HEADERS, FakeShop
from tests.browser.test_looks import SCREENSHOTS, VIEWS, Colours, barriers
from tests.support.builders import a_brand, an_organiser
from ticketing.errors import Refusal
from ticketing.payments.payment import Merchant
from ticketing.web import connect_page

pytestmark = pytest.mark.browser

ADDRESS = "/api/organisers/callback?state=a-secret&code=another"
POLICIES = {"its own": connect_page.HEADERS, "the site's": HEADERS}
ORGANISER = an_organiser(name="Jersey Live <Ltd>")
PAGES = {
    "connected": connect_page.connected(
        ORGANISER, Merchant("MC0001", "Jersey Live", "GBP", sandbox=False)
    ),
    "refused": connect_page.REFUSED[Refusal.SEVERAL_MERCHANTS],
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_page(
    name: str,
    policy: Mapping[str, str],
    width: int,
    colours: Colours,
    shop: FakeShop,
    open_context: Callable[..., BrowserContext],
) -> None:
    page = open_context(viewport={"width": width, "height": 800}, color_scheme=colours).new_page()
    shown, asked = PAGES[name], list[Request]()
    body = connect_page.html(shown, a_brand())
    fulfilled = {"body": body, "content_type": "text/html; charset=utf-8", "headers": {**policy}}
    page.route("**/callback?*", lambda route: answer(route, fulfilled))
    page.on("request", lambda request: note(asked, request))

    page.goto(ADDRESS)

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(shown.title)
    expect(page.locator(".band")).to_have_css("border-bottom-color", "rgb(228, 87, 46)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    loaded = [one for one in asked if one.url != shop.url + ADDRESS]
    assert [one.url for one in loaded if not one.url.endswith((".css", ".svg"))] == []
    assert [one.headers.get("referer") for one in loaded] == [None] * len(loaded)
    page.screenshot(path=SCREENSHOTS / f"connect-{name}-{width}-{colours}.png", full_page=True)


def note(asked: list[Request], request: Request) -> None:
    """Playwright takes no method of a list for a listener."""
    asked.append(request)


def answer(route: Route, fulfilled: Mapping[str, Any]) -> None:
    route.fulfill(status=200, **fulfilled)
