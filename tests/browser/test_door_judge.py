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
LATE = {"refers_to": "D7KQ2#000001"}
DIFFERENCES: dict[str, tuple[dict[str, Any], str]] = {
    "no result yet": ({"shown": LET_IN}, ""),
    "agreed": ({"shown": LET_IN, "result": {"verdict": "admitted", "count": 4}}, ""),
    "counted with the scan before": (
        {"shown": LET_IN, **LATE, "result": {"verdict": "admitted", "count": 0}},
        "",
    ),
    "more went in than it counted": (
        {"shown": LET_IN, **LATE, "result": {"verdict": "double", "count": 2}},
        "let_in",
    ),
    "fewer went in than it counted": (
        {"shown": LET_IN, **LATE, "result": {"verdict": "lowered", "count": 2}},
        "fewer",
    ),
    "turned away and had been counted": (
        {"shown": AWAY, **LATE, "result": {"verdict": "undone", "count": 1}},
        "turned_away",
    ),
    "a double": ({"shown": LET_IN, "result": {"verdict": "double", "count": 0}}, "let_in"),
    "a double that a supervisor let in": (
        {"shown": LET_IN, "override": "already", "result": {"verdict": "double", "count": 4}},
        "",
    ),
    "void by then": ({"shown": LET_IN, "result": {"verdict": "void", "count": 0}}, "let_in"),
    "nobody knows it": ({"shown": UNKNOWN, "result": {"verdict": "unknown"}}, "let_in"),
    "known by then": ({"shown": UNKNOWN, "result": {"verdict": "admitted", "count": 1}}, ""),
    "turned away by both": ({"shown": AWAY, "result": {"verdict": "already", "count": 0}}, ""),
    "counted, and nobody saw it": ({"result": {"verdict": "admitted", "count": 1}}, "untold"),
    "refused, and nobody saw it": ({"result": {"verdict": "void", "count": 0}}, ""),
    "no admission": ({"action": "undo", "result": {"verdict": "refused"}}, ""),
}


BOOK = """async ([known, steps]) => {
  const { Book } = await import("/door/book.js");
  const book = new Book();
  book.learn(known);
  const scan = ([device, seq, ticket, action, people, follows = ""]) =>
    ({ device, seq, ticket, action, people, at: 0, follows });
  for (const [what, scans, seen] of steps) {
    if (what === "note") for (const each of scans) book.note(scan(each));
    else if (what === "learn") book.learn(scans);
    else book.settle(scans.map(scan), seen);
  }
  const of = ({ inside, expected }) => [inside, expected];
  const { people } = book;
  const types = { STD: of(people.of("STD")), FAM: of(people.of("FAM")) };
  return { whole: of(people.whole), ...types, taken: book.taken("F") };
}"""
ASKED, DECIDED = "D7KQ2#000001", ["D7KQ2", 2, "F", "admit", 2, "D7KQ2#000001"]
BOOKS: dict[str, tuple[list[Any], tuple[int, int]]] = {
    "nobody": ([], (0, 0)),
    "of this device": ([["note", [["D7KQ2", 1, "F", "admit", 4]]]], (4, 4)),
    "told by the server as well": (
        [
            ["note", [["D7KQ2", 1, "F", "admit", 4]]],
            ["settle", [["D7KQ2", 1, "F", "admit", 4]], {"D7KQ2": 1}],
        ],
        (4, 4),
    ),
    "of this device, without a place": (
        [["note", [["D7KQ2", 1, "F", "admit", 4]]], ["settle", [], {"D7KQ2": 1}]],
        (0, 0),
    ),
    "noted when the server has told already": (
        [
            ["settle", [["D7KQ2", 1, "F", "admit", 3]], {"D7KQ2": 1}],
            ["note", [["D7KQ2", 1, "F", "admit", 4]]],
        ],
        (3, 3),
    ),
    "decided alone": ([["note", [DECIDED]]], (2, 2)),
    "decided alone, and counted when it asked": (
        [["note", [DECIDED]], ["settle", [["D7KQ2", 1, "F", "admit", 4]], {"D7KQ2": 1}]],
        (2, 2),
    ),
    "counted, then decided alone": (
        [["settle", [["D7KQ2", 1, "F", "admit", 4]], {"D7KQ2": 1}], ["note", [DECIDED]]],
        (2, 2),
    ),
    "turned away alone, and counted when it asked": (
        [
            ["note", [["D7KQ2", 2, "F", "admit", 0, ASKED]]],
            ["settle", [["D7KQ2", 1, "F", "admit", 4]], {"D7KQ2": 1}],
        ],
        (0, 0),
    ),
    "decided alone and lowered": (
        [
            ["note", [DECIDED]],
            ["settle", [["D7KQ2", 1, "F", "admit", 4]], {"D7KQ2": 1}],
            ["settle", [["D7KQ2", 2, "F", "lower", 2]], {"D7KQ2": 2}],
        ],
        (2, 2),
    ),
    "of another gate, and undone here": (
        [
            ["settle", [["DM4T8", 7, "F", "admit", 4]], {"DM4T8": 9, "D7KQ2": 0}],
            ["note", [["D7KQ2", 1, "F", "undo", 4]]],
        ],
        (0, 0),
    ),
    "with a ticket that was reissued": (
        [
            ["settle", [["DM4T8", 7, "F", "admit", 1]], {"DM4T8": 7}],
            ["learn", [["F-R1", "FAM", 4, "v"], ["F", "FAM", 4, "x"]]],
            ["settle", [["DM4T8", 8, "F-R1", "admit", 2]], {"DM4T8": 8}],
        ],
        (3, 3),
    ),
    "not on the list": ([["note", [["D7KQ2", 1, "N", "admit", 1]]]], (0, 1)),
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


@pytest.mark.parametrize("case", BOOKS)
def test_nobody_is_counted_twice(case: str, blank: Page) -> None:
    steps, (family, whole) = BOOKS[case]

    found = blank.evaluate(BOOK, [KNOWN, steps])

    assert found == {
        "whole": [whole, 5],
        "STD": [0, 1],
        "FAM": [family, 4],
        "taken": family,
    }
