"""The door's page in every state, small and large, light and dark: accessible, and photographed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.scenes import words
from tests.browser.steward import expect_result, go_offline, pair, start, wedge
from tests.browser.test_door_offline import NO_SPACE
from tests.browser.test_looks import SCREENSHOTS, Colours, barriers, too_small
from ticketing.language import Language

pytestmark = pytest.mark.browser

NUMBER = "ORD-ABC123-01"
CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pencil = canvas.getContext("2d");
  const draw = () => {
    const light = pencil.createRadialGradient(600, 300, 60, 640, 360, 760);
    light.addColorStop(0, "#8d857c");
    light.addColorStop(1, "#1d1b22");
    pencil.fillStyle = light;
    pencil.fillRect(0, 0, 1280, 720);
    pencil.fillStyle = "#f4f1ea";
    pencil.save();
    pencil.translate(640, 390);
    pencil.rotate(-0.12);
    pencil.fillRect(-210, -150, 420, 560);
    pencil.restore();
  };
  draw();
  setInterval(draw, 100);
  const stream = canvas.captureStream(10);
  stream.getVideoTracks()[0].getCapabilities = () => ({ torch: true });
  return stream;
};"""
NEVER_LATE = """() => {
  const later = window.setTimeout;
  window.setTimeout = (what, wait, ...more) => wait === 1500 ? 0 : later(what, wait, ...more);
}"""
IPHONE = "Object.defineProperty(Navigator.prototype, 'standalone', { get: () => false });"
VIEWS: list[tuple[Language, int, Colours]] = [
    (Language.ENGLISH, 320, "light"),
    (Language.ENGLISH, 360, "light"),
    (Language.ENGLISH, 360, "dark"),
    (Language.FRENCH, 360, "light"),
    (Language.FRENCH, 320, "dark"),
    (Language.ENGLISH, 768, "dark"),
    (Language.ENGLISH, 1280, "light"),
]
Act = Callable[[Page, FakeDoor], None]


@dataclass(frozen=True)
class Scene:
    """`act` begins with nothing but a page, unless the scene is one of a device that scans."""

    name: str
    act: Act
    scans: bool = True
    role: str = "steward"


def _scan(text: Callable[[FakeDoor], str], tone: str, *, offline: bool = False) -> Act:
    def act(page: Page, door: FakeDoor) -> None:
        if offline:
            go_offline(page)
        wedge(page, text(door))
        expect_result(page, tone)

    return act


def _genuine(door: FakeDoor) -> str:
    return door.ledger.text(NUMBER)


def _twice(page: Page, door: FakeDoor) -> None:
    _scan(_genuine, "go")(page, door)
    _scan(_genuine, "ask")(page, door)


def _early(page: Page, door: FakeDoor) -> None:
    door.ledger.doors_at = datetime.now(UTC) + timedelta(hours=1)
    _scan(_genuine, "ask")(page, door)


def _asking(page: Page, door: FakeDoor) -> None:
    door.seconds = 12
    page.evaluate(NEVER_LATE)
    wedge(page, _genuine(door))
    expect(page.locator(".result.asking")).to_be_visible()


def _full(page: Page, door: FakeDoor) -> None:
    page.evaluate(NO_SPACE)
    _scan(_genuine, "ask")(page, door)


def _fewer(page: Page, door: FakeDoor) -> None:
    _scan(lambda door: door.ledger.text("ORD-FAM444-01"), "go")(page, door)
    page.locator(".result .numbers button").click()
    expect(page.locator(".result .numbers button")).to_have_count(3)


def _corrected(page: Page, door: FakeDoor) -> None:
    _fewer(page, door)
    page.locator(".result .numbers button").last.click()
    expect_result(page, "done")


def _waiting(page: Page, door: FakeDoor) -> None:
    """A result was put away, and what it said stays below the camera."""
    _scan(_genuine, "go", offline=True)(page, door)
    page.locator(".result .actions .button").last.click()
    expect(page.locator(".last")).to_be_visible()


def _type(page: Page, _: FakeDoor) -> None:
    page.get_by_role("button", name=words(page, "Type")).click()
    expect(page.locator("#number")).to_be_visible()


def _look_up(page: Page, door: FakeDoor) -> None:
    _type(page, door)
    page.locator("#number").fill(NUMBER)
    page.locator(".typing button[type=submit]").click()
    expect_result(page, "ask")


def _more(page: Page, door: FakeDoor) -> None:
    _twice(page, door)
    wedge(page, door.ledger.text("ORD-ABC123-02"))
    expect_result(page, "stop")
    page.locator(".result .actions .button").last.click()
    page.get_by_role("button", name=words(page, "More")).click()
    expect(page.locator(".more")).to_be_visible()


