"""Scanners that type: whatever the layouts of scanner and device, and never into a button."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.steward import expect_result, ready, stroke, wedge

pytestmark = pytest.mark.browser

NUMBER = "ORD-ABC123-01"
TYPE = """([strokes, pause]) => new Promise((done) => {
  const target = document.activeElement ?? document.body;
  const press = ([key, code, shiftKey]) => target.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }));
  if (!pause) { strokes.forEach(press); return done(); }
  strokes.forEach((each, index) => setTimeout(press, index * pause, each));
  setTimeout(done, strokes.length * pause);
})"""
FRENCH = str.maketrans(
    "AQZWMaqzwm1234567890-:;|\\",
    "QAWZ?qawz,&é\"'(-è_çà)Mm£*",
)
"""What a French keyboard writes for the keys of a US one."""
GERMAN = str.maketrans("YZyz-:;|\\", "ZYzyßÖö'#")
BRITISH = str.maketrans('|\\@"', '~#"@')


def strokes(text: str, layout: dict[int, int]) -> list[tuple[str, str, bool]]:
    """What the device sees when the scanner means US keys and the device has another layout."""
    found = []
    for letter in text:
        key, code, shift = stroke(letter)
        found.append((key.translate(layout), code, shift))
    return found


@pytest.fixture
def steward(open_door: Callable[..., Page], door: FakeDoor) -> Page:
    door.add_ticket(NUMBER)
    return ready(open_door(), door)


@pytest.mark.parametrize(
    "layout", [{}, FRENCH, GERMAN, BRITISH], ids=["US", "French", "German", "British"]
)
@pytest.mark.parametrize("end", ["Enter", "Tab", ""])
def test_every_layout_and_every_end_is_read(
    end: str, layout: dict[int, int], steward: Page, door: FakeDoor
) -> None:
    keys = strokes(door.ledger.text(NUMBER), layout)

    steward.evaluate(TYPE, [[*keys, *([(end, end, False)] if end else [])], 0])

    expect_result(steward, "go", "Let in")


def test_a_scanner_that_means_the_layout_of_the_device_is_read_by_its_characters(
    steward: Page, door: FakeDoor
) -> None:
    """Then it is the keys that are wrong."""
    keys = [(letter, "KeyX", False) for letter in door.ledger.text(NUMBER)]

    steward.evaluate(TYPE, [[*keys, ("Enter", "Enter", False)], 0])

    expect_result(steward, "go", "Let in")


@pytest.mark.parametrize("change", [str.lower, str.swapcase], ids=["caps lock", "swapped"])
def test_capitals_do_not_matter(
    change: Callable[[str], str], steward: Page, door: FakeDoor
) -> None:
    wedge(steward, change(door.ledger.text(NUMBER)))

    expect_result(steward, "go", "Let in")


def test_no_button_is_pressed_and_no_field_filled_by_a_scan(steward: Page, door: FakeDoor) -> None:
    steward.get_by_role("button", name="More").focus()

    wedge(steward, door.ledger.text(NUMBER))

    expect_result(steward, "go", "Let in")
    expect(steward.get_by_role("button", name="Back to scanning")).to_have_count(0)
    wedge(steward, door.ledger.text(NUMBER))
    expect_result(steward, "ask", "Already in")


def test_a_scan_closes_what_is_open(steward: Page, door: FakeDoor) -> None:
    steward.get_by_role("button", name="More").click()

    wedge(steward, door.ledger.text(NUMBER))

    expect_result(steward, "go", "Let in")
    steward.get_by_role("button", name="Next").click()
    expect(steward.get_by_role("button", name="Type")).to_be_visible()


def test_a_person_who_types_is_no_scanner(steward: Page, door: FakeDoor) -> None:
    steward.evaluate(TYPE, [strokes("TICKET:ORD", {}), 70])

    expect(steward.locator(".result:visible")).to_have_count(0)
    steward.get_by_role("button", name="Type").click()
    steward.get_by_label("Ticket number").press_sequentially(NUMBER, delay=70)
    steward.keyboard.press("Enter")
    expect_result(steward, "ask", "On our list")
    assert door.devices["D7KQ2"].entries == {}


def test_one_bad_scan_does_not_spoil_the_next(steward: Page, door: FakeDoor) -> None:
    text = door.ledger.text(NUMBER)
    wedge(steward, text[:60])
    expect_result(steward, "stop", "Not a ticket")
    wedge(steward, "A" * 2000)
    expect_result(steward, "stop", "Not a ticket")

    wedge(steward, text)

    expect_result(steward, "go", "Let in")


AFTERWARDS = """([strokes, after]) => {
  const target = document.activeElement ?? document.body;
  const press = ([key, code, ctrlKey, shiftKey]) => target.dispatchEvent(new KeyboardEvent(
    "keydown", { key, code, ctrlKey, shiftKey, bubbles: true, cancelable: true }));
  for (const [key, code, shiftKey] of strokes) press([key, code, false, shiftKey]);
  return press(["Enter", "Enter", false, false]) || press(after);
}"""


@pytest.mark.parametrize(
    "line_feed", [("Enter", "Enter", False, False), ("j", "KeyJ", True, False)]
)
def test_a_line_feed_after_the_end_presses_nothing_either(
    line_feed: tuple[str, str, bool, bool], steward: Page, door: FakeDoor
) -> None:
    """Some scanners send it as another Enter, some as Ctrl and J, which opens the downloads."""
    steward.get_by_role("button", name="More").focus()

    has_effect = steward.evaluate(AFTERWARDS, [strokes(door.ledger.text(NUMBER), {}), line_feed])

    assert not has_effect
    expect_result(steward, "go", "Let in")


def test_a_field_keeps_nothing_of_a_scan(steward: Page, door: FakeDoor) -> None:
    """Its first letters are typed before it is known to be one."""
    steward.get_by_role("button", name="Type").click()
    steward.get_by_label("Ticket number").press_sequentially("ORD-", delay=70)
    steward.wait_for_timeout(100)

    steward.keyboard.type(door.ledger.text(NUMBER))
    steward.keyboard.press("Enter")

    expect_result(steward, "go", "Let in")
    steward.get_by_role("button", name="Next").click()
    expect(steward.get_by_label("Ticket number")).to_have_value("ORD-")


def test_a_key_that_is_held_down_is_no_scanner(steward: Page) -> None:
    steward.get_by_role("button", name="Type").click()
    number = steward.get_by_label("Ticket number")
    number.press_sequentially("ORD-ABC123", delay=70)

    for _ in range(10):
        steward.keyboard.down("Backspace")
    steward.keyboard.up("Backspace")

    expect(number).to_have_value("")
