"""Every page and state, small and large, light and dark: accessible, with a screenshot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import BrowserContext, Frame, Page, expect

from tests.browser.fake_shop import FakeShop
from tests.browser.scenes import SCENES, Scene
from ticketing.language import Language

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PARTS_OF_A_PAGE = ("page-has-heading-one", "landmark-one-main", "region")
Colours = Literal["light", "dark"]
VIEWS: list[tuple[int, Colours]] = [
    (320, "light"),
    (320, "dark"),
    (360, "light"),
    (768, "dark"),
    (1280, "light"),
    (1280, "dark"),
]
IN_FRENCH: list[tuple[int, Colours]] = [
    (320, "dark"),
    (360, "light"),
    (768, "dark"),
    (1280, "light"),
]
EVERY_VIEW = [
    *((Language.ENGLISH, *view) for view in VIEWS),
    *((Language.FRENCH, *view) for view in IN_FRENCH),
]


@pytest.mark.parametrize(("language", "width", "colours"), EVERY_VIEW)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_page(
    scene: Scene,
    language: Language,
    width: int,
    colours: Colours,
    shop: FakeShop,
    open_context: Callable[..., BrowserContext],
) -> None:
    page = open_context(
        viewport={"width": width, "height": 800},
        color_scheme=colours,
        reduced_motion="reduce",
        locale=language.tag,
    ).new_page()
    scene.prepare(shop)

    page.goto(scene.address)
    expect(page.get_by_role("heading", level=1)).to_have_text(scene.heading_in(language))
    expect(page.locator("html")).to_have_attribute("lang", language)
    if scene.name != "home-loading":
        expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    scene.act(page)

    show_from_the_top(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = f"{scene.name}-{width}-{colours}-{language}.png"
    page.screenshot(path=SCREENSHOTS / name, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_small(page) == []
    assert barriers(page) == []


def show_from_the_top(page: Page) -> None:
    """What sticks to the window is where it belongs, and pictures further down are there, too."""
    page.evaluate(
        """async () => {
          scrollTo(0, 0);
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode()));
        }"""
    )


def barriers(page: Page | Frame) -> list[str]:
    """What axe-core finds, as lines to read; in a page or a frame, not in the frames inside."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": RULES, "iframes": False}
    if isinstance(page, Frame):  # landmarks and the h1 are those of its page
        options["rules"] = {rule: {"enabled": False} for rule in PARTS_OF_A_PAGE}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def too_small(page: Page) -> list[str]:
    """Targets of less than 24 by 24 pixels, links inside a sentence aside (WCAG 2.5.8)."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input")]
          .filter((one) => !one.closest(".skip, .unseen, p:not(.actions)"))
          .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
          .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )
    return found
