"""One hand, in the dark: what a thumb that taps twice must not do, and what must not move."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.steward import expect_result, go_offline, pair, result, start, wedge
from ticketing.language import Language

pytestmark = pytest.mark.browser

FAMILY = "ORD-FAM444-01"
SECOND_TAP_MILLISECONDS = 150
SEEN = """(selectors) => selectors.map((selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  const line = document.querySelector("#bar .state").getBoundingClientRect();
  return box.top >= line.top && box.bottom <= line.bottom + 1 && box.right <= line.right;
})"""


@pytest.fixture
def thumb(open_door: Callable[..., Page], door: FakeDoor) -> Page:
    """A phone that is touched, and a family of four."""
    door.add_ticket(FAMILY, sku="FAM", admits=4)
    door.add_ticket("ORD-ABC123-01")
    door.add_ticket("ORD-ABC123-02", reason="refunded")
    page = open_door(has_touch=True)
    pair(page, door.add_device())
    start(page)
    return page


def tap_twice(page: Page, button: Locator) -> None:
    box = button.bounding_box()
    assert box
    place = (box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    page.touchscreen.tap(*place)
    page.wait_for_timeout(SECOND_TAP_MILLISECONDS)
    page.touchscreen.tap(*place)


def test_whoever_taps_next_twice_opens_nothing(thumb: Page, door: FakeDoor) -> None:
    """The button lies on those beneath the result."""
    wedge(thumb, door.ledger.text("ORD-ABC123-01"))
    expect_result(thumb, "go")

    tap_twice(thumb, thumb.get_by_role("button", name="Next"))

    expect(result(thumb)).to_have_count(0)
    expect(thumb.get_by_role("button", name="Back to scanning")).to_have_count(0)
    thumb.get_by_role("button", name="More").tap()
    expect(thumb.get_by_role("button", name="Back to scanning")).to_be_visible()


def test_whoever_taps_fewer_twice_has_not_chosen_how_many(thumb: Page, door: FakeDoor) -> None:
    wedge(thumb, door.ledger.text(FAMILY))
    expect_result(thumb, "go", "4 people")

    tap_twice(thumb, thumb.get_by_role("button", name="Fewer went in"))

    expect_result(thumb, "go", "How many went in?")
    assert door.ledger.tickets[FAMILY].left == 0
    thumb.get_by_role("button", name="3", exact=True).tap()
    expect_result(thumb, "done", "3 people in with this ticket")


def test_next_is_where_it_was(thumb: Page, door: FakeDoor) -> None:
    texts = [door.ledger.text(f"ORD-ABC123-0{number}") for number in (1, 1, 2)]
    places: set[int] = set()
    for text in [*texts, "TICKETS ARE SOLD HERE", door.ledger.text("ORD-NEW777-01")]:
        before = thumb.locator(".result").inner_text() if places else ""
        wedge(thumb, text)
        expect(result(thumb)).not_to_have_text(before, use_inner_text=True)
        places.add(_bottom(thumb.get_by_role("button", name="Next")))
    go_offline(thumb)
    wedge(thumb, door.ledger.text(FAMILY))
    expect_result(thumb, "go", "4 people")
    places.add(_bottom(thumb.get_by_role("button", name="Next")))

    assert len(places) == 1


def _bottom(button: Locator) -> int:
    box = button.bounding_box()
    assert box
    return round(box["y"] + box["height"])


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("language", Language)
def test_the_bar_is_as_high_without_a_network(
    language: Language, width: int, open_door: Callable[..., Page], door: FakeDoor
) -> None:
    """What lies below must not move under the thumb, however many scans wait."""
    page = open_door(viewport={"width": width, "height": 740}, locale=language.tag)
    door.add_ticket("ORD-ABC123-01")
    pair(page, door.add_device())
    start(page)
    bar = page.locator("#bar")
    before = bar.bounding_box()
    go_offline(page)

    wedge(page, door.ledger.text("ORD-ABC123-01"))
    waiting = page.locator("#bar .waiting")
    expect(waiting).to_contain_text("1 ")
    waiting.evaluate("(element) => element.textContent = element.textContent.replace('1', '123')")

    assert before
    assert bar.bounding_box() == before
    assert page.evaluate(SEEN, ["#bar .offline-since", "#bar .waiting"]) == [True, True]
