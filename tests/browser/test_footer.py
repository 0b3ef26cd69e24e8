"""The footer names the pages that a shop has to have, and says nothing of those it has not."""

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.fake_shop import SITE, FakeShop
from tests.browser.test_looks import SCREENSHOTS, VIEWS, Colours, barriers, too_small

pytestmark = pytest.mark.browser

LINKS = {
    "imprint": "https://events.example.com/imprint",
    "privacy": "/privacy/",
    "terms": "/terms/",
    "contact": "hello@example.com",
}
SHOWN = [
    ("Imprint", "https://events.example.com/imprint"),
    ("Privacy", "/privacy/"),
    ("Terms", "/terms/"),
    ("Contact", "mailto:hello@example.com"),
]


def configure(page: Page, links: Mapping[str, str]) -> None:
    """Replace the one file that differs from shop to shop."""
    source = (SITE / "assets" / "shop.js").read_text()
    for name, address in links.items():
        assert f'{name}: ""' in source
        source = source.replace(f'{name}: ""', f'{name}: "{address}"')
    page.route(
        "**/assets/shop.js",
        lambda route: route.fulfill(body=source, content_type="text/javascript"),
    )


@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_what_is_configured_is_linked(
    width: int,
    colours: Colours,
    shop: FakeShop,
    open_context: Callable[..., BrowserContext],
) -> None:
    page = open_context(viewport={"width": width, "height": 800}, color_scheme=colours).new_page()
    configure(page, LINKS)
    shop.answer("GET", "/api/events", {"events": []})

    page.goto("/")

    links = page.get_by_role("navigation", name="About this shop").get_by_role("link")
    expect(links).to_have_text([name for name, _ in SHOWN])
    assert [link.get_attribute("href") for link in links.all()] == [to for _, to in SHOWN]
    page.screenshot(path=SCREENSHOTS / f"footer-{width}-{colours}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_small(page) == []
    assert barriers(page) == []


def test_a_contact_page_is_a_link_like_the_others(page: Page, shop: FakeShop) -> None:
    configure(page, {"contact": "https://events.example.com/@us"})
    shop.answer("GET", "/api/events", {"events": []})

    page.goto("/")

    links = page.get_by_role("navigation", name="About this shop").get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://events.example.com/@us")


def test_without_configuration_there_is_no_such_list(page: Page, shop: FakeShop) -> None:
    shop.answer("GET", "/api/events", {"events": []})

    page.goto("/")

    expect(page.get_by_role("contentinfo")).to_contain_text("Payments by SumUp")
    expect(page.get_by_role("navigation", name="About this shop")).to_have_count(0)
