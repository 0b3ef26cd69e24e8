"""The camera reads our own tickets, on paper and on screens, and pairs a device."""

import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from local.site import SITE
from tests.browser import door_clip
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_door import FakeDoor
from tests.browser.steward import expect_result, pair, ready, start
from ticketing.tickets.ticket import Paper

pytestmark = pytest.mark.browser

EACH = 5
KINDS: dict[str, Callable[[int], list[Image.Image]]] = {
    "A4": lambda n: door_clip.on_paper("ORD-PAPER4", n, Paper.A4),
    "A6": lambda n: door_clip.on_paper("ORD-PAPER6", n, Paper.A6),
    "screen": lambda n: door_clip.on_screen(door_clip.tickets("ORD-SCREEN", n).values()),
}
ORDERS = {"A4": "ORD-PAPER4", "A6": "ORD-PAPER6", "screen": "ORD-SCREEN"}
HELD: list[dict[str, float]] = [
    {},
    {"tilt": 12},
    {"noise": 22, "light": 0.55},
    {"tilt": -20, "noise": 12},
    {"tilt": 90, "light": 0.8},
]
REFUSED = """navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "NotAllowedError");
};"""
NUMBER = "ORD-SCREEN-01"
OpenCamera = Callable[[Path], Page]


@pytest.fixture
def before_camera(browser: Browser, door: FakeDoor) -> Iterator[OpenCamera]:
    """Open a phone before whose camera a film runs."""
    started: list[Browser] = []

    def opener(clip: Path) -> Page:
        fake = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={clip}",
        ]
        own = browser.browser_type.launch(
            executable_path=CHROMIUM, headless=True, args=[*FLAGS, *fake]
        )
        started.append(own)
        context = own.new_context(base_url=door.url, viewport={"width": 360, "height": 740})
        return context.new_page()

    yield opener
    for one in started:
        one.close()


def milliseconds(page: Page) -> list[float]:
    """Return how long each answer took from its picture on."""
    entries: list[float] = page.evaluate(
        "performance.getEntriesByName('picture to answer').map(({ duration }) => duration)"
    )
    return sorted(entries)


