"""What a steward does with the page of the door, and what the screen says."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.fake_door import FakeDoor

SHIFTED = {"|": "\\", ":": ";"}
"""Which US key writes a character together with Shift."""
NAMED = {"-": "Minus", "\\": "Backslash", ";": "Semicolon"}


def pair(page: Page, address: str) -> None:
    """Open the link of a device, and wait until the list of tickets is there."""
    page.goto(address)
    expect(page.locator(".standing")).to_be_visible()


def start(page: Page) -> None:
    page.locator(".page button.wide").click()
    expect(page.locator(".tools")).to_be_attached()
    expect(page.locator("#bar .online")).to_be_visible()


def ready(page: Page, door: FakeDoor, **device: str) -> Page:
    """Pair a device and begin to scan with it."""
    pair(page, door.add_device(**device))
    start(page)
    return page


def wedge(page: Page, text: str, end: str = "Enter") -> None:
    """Type a text as a scanner does, on a US keyboard: all keys within a moment."""
    page.evaluate(
        """([strokes, end]) => {
          const press = (init) => (document.activeElement ?? document.body).dispatchEvent(
            new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
          for (const [key, code, shiftKey] of strokes) press({ key, code, shiftKey });
          if (end) press({ key: end, code: end });
        }""",
        [[stroke(letter) for letter in text], end],
    )


def stroke(letter: str) -> tuple[str, str, bool]:
    """Give key, code and Shift of a character."""
    base = SHIFTED.get(letter, letter)
    if base.isalpha():
        return letter, f"Key{base.upper()}", letter.isupper()
    if base.isdigit():
        return letter, f"Digit{base}", False
    return letter, NAMED.get(base, ""), base != letter


def result(page: Page) -> Locator:
    """The answer, once it is one."""
    return page.locator(".result:visible:not(.asking)")


def expect_result(page: Page, tone: str, *words: str) -> None:
    """The whole screen says so: by its colour, and in these words."""
    shown = page.locator(f".result.{tone}")
    expect(shown).to_be_visible()
    for each in words:
        expect(shown).to_contain_text(each)


def kept(page: Page) -> None:
    """Wait until the device has the page."""
    page.wait_for_function("async () => Boolean((await navigator.serviceWorker.ready).active)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def go_offline(page: Page) -> None:
    page.context.set_offline(offline=True)
    expect(page.locator("#bar .offline-since")).to_be_visible(timeout=20_000)


def go_online(page: Page) -> None:
    page.context.set_offline(offline=False)
    expect(page.locator("#bar .online")).to_be_visible(timeout=30_000)


def all_sent(page: Page) -> None:
    """Wait until nothing waits."""
    expect(page.locator("#bar .online")).to_be_visible(timeout=30_000)
    expect(page.locator("#bar .waiting")).to_have_count(0, timeout=30_000)