def _supervise(page: Page, door: FakeDoor) -> None:
    door.scan_elsewhere("ORD-FAM444-01")
    door.is_down = True
    _scan(lambda door: door.ledger.text("ORD-FAM444-01"), "go")(page, door)
    door.is_down = False
    expect(page.locator("#bar .waiting")).to_have_count(0, timeout=20_000)
    _more(page, door)
    page.locator("#query").fill("anne")
    page.locator(".more form button[type=submit]").click()
    expect(page.locator(".admissions").first).to_be_visible()


def _revoked(page: Page, door: FakeDoor) -> None:
    go_offline(page)
    _scan(_genuine, "go")(page, door)
    door.devices["D7KQ2"].revoked = True
    page.context.set_offline(offline=False)
    expect(page.locator(".page .note")).to_be_visible(timeout=20_000)


def _unpaired(page: Page, _: FakeDoor) -> None:
    page.goto("/door/")
    expect(page.locator("#link")).to_be_visible()


def _refused_link(page: Page, door: FakeDoor) -> None:
    _unpaired(page, door)
    page.locator("#link").fill("https://example.com")
    page.locator("form button").click()
    expect(page.locator(".note.bad")).to_be_visible()


def _on_an_iphone(page: Page, _: FakeDoor) -> None:
    page.add_init_script(IPHONE)
    page.goto("/door/")
    expect(page.locator(".numbered")).to_be_visible()


def _prepared(page: Page, door: FakeDoor) -> None:
    door.ledger.doors_at = datetime.now(UTC) + timedelta(hours=1)
    door.ahead = timedelta(minutes=7)
    pair(page, door.add_device())


def _preparing(page: Page, door: FakeDoor) -> None:
    address = door.add_device()
    page.route("**/api/door/tickets*", lambda _: None)
    page.goto(address)
    expect(page.locator("#bar .gate")).to_be_visible()
    expect(page.locator(".spinner")).to_be_visible()


SCENES = [
    Scene("unpaired", _unpaired, scans=False),
    Scene("refused-link", _refused_link, scans=False),
    Scene("iphone", _on_an_iphone, scans=False),
    Scene("preparing", _preparing, scans=False),
    Scene("ready", _prepared, scans=False),
    Scene("scanning", lambda page, _: expect(page.locator("video")).to_be_visible()),
    Scene("scanning-offline", lambda page, _: go_offline(page)),
    Scene("typing", _type),
    Scene("let-in", _scan(_genuine, "go")),
    Scene("let-in-offline", _scan(_genuine, "go", offline=True)),
    Scene("let-in-family", _scan(lambda door: door.ledger.text("ORD-FAM444-01"), "go")),
    Scene("let-in-fewer", _fewer),
    Scene("corrected", _corrected),
    Scene("waiting", _waiting),
    Scene("already", _twice),
    Scene("already-supervisor", _twice, role="supervisor"),
    Scene("too-early", _early),
    Scene("not-on-list", _scan(lambda door: door.ledger.text("ORD-NEW777-01"), "ask")),
    Scene("new-offline", _scan(lambda d: d.ledger.text("ORD-NEW777-01"), "go", offline=True)),
    Scene("replaced", _scan(lambda door: door.ledger.text("ORD-OLD888-01"), "stop")),
    Scene("not-valid", _scan(lambda door: door.ledger.text("ORD-ABC123-02"), "stop")),
    Scene("other-event", _scan(lambda d: _genuine(d).replace("EVENT:5", "EVENT:6"), "stop")),
    Scene("forged", _scan(lambda door: _genuine(door).replace("-01|", "-09|"), "stop")),
    Scene("no-ticket", _scan(lambda _: "HTTPS://EXAMPLE.COM/MENU", "stop")),
    Scene("asking", _asking),
    Scene("full", _full),
    Scene("looked-up", _look_up),
    Scene("more", _more),
    Scene("more-supervisor", _supervise, role="supervisor"),
    Scene("revoked", _revoked),
]


@pytest.mark.parametrize(("language", "width", "colours"), VIEWS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_door(
    scene: Scene,
    language: Language,
    width: int,
    colours: Colours,
    door: FakeDoor,
    open_door: Callable[..., Page],
) -> None:
    page = open_door(
        viewport={"width": width, "height": 740},
        color_scheme=colours,
        reduced_motion="reduce",
        locale=language.tag,
    )
    page.add_init_script(CAMERA)
    door.add_ticket(NUMBER)
    door.add_ticket("ORD-ABC123-02", reason="refunded")
    door.add_ticket("ORD-OLD888-01")
    door.ledger.reissue("ORD-OLD888-01", "ORD-OLD888-01-R1")
    door.add_ticket("ORD-FAM444-01", sku="FAM", admits=4, holder="Maximilian Le Sueur-Picot")
    if scene.scans:
        pair(page, door.add_device(role=scene.role))
        start(page)

    scene.act(page, door)

    expect(page.locator("html")).to_have_attribute("lang", language)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"door-{scene.name}-{width}-{colours}-{language}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_small(page) == []
    assert barriers(page) == []
