"""How quickly the shop's pages can be used: `make bench-pages`, on the local stack in Chromium.

Each page is opened with an empty cache, over this machine's connection and as on a slow phone (a
quarter of the processor, 1.6 Mbit/s, 150 ms to the server: what Lighthouse simulates). A page is
interactive once it shows what it gets from the API and the main thread has no more long tasks.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, Response, sync_playwright

from local import stack
from local.places import Ports, ports
from local.shop import FESTIVAL, Shop
from tests.browser.conftest import CHROMIUM, FLAGS

RUNS = 5
BUILD = Path(__file__).parents[1] / "build" / "pages.json"
WATCH = """
window.seen = {longEnd: 0, paint: 0};
new PerformanceObserver((list) => list.getEntries().forEach((task) => {
  window.seen.longEnd = Math.max(window.seen.longEnd, task.startTime + task.duration);
})).observe({type: 'longtask', buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (entry.name === 'first-contentful-paint') window.seen.paint = entry.startTime;
})).observe({type: 'paint', buffered: true});
"""
SETTLE_MILLISECONDS = 500
"""A long task that begins later than this after the content is not part of loading the page."""


@dataclass(frozen=True)
class Line:
    """The connection between browser and server, and how fast the browser is."""

    name: str
    slower: int = 1
    bytes_a_second: int = -1
    latency_milliseconds: int = 0


LINES = (
    Line("this machine"),
    Line("slow phone", slower=4, bytes_a_second=200_000, latency_milliseconds=150),
)


@dataclass(frozen=True)
class Seen:
    """One visit to a page: milliseconds since it was requested, and what was loaded."""

    page: str
    line: str
    requests: int
    kilobytes: float
    first_paint: float
    content: float
    interactive: float


def main() -> None:
    """Open every page, print the medians, and keep every figure in `build/pages.json`."""
    if not Path(CHROMIUM).exists():
        sys.exit(f"{CHROMIUM} is missing: apt-get install chromium, or set CHROMIUM")
    with _shop() as (at, pages), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        seen = [
            _open(browser, at, line, path, heading)
            for line in LINES
            for path, heading in pages.items()
            for _ in range(RUNS)
        ]
        browser.close()
    BUILD.parent.mkdir(exist_ok=True)
    BUILD.write_text(json.dumps([asdict(one) for one in seen], indent=1))
    print(f"{'page':16}{'line':14}{'requests':>9}{'kB':>7}{'paint':>8}{'content':>9}{'usable':>8}")
    for line in LINES:
        for path in pages:
            name = path.partition("?")[0]
            print(_row([one for one in seen if (one.page, one.line) == (name, line.name)]))
    print(f"milliseconds, median of {RUNS} openings with an empty cache; all of them: {BUILD}")


@contextmanager
def _shop() -> Iterator[tuple[Ports, dict[str, str]]]:
    """Open a shop with an order; yield its pages, each with the heading of the loaded page."""
    at, ours = ports(), not stack.is_up()
    stack.up(at)
    try:
        shop = Shop(at)
        shop.open()
        order = shop.order("Page Opener")
        token = shop.services.access.token(order.order_number)
        yield (
            at,
            {
                "/": "What\u2019s on",
                f"/event/?id={FESTIVAL.event_id}": FESTIVAL.name,
                f"/orders/?n={order.order_number}#t={token}": "Waiting for your payment",
                "/lost-tickets/": "Lost your tickets?",
            },
        )
    finally:
        if ours:
            stack.down()


def _open(browser: Browser, at: Ports, line: Line, path: str, heading: str) -> Seen:
    context = browser.new_context(base_url=at.site_url, locale="en-GB")
    page = context.new_page()
    page.add_init_script(WATCH)
    slowed = context.new_cdp_session(page)
    _slow_down(slowed, line)
    loaded: list[Response] = []

    def note(response: Response) -> None:
        loaded.append(response)

    page.on("response", note)
    page.goto(path, wait_until="commit")
    page.wait_for_function(
        "heading => document.querySelector('h1')?.textContent === heading"
        " && !document.querySelector('[aria-busy=true], .loading')",
        arg=heading,
        polling="raf",
    )
    content = _milliseconds(page, "performance.now()")
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    long_end = _milliseconds(page, "window.seen.longEnd")
    size = sum(response.request.sizes()["responseBodySize"] for response in loaded)
    seen = Seen(
        page=path.partition("?")[0],
        line=line.name,
        requests=len(loaded),
        kilobytes=size / 1000,
        first_paint=_milliseconds(page, "window.seen.paint"),
        content=content,
        interactive=max(content, long_end),
    )
    context.close()
    return seen


def _slow_down(session: CDPSession, line: Line) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": line.slower})
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": line.latency_milliseconds,
            "downloadThroughput": line.bytes_a_second,
            "uploadThroughput": line.bytes_a_second,
        },
    )


def _milliseconds(page: Page, expression: str) -> float:
    return float(page.evaluate(expression))


def _row(seen: list[Seen]) -> str:
    def median(name: str) -> float:
        values: list[float] = [getattr(one, name) for one in seen]
        return statistics.median(values)

    return (
        f"{seen[0].page:16}{seen[0].line:14}{median('requests'):9.0f}{median('kilobytes'):7.1f}"
        f"{median('first_paint'):8.0f}{median('content'):9.0f}{median('interactive'):8.0f}"
    )


if __name__ == "__main__":
    main()
