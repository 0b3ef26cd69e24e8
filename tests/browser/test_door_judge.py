"""What a device decides alone, case by case, and when the server's verdict needs a supervisor."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DOORS = "2026-12-05T19:30:00.000Z"
JUDGE = """async ([read, known, scans, more]) => {
  const { Book } = await import("/door/book.js");
  const { judge } = await import("/door/judge.js");
  const book = new Book();
  book.learn(known);
  for (const [seq, ticket, action, people] of scans) {
    const at = Date.parse("2026-12-05T19:31:00Z");
    book.note({ device: "DM4T8", seq, ticket, action, people, at });
  }
  const about = {
    event: { doors_at: more.doors ?? null },
    types: [{ sku: "STD", name: "Standard" }, { sku: "FAM", name: "Family" }],
  };
  const now = Date.parse("2026-12-05T19:00:00Z");
  return judge(read, { book, about, gates: { DM4T8: "Gate B" }, now, ...more });
}"""
DIFFERENCE = """async (entry) => {
  const { differenceOf } = await import("/door/judge.js");
  return differenceOf({ action: "admit", ...entry });
}"""
KNOWN = [["A", "STD", 1, "v"], ["F", "FAM", 4, "v"], ["X", "STD", 1, "x"]]
IN = [1, "A", "admit", 1]


def genuine(ticket: str) -> dict[str, str]:
    return {"kind": "genuine", "ticket": ticket, "event": "5"}


CASES: dict[str, tuple[dict[str, str], list[Any], dict[str, Any], str, int]] = {
    "not ours": ({"kind": "foreign"}, [], {}, "foreign", 0),
    "another event": (
        {"kind": "wrong_event", "ticket": "A", "event": "6"},
        [],
        {},
        "wrong_event",
        0,
    ),
    "altered, though void": ({"kind": "altered", "ticket": "X"}, [], {}, "altered", 0),
    "valid": (genuine("A"), [], {}, "admitted", 1),
    "valid for four": (genuine("F"), [], {}, "admitted", 4),
    "two of four are in": (genuine("F"), [[1, "F", "admit", 2]], {}, "admitted", 2),
    "void": (genuine("X"), [], {}, "void", 0),
    "void, though in": (genuine("X"), [[1, "X", "admit", 1]], {}, "void", 0),
    "in": (genuine("A"), [IN], {}, "already", 0),
    "taken back": (genuine("A"), [IN, [2, "A", "undo", 1]], {}, "admitted", 1),
    "fewer went in": (
        genuine("F"),
        [[1, "F", "admit", 4], [2, "F", "lower", 1]],
        {},
        "admitted",
        1,
    ),
    "too early": (genuine("A"), [], {"doors": DOORS}, "not_yet", 0),
    "in, and too early": (genuine("A"), [IN], {"doors": DOORS}, "already", 0),
    "early, overlooked": (genuine("A"), [], {"doors": DOORS, "override": "not_yet"}, "admitted", 1),
    "early and in, overlooked": (genuine("A"), [IN], {"override": "not_yet"}, "already", 0),
    "in, overlooked": (genuine("A"), [IN], {"override": "already"}, "admitted", 1),
    "in, overlooked for three": (
        genuine("F"),
        [[1, "F", "admit", 4]],
        {"override": "already", "people": 3},
        "admitted",
        3,
    ),
    "void, overlooked in vain": (genuine("X"), [], {"override": "already"}, "void", 0),
    "not on the list": (genuine("N"), [], {}, "unknown", 1),
    "not on the list, and in": (genuine("N"), [[1, "N", "admit", 1]], {}, "already", 0),
    "typed, and not on the list": (genuine("N"), [], {"byHand": True}, "unknown", 0),
    "typed": (genuine("A"), [], {"byHand": True}, "admitted", 1),
}
LET_IN = {"verdict": "admitted", "count": 4, "offline": True}
UNKNOWN = {"verdict": "unknown", "count": 1, "offline": True}
AWAY = {"verdict": "already", "count": 0, "offline": True}
DIFFERENCES: dict[str, tuple[dict[str, Any], str]] = {
    "no result yet": ({"shown": LET_IN}, ""),
    "agreed": ({"shown": LET_IN, "result": {"verdict": "admitted", "count": 4}}, ""),
    "fewer places": ({"shown": LET_IN, "result": {"verdict": "admitted", "count": 2}}, "let_in"),
    "counted too many": (
        {"shown": {**LET_IN, "count": 2}, "result": {"verdict": "admitted", "count": 4}},
        "more",
    ),
    "a double": ({"shown": LET_IN, "result": {"verdict": "double", "count": 0}}, "let_in"),
    "void by then": ({"shown": LET_IN, "result": {"verdict": "void", "count": 0}}, "let_in"),
    "nobody knows it": ({"shown": UNKNOWN, "result": {"verdict": "unknown"}}, "let_in"),
    "known by then": ({"shown": UNKNOWN, "result": {"verdict": "admitted", "count": 1}}, ""),
    "turned away and counted": (
        {"shown": AWAY, "result": {"verdict": "admitted", "count": 1}},
        "turned_away",
    ),
    "turned away by both": ({"shown": AWAY, "result": {"verdict": "already", "count": 0}}, ""),
    "counted, and nobody saw it": ({"result": {"verdict": "admitted", "count": 1}}, "untold"),
    "refused, and nobody saw it": ({"result": {"verdict": "void", "count": 0}}, ""),
    "no admission": ({"action": "undo", "result": {"verdict": "refused"}}, ""),
}


@pytest.fixture
def blank(open_door: Callable[..., Page]) -> Page:
    page = open_door()
    page.goto("/door/")
    return page


@pytest.mark.parametrize("case", CASES)
def test_a_device_alone_decides(case: str, blank: Page) -> None:
    read, scans, more, verdict, count = CASES[case]

    found = blank.evaluate(JUDGE, [read, KNOWN, scans, more])

    assert (found["verdict"], found["count"]) == (verdict, count)
    assert found["offline"] is True


def test_already_says_when_and_where(blank: Page) -> None:
    found = blank.evaluate(JUDGE, [genuine("A"), KNOWN, [IN], {}])

    first = {"at": "2026-12-05T19:31:00.000Z", "gate": "Gate B", "device": "DM4T8"}
    assert found["first"] == first


@pytest.mark.parametrize("case", DIFFERENCES)
def test_what_needs_a_supervisor_is_named(case: str, blank: Page) -> None:
    entry, difference = DIFFERENCES[case]

    assert blank.evaluate(DIFFERENCE, entry) == difference