def test_tickets_of_every_kind_are_read_and_let_in(
    before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    pictures = []
    for kind, drawn in KINDS.items():
        for ticket_id in door_clip.tickets(ORDERS[kind], EACH):
            door.add_ticket(ticket_id)
        pictures += [
            door_clip.held(picture, **how) for picture, how in zip(drawn(EACH), HELD, strict=True)
        ]
    page = before_camera(door_clip.film(pictures, tmp_path / "tickets.mjpeg"))
    pair(page, door.add_device())

    start(page)

    inside = page.locator("#bar .inside strong")
    for _ in range(3):  # the film begins anew, and what was missed is read the next time
        page.wait_for_timeout(door_clip.seconds(pictures) * 1000 + 500)
        if inside.text_content() == str(len(pictures)):
            break
    took = milliseconds(page)
    median, p95 = statistics.median(took), took[int(len(took) * 0.95)]
    print(f"picture to answer, online: median {median:.0f} ms, p95 {p95:.0f} ms, {len(took)} scans")  # noqa: T201
    left = {ticket_id for ticket_id, one in door.ledger.tickets.items() if one.places}
    assert left == set()


def test_a_code_that_stays_before_the_camera_counts_once(
    before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    (picture,) = KINDS["screen"](1)
    still = door_clip.film([door_clip.held(picture)], tmp_path / "still.mjpeg")
    door.add_ticket(NUMBER)
    page = ready(before_camera(still), door)

    expect_result(page, "go", "Let in")
    page.wait_for_timeout(4000)

    assert len(door.devices["D7KQ2"].entries) == 1


def test_a_device_is_paired_by_its_own_camera(
    before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    door.add_ticket(NUMBER)
    link = door.url + door.add_device(gate="Gate C")
    (code,) = door_clip.on_screen([link])
    page = before_camera(door_clip.film([door_clip.held(code)], tmp_path / "pair.mjpeg"))
    page.goto("/door/")

    page.get_by_role("button", name="Scan the pairing code").click()

    expect(page.get_by_text("Gate C · 1 ticket loaded")).to_be_visible()


NATIVE = """globalThis.BarcodeDetector = class {
  static getSupportedFormats = async () => ["qr_code"];
  static calls = 0;
  async detect() { BarcodeDetector.calls += 1; %s }
};
"""
SAMPLE = "TICKET:ORD-SAMPLE-01|ORDER:ORD-SAMPLE|EVENT:SAMPLE|VALID:THIS-IS-NOT-A-TICKET"
FOUND = "return [{ rawValue: BarcodeDetector.calls === 1 ? %r : %r }];"
STAND_INS = {
    "works": FOUND % (SAMPLE, "THE TEXT"),
    "lies": "return [{ rawValue: 'TICKET:NONSENSE' }];",
    "reads nothing": "return [];",
    "hangs": "return new Promise(() => {});",
    "throws": "throw new Error('Barcode detection service unavailable');",
    "breaks later": "if (BarcodeDetector.calls > 1) throw new Error(); " + FOUND % (SAMPLE, ""),
}


@pytest.mark.parametrize("stand_in", STAND_INS)
def test_whatever_decoder_the_browser_has_the_ticket_is_read(
    stand_in: str, before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    (picture,) = KINDS["screen"](1)
    text = door.add_ticket(NUMBER)
    own = (SITE / "door" / "decode-worker.js").read_text()
    native = NATIVE % STAND_INS[stand_in].replace("THE TEXT", text)
    door.files["/door/decode-worker.js"] = (native + own).encode()
    page = before_camera(door_clip.film([door_clip.held(picture)], tmp_path / "one.mjpeg"))
    pair(page, door.add_device())

    start(page)

    expect(page.locator(".result.go")).to_be_visible(timeout=15_000)


HOSTILE = [
    "https://evil.example/?q=<script>alert(1)</script>",
    "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nEND:VCARD",
    "TICKET:" + "X" * 4096,
    "\u0000\u0007\u001b[31mTICKET",
    "javascript:alert(document.cookie)",
    "\u202e\ud83c\udfab" * 40,
]
IN_TURN = """if (BarcodeDetector.calls === 1) return [{ rawValue: %r }];
    return [{ rawValue: TEXTS[Math.floor(BarcodeDetector.calls / 8) %% TEXTS.length] }];"""


def test_hostile_codes_are_no_tickets_and_are_kept_nowhere(
    before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    (picture,) = KINDS["screen"](1)
    door.add_ticket(NUMBER)
    own = (SITE / "door" / "decode-worker.js").read_text()
    native = f"const TEXTS = {json.dumps(HOSTILE)};\n" + NATIVE % (IN_TURN % SAMPLE)
    door.files["/door/decode-worker.js"] = (native + own).encode()
    page = before_camera(door_clip.film([door_clip.held(picture)], tmp_path / "one.mjpeg"))
    noticed: list[str] = []
    page.on("pageerror", lambda error: noticed.append(str(error)))
    page.on("dialog", lambda asked: noticed.append(asked.message))
    pair(page, door.add_device())

    start(page)

    expect_result(page, "stop", "Not a ticket")
    page.wait_for_timeout(12_000)
    expect_result(page, "stop", "Not a ticket")
    assert page.locator(".result a, .result script").count() == 0
    assert door.batches[-1]["not_ours"] >= len(HOSTILE)
    assert door.devices["D7KQ2"].entries == {}
    assert noticed == []


FREEZES = """() => {
  window.opened = 0;
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    window.opened += 1;
    const stream = await getUserMedia.call(this, wanted);
    if (window.opened <= window.frozen) stream.getTracks().forEach((track) => track.stop());
    return stream;
  };
}"""


@pytest.mark.parametrize(("frozen", "heading"), [(1, ""), (9, "The camera is stuck")])
def test_a_camera_that_stands_still_is_opened_again(
    frozen: int, heading: str, before_camera: OpenCamera, door: FakeDoor, tmp_path: Path
) -> None:
    (picture,) = KINDS["screen"](1)
    door.add_ticket(NUMBER)
    page = before_camera(door_clip.film([door_clip.held(picture)], tmp_path / "one.mjpeg"))
    page.add_init_script(f"window.frozen = {frozen}; ({FREEZES})();")
    pair(page, door.add_device())

    start(page)

    if heading:
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=20_000)
    else:
        expect(page.locator(".result.go")).to_be_visible(timeout=20_000)


def test_without_a_camera_numbers_can_be_typed(
    open_door: Callable[..., Page], door: FakeDoor
) -> None:
    page = open_door()
    page.add_init_script(REFUSED)
    door.add_ticket(NUMBER)
    pair(page, door.add_device(role="supervisor"))

    page.get_by_role("button", name="Start scanning").click()

    expect(page.get_by_role("heading", name="The camera is not allowed")).to_be_visible()
    page.get_by_role("button", name="Type").click()
    page.get_by_label("Ticket number").fill(NUMBER)
    page.get_by_role("button", name="Check").click()
    expect_result(page, "go", "Let in", NUMBER)
