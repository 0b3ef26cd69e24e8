"""The transfer size of the door's page, and what its scripts must not do."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.fake_shop import SITE
from tests.browser.steward import ready
from tests.browser.test_weight import weight
from ticketing.language import Language

pytestmark = pytest.mark.browser

PAGE_BYTES = 60_000
DECODER = re.compile(r"/door/(decode-worker\.js|kept/zxing-wasm/|sample\.png)")
LATER = re.compile(r"icon-(maskable-)?\d+\.png$|/touch-icon\.png$|worker\.js$")
"""Fetched by the worker alone, beside all that the page has fetched already."""


@pytest.mark.parametrize("language", Language)
def test_the_page_is_light_without_its_decoder(
    language: Language, open_door: Callable[..., Page], door: FakeDoor
) -> None:
    page = open_door(locale=language.tag, service_workers="block")
    loaded: set[str] = set()

    def note(response: Response) -> None:
        loaded.add(response.url.removeprefix(door.url).split("?")[0])

    page.on("response", note)
    door.add_ticket("ORD-ABC123-01")
    page.goto(door.add_device())
    expect(page.locator(".standing")).to_be_visible()
    page.locator("button.wide").click()
    expect(page.locator(".tools")).to_be_visible()
    page.wait_for_timeout(500)

    own = {path for path in loaded if not path.startswith("/api/") and not DECODER.match(path)}
    weights = {path: weight(path) for path in own if not LATER.search(path)}
    print(f"door {language}: {len(weights)} files, {sum(weights.values())} bytes")  # noqa: T201
    assert sum(weights.values()) <= PAGE_BYTES


def test_nothing_is_fetched_from_elsewhere(open_door: Callable[..., Page], door: FakeDoor) -> None:
    """The decoder asks a CDN for its other half unless it is told otherwise."""
    door.add_ticket("ORD-ABC123-01")
    page = ready(open_door(), door)
    hosts: set[str] = set()
    page.context.on("request", lambda request: hosts.add(request.url))

    read = """async () => {
      const worker = new Worker("/door/decode-worker.js", { type: "module" });
      const picture = await createImageBitmap(await (await fetch("/door/sample.png")).blob());
      worker.postMessage({ picture }, [picture]);
      return new Promise((done) => { worker.onmessage = ({ data }) => done(data); });
    }"""
    found = page.evaluate(read)

    assert found["text"].startswith("TICKET:ORD-SAMPLE-01")
    assert {url for url in hosts if not url.startswith(door.url)} == set()


def test_no_script_of_the_door_inserts_raw_html_or_follows_a_code() -> None:
    for source in (SITE / "door").glob("*.js"):
        forbidden = re.findall(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|window\.open",
            source.read_text(),
        )
        assert forbidden == [], source
