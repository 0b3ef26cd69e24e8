"""Chromium, the site with a fake API behind it, and an eye on the console."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.fake_shop import FakeShop, serving

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Chromium itself reports every answer that is no success, and a lost connection.
EXPECTED = "Failed to load resource"
EXPECT_MILLISECONDS = 8_000


@dataclass
class Watch:
    """What pages of a test said or asked for that they should not have."""

    own: tuple[str, ...]
    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._foreign(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning", "assert"} and EXPECTED not in text:
            self.complaints.append(f"{kind}: {text}")

    def _foreign(self, url: str) -> None:
        if not url.startswith((*self.own, "blob:", "data:")):
            self.complaints.append(f"asked for {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    if not Path(CHROMIUM).exists():
        pytest.exit(f"{CHROMIUM} is missing: apt-get install chromium, or set CHROMIUM", 1)
    expect.set_options(timeout=EXPECT_MILLISECONDS)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        # Chromium writes its settings and crash reports to HOME.
        environment: dict[str, str | float | bool] = {**os.environ, "HOME": home}
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS, env=environment
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def server() -> Iterator[FakeShop]:
    with serving(FakeShop()) as shop:
        yield shop


@pytest.fixture
def shop(server: FakeShop) -> FakeShop:
    """The site, and an API that knows nothing yet."""
    server.forget()
    return server


@pytest.fixture
def watch(shop: FakeShop) -> Iterator[Watch]:
    """Fail the test where a page complained, or asked another site for something."""
    seen = Watch((shop.url, shop.pay_url))
    yield seen
    assert seen.complaints == []


@pytest.fixture
def open_context(
    browser: Browser, shop: FakeShop, watch: Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers with nothing stored; options are Playwright's. They live far from the venue."""
    opened: list[BrowserContext] = []

    def opener(**options: Any) -> BrowserContext:  # noqa: ANN401  # as in `new_context`
        far = {"base_url": shop.url, "locale": "en-GB", "timezone_id": "America/New_York"}
        context = browser.new_context(**{**far, **options})
        context.on("page", watch.over)
        opened.append(context)
        return context

    yield opener
    for context in opened:
        context.close()


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    return open_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
