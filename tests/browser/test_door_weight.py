"""The transfer size of the door's page, and what its scripts must not do."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.fake_shop import SITE
from tests.browser.steward import pair, ready, start
from tests.browser.test_weight import weight
from ticketing.language import Language

pytestmark = pytest.mark.browser

PAGE_BYTES = 60_000
DECODER = re.compile(r"/door/(decode-worker\.js|kept/zxing-wasm/|sample\.png)")
OF_THE_BROWSER = re.compile(r"/door/(worker\.js|icon-.*\.png)$|/touch-icon\.png$")
"""For the home screen, and for keeping the page on the device."""


@pytest.mark.parametrize("language", Language)
def test_the_page_is_light_without_its_decoder(
    language: Language, open_door: Callable[..., Page], door: FakeDoor
) -> None:
    """Before a device is paired, and until it scans; the worker would fetch it all once more."""
    door.files["/door/worker.js"] = b"throw new Error('none here');"
    door.add_ticket("ORD-ABC123-01")
    page = open_door(locale=language.tag)
    loaded: set[str] = set()

    def note(response: Response) -> None:
        loaded.add(response.url.removeprefix(door.url).split("?")[0])

    page.on("response", note)
    page.goto("/door/")
    expect(page.locator("#link")).to_be_visible()
    unpaired = light(loaded)
    pair(page, door.add_device())
    loaded.clear()
    page.goto("/door/")
    start(page)
    page.wait_for_timeout(500)
    scanning = light(loaded)

    print(f"door {language}: {unpaired} bytes unpaired, {scanning} scanning")  # noqa: T201
    assert max(unpaired, scanning) <= PAGE_BYTES


def light(loaded: set[str]) -> int:
    """Return how much was loaded for the page itself."""
    own = {path for path in loaded if not path.startswith("/api/") and not DECODER.match(path)}
    return sum(weight(path) for path in own if not OF_THE_BROWSER.search(path))


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
