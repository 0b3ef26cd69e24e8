"""The transfer size of a page: everything it loads, each file compressed on its own."""

import gzip
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Response

from tests.browser.fake_shop import SITE, FakeShop, file_of
from ticketing.language import Language

pytestmark = pytest.mark.browser

PAGE_BYTES, SCRIPT_BYTES = 60_000, 30_000
PAGES = ("/", "/event/?id=5", "/orders/?n=ORD-K7WQ3D", "/lost-tickets/", "/404.html")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_light(
    address: str, language: Language, open_context: Callable[..., BrowserContext], shop: FakeShop
) -> None:
    page = open_context(locale=language.tag).new_page()
    loaded: set[str] = set()

    def note(response: Response) -> None:
        loaded.add(response.url.removeprefix(shop.url).split("?")[0])

    page.on("response", note)
    page.goto(address, wait_until="networkidle")

    weights = {path: weight(path) for path in loaded if not path.startswith("/api/")}
    scripts = sum(bytes_ for path, bytes_ in weights.items() if path.endswith(".js"))
    sizes = f"{len(weights)} files, {sum(weights.values())} bytes, script {scripts}"
    print(f"{address} {language}: {sizes}")  # noqa: T201  # for the person at the terminal
    assert sum(weights.values()) <= PAGE_BYTES
    assert scripts <= SCRIPT_BYTES


def weight(path: str) -> int:
    return len(gzip.compress(file_of(path)[0].read_bytes(), 6))


def test_every_module_is_listed_in_the_head_of_its_page() -> None:
    """A module that only another module imports is discovered late: one more round trip.

    Those of the door are written by `local.door_files`.
    """
    for html in set(SITE.rglob("*.html")) - {SITE / "door" / "index.html"}:
        head = html.read_text()
        named = set(re.findall(r'(?:href|src)="/assets/([\w-]+\.js)"', head))
        begun = [f"{page}.js" for page in re.findall(r'data-page="([\w-]+)"', head)]
        assert named == reachable(["start.js", *begun]), html


def reachable(modules: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            source = (SITE / "assets" / name).read_text()
            waiting += re.findall(r'from "\./([\w-]+\.js)"', source)
    return found


def test_no_script_inserts_raw_html() -> None:
    for source in (SITE / "assets").glob("*.js"):
        forbidden = re.findall(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", source.read_text()
        )
        assert forbidden == [], source
