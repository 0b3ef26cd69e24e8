"""Chromium and an eye on its console; the site with a fake API behind it, and as it is deployed."""

import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local import aws, stack
from local.places import STACK, Ports, ports
from local.shop import LIVE, Shop
from local.site import security_headers
from tests.browser.fake_door import FakeDoor, door_serving
from tests.browser.fake_shop import FakeShop, serving
from tests.browser.scenes import EVENT_PAGE, event_on_sale, fill_in, take
from tests.support.fakes import Pictures
from ticketing.adapters.dynamodb.catalogue import Stock
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.signing import signer
from ticketing.flows.import_events import ImportEvents

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

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
# Chromium itself reports every unsuccessful response, and lost connections.
EXPECTED = "Failed to load resource"
EXPECT_MILLISECONDS = 8_000
SEATS = 60
CHOICE = "PaymentForm"
SWITCH_SECONDS = 60


@dataclass
class Watch:
    """Console messages and requests of a test's pages that should not have happened."""

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
    """Fail the test if a page logged an error or requested anything from another site."""
    seen = Watch((shop.url, shop.pay_url, shop.bucket_url))
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


@pytest.fixture(scope="session")
def at() -> Iterator[Ports]:
    """Bring the stack up, unless it runs already, and leave it as it was found."""
    found, ours = ports(), not stack.is_up()
    if ours:
        stack.up(found)
    try:
        yield found
    finally:
        if ours:
            stack.down()


@pytest.fixture(scope="session")
def counter(at: Ports) -> Shop:
    shop = Shop(at)
    if not requests.get(f"{at.site_url}/api/events", timeout=30).json()["events"]:
        shop.open()
    return shop


@pytest.fixture
def event_id(counter: Shop) -> str:
    """An event of this test's own, so that what is left of it is known."""
    event_id = f"BROWSER-{secrets.token_hex(4).upper()}"
    listing = {
        "event_id": event_id,
        "organiser_id": LIVE.organiser_id,
        "name": "Jersey Live: Harbour Sessions",
        "venue": "Howard Davis Park",
        "address": "La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
        "time_zone": "Europe/Jersey",
        "starts_at": "2027-08-14T19:00",
        "doors_at": "2027-08-14T18:00",
        "currency": "GBP",
        "ticket_types": [
            {"sku": "general", "name": "General", "price": "25.00", "capacity": SEATS},
            {"sku": "child", "name": "Child", "price": "10.00", "capacity": 3},
        ],
    }
    stock = Stock(signer(counter.services).public_keys)
    ImportEvents(OrganiserTable(), stock, Pictures())(
        json.dumps({"events": [listing]}).encode(), datetime.now(UTC)
    )
    return event_id


@pytest.fixture
def buyer(browser: Browser, at: Ports) -> Iterator[BrowserContext]:
    """A browser with nothing stored, whose console must stay clean on the shop's pages."""
    watch = Watch((at.site_url, at.sumup_url, at.aws_url))
    context = browser.new_context(base_url=at.site_url, locale="en-GB")
    context.on("page", watch.over)
    yield context
    context.close()
    assert watch.complaints == []


@contextmanager
def paying_by(form: str, at: Ports) -> Iterator[None]:
    """Update the stack's `PaymentForm` temporarily: the real switch, without a rebuild."""
    before = aws.parameters(at)[CHOICE]
    _switch(form, at)
    try:
        yield
    finally:
        _switch(before, at)


def _switch(form: str, at: Ports) -> None:
    chosen = aws.parameters(at)
    if chosen[CHOICE] != form:
        wanted: list[ParameterTypeDef] = [
            {"ParameterKey": key, "UsePreviousValue": True} for key in chosen.keys() - {CHOICE}
        ]
        wanted.append({"ParameterKey": CHOICE, "ParameterValue": form})
        cloudformation: CloudFormationClient = aws.client("cloudformation", at)
        cloudformation.update_stack(
            StackName=STACK,
            UsePreviousTemplate=True,
            Parameters=wanted,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        cloudformation.get_waiter("stack_update_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": SWITCH_SECONDS}
        )
    deadline = time.monotonic() + SWITCH_SECONDS
    while _policy_served(at) != security_headers(aws.parameters(at))["Content-Security-Policy"]:
        assert time.monotonic() < deadline, "the pages keep the headers they had"
        time.sleep(0.5)


def _policy_served(at: Ports) -> str:
    return requests.get(at.site_url, timeout=30).headers["Content-Security-Policy"]


@pytest.fixture
def filled(page: Page, shop: FakeShop) -> Page:
    """Two tickets in the basket, details filled in; the button says the total."""
    event_on_sale(shop)
    page.goto(EVENT_PAGE)
    take(page, "General admission", 2)
    fill_in(page)
    return page


@pytest.fixture(scope="session")
def door_server() -> Iterator[FakeDoor]:
    with door_serving(FakeDoor()) as door:
        yield door


@pytest.fixture
def door(door_server: FakeDoor) -> Iterator[FakeDoor]:
    """The page of the door, and a server that knows no device yet; every request is checked."""
    door_server.forget()
    yield door_server
    assert door_server.problems == []


@pytest.fixture
def open_door(browser: Browser, door: FakeDoor) -> Iterator[Callable[..., Page]]:
    """Open devices with nothing stored, of the size of a phone; options are Playwright's."""
    opened: list[BrowserContext] = []
    watch = Watch((door.url,))

    def opener(**options: Any) -> Page:  # noqa: ANN401  # as in `new_context`
        phone = {"viewport": {"width": 360, "height": 740}, "locale": "en-GB"}
        context = browser.new_context(**{"base_url": door.url, **phone, **options})
        context.on("page", watch.over)
        opened.append(context)
        return context.new_page()

    yield opener
    for context in opened:
        context.close()
    assert watch.complaints == []
