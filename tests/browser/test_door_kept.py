"""The page stays on the device: it starts without a network, and an update waits for its moment."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local import door_files
from local.site import SITE
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_door import FakeDoor, door_serving
from tests.browser.steward import (
    all_sent,
    expect_result,
    go_offline,
    go_online,
    kept,
    ready,
    wedge,
)

pytestmark = pytest.mark.browser

NUMBER = "ORD-ABC123-01"
CACHES = "async () => (await caches.keys()).filter((name) => name.startsWith('door-'))"
LOOK_FOR_UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"
WAITING = "async () => Boolean((await navigator.serviceWorker.ready).waiting)"


def another_build(door: FakeDoor, folder: Path, *, whole: bool = True) -> None:
    """Deploy a page that says what it is; a deployment that is under way lacks half of it."""
    site = Path(shutil.copytree(SITE, folder / "site"))
    (site / "door" / "door.css").write_text((site / "door" / "door.css").read_text() + "\n/**/\n")
    door.files["/door/worker.js"] = door_files.worker(site).encode()
    if whole:
        door.files["/door/door.css"] = (site / "door" / "door.css").read_bytes()


def test_a_cold_start_without_a_network_goes_on_scanning(browser: Browser, tmp_path: Path) -> None:
    """The origin is gone and the browser is started anew: all there is is on the device."""

    def started() -> BrowserContext:
        return browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
            viewport={"width": 360, "height": 740},
        )

    door = FakeDoor()
    text = door.add_ticket(NUMBER)
    with door_serving(door):
        first = started()
        page = first.new_page()
        page.goto(door.url + door.add_device())
        expect(page.get_by_role("button", name="Start scanning")).to_be_visible()
        kept(page)
        first.close()

    again = started()
    page = again.new_page()
    before = datetime.now(UTC)
    page.goto(f"{door.url}/door/")
    page.get_by_role("button", name="Start scanning").click()
    cold = (datetime.now(UTC) - before).total_seconds()
    print(f"cold start without a network: {cold * 1000:.0f} ms")  # noqa: T201
    wedge(page, text)
    expect_result(page, "go", "Let in", "offline")
    expect(page.locator("#bar .waiting")).to_have_text("1 waiting")
    again.close()


def test_the_api_is_never_kept(open_door: Callable[..., Page], door: FakeDoor) -> None:
    door.add_ticket(NUMBER)
    page = ready(open_door(), door)
    kept(page)

    names = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat()"
    )

    assert not [name for name in names if "/api/" in name]
    assert f"{door.url}/door/kept/zxing-wasm/reader/zxing_reader.wasm" in names
    assert f"{door.url}/door/" in names


def test_an_update_waits_while_somebody_scans_and_loses_no_scan(
    open_door: Callable[..., Page], door: FakeDoor, tmp_path: Path
) -> None:
    texts = [door.add_ticket(f"ORD-MANY{n:02}-01") for n in range(50)]
    page = ready(open_door(), door)
    kept(page)
    page.evaluate("window.same = true")
    go_offline(page)
    for text in texts[:25]:
        wedge(page, text)
    expect(page.locator("#bar .waiting")).to_have_text("25 waiting", timeout=20_000)
    before = page.evaluate(CACHES)

    go_online(page)
    another_build(door, tmp_path)
    page.evaluate(LOOK_FOR_UPDATE)
    page.wait_for_function(WAITING, timeout=20_000)
    for text in texts[25:]:
        wedge(page, text)
    expect(page.locator("#bar .inside strong")).to_have_text("50", timeout=30_000)
    all_sent(page)
    assert page.evaluate("window.same") is True, "the page was not loaded anew"

    page.clock.set_system_time(datetime.now(UTC) + timedelta(seconds=90))
    page.wait_for_function("() => window.same === undefined", timeout=40_000)

    expect(page.locator("#bar .online")).to_be_visible()
    assert len(page.evaluate(CACHES)) == 1
    assert page.evaluate(CACHES) != before
    entries = door.devices["D7KQ2"].entries
    assert sorted(entries) == list(range(1, 51))
    assert {answer["verdict"] for _, answer in entries.values()} == {"admitted"}
    wedge(page, texts[0])
    expect_result(page, "ask", "Already in")


def test_half_a_deployment_is_not_kept(
    open_door: Callable[..., Page], door: FakeDoor, tmp_path: Path
) -> None:
    door.add_ticket(NUMBER)
    page = ready(open_door(), door)
    kept(page)
    before = page.evaluate(CACHES)
    another_build(door, tmp_path, whole=False)

    page.evaluate(LOOK_FOR_UPDATE)

    page.wait_for_timeout(2000)
    assert page.evaluate(WAITING) is False
    assert page.evaluate(CACHES) == before
    wedge(page, door.ledger.text(NUMBER))
    expect_result(page, "go", "Let in")


def test_a_page_that_is_too_old_sends_what_waits_and_asks_to_be_updated(
    open_door: Callable[..., Page], door: FakeDoor
) -> None:
    door.add_ticket(NUMBER)
    page = ready(open_door(), door)
    go_offline(page)
    wedge(page, door.ledger.text(NUMBER))
    expect_result(page, "go")
    door.oldest_page = 2
    page.context.set_offline(offline=False)
    all_sent(page)

    page.reload()

    expect(page.get_by_role("heading", name="Update needed")).to_be_visible(timeout=15_000)
    assert len(door.devices["D7KQ2"].entries) == 1


def test_one_tab_scans_and_the_other_may_take_over(
    open_door: Callable[..., Page], door: FakeDoor
) -> None:
    door.add_ticket(NUMBER)
    first = ready(open_door(), door)
    second = first.context.new_page()
    second.goto("/door/")
    expect(second.get_by_role("heading", name="The door is open in another tab")).to_be_visible()

    second.get_by_role("button", name="Use this one").click()

    expect(second.get_by_role("button", name="Start scanning")).to_be_visible()
    expect(first.get_by_role("heading", name="The door is open in another tab")).to_be_visible()
    second.get_by_role("button", name="Start scanning").click()
    expect(second.locator("#bar .online")).to_be_visible()
    wedge(second, door.ledger.text(NUMBER))
    expect_result(second, "go", "Let in")
    wedge(first, door.ledger.text(NUMBER))
    expect(first.locator(".result:visible")).to_have_count(0)
    assert len(door.devices["D7KQ2"].entries) == 1


def test_another_door_needs_this_one_to_be_left(
    open_door: Callable[..., Page], door: FakeDoor
) -> None:
    door.add_ticket(NUMBER)
    page = ready(open_door(), door)
    page.on("dialog", lambda asked: asked.accept())

    page.goto("about:blank")
    page.goto(door.add_device("DM4T8", gate="Gate B"))

    expect(page.get_by_text("It is Gate A of Jersey Live")).to_be_visible()
    page.get_by_role("button", name="Leave this door").click()
    expect(page.get_by_text("Gate B · 1 ticket loaded")).to_be_visible()


def test_a_list_of_many_pages_is_fetched_once_and_then_only_what_changed(
    open_door: Callable[..., Page], door: FakeDoor
) -> None:
    for number in range(1200):
        door.add_ticket(f"ORD-{number:06}-01")
    page = ready(open_door(), door)
    assert door.asked.count("GET /api/door/tickets") == 3

    page.reload()

    page.wait_for_timeout(1500)
    assert door.asked.count("GET /api/door/tickets") == 4, "beyond the last page"
    go_offline(page)
    wedge(page, door.ledger.text("ORD-001199-01"))
    expect_result(page, "go.offline-result", "Let in")
    expect(page.locator(".result")).not_to_contain_text("not on our list")
