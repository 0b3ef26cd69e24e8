"""Without a network the device decides alone, keeps what it did, and tells the server later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.door_ledger import Json
from tests.browser.fake_door import FakeDoor
from tests.browser.steward import (
    all_sent,
    expect_result,
    go_offline,
    go_online,
    kept,
    ready,
    wedge,
)
from ticketing.flows import open_door as open_door_flow

pytestmark = pytest.mark.browser

NUMBER = "ORD-ABC123-01"
FAMILY = "ORD-FAM444-01"
NO_SPACE = """() => {
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (...values) {
    if (this.name === "entries") throw new DOMException("no space", "QuotaExceededError");
    return add.apply(this, values);
  };
}"""


ENTRIES_AT_COLOUR = """() => {
  const written = [];
  const added = new Map();
  const transaction = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, how) {
    const begun = transaction.call(this, names, mode, how);
    begun.addEventListener("complete", () =>
      added.has(begun) && written.push(`${added.get(begun)} ${how?.durability}`));
    return begun;
  };
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (entry) {
    added.set(this.transaction, entry.said);
    return add.call(this, entry);
  };
  const result = document.querySelector(".result");
  new MutationObserver(() => { if (result.matches(".go")) window.atColour ??= [...written]; })
    .observe(result, { attributes: true });
}"""
BOOKMARK = """async (wanted) => {
  const db = await idb.openDB("door");
  const seen = await db.get("facts", "seen");
  db.close();
  return seen?.DM4T8 === wanted;
}"""


@pytest.fixture
def prepared(door: FakeDoor) -> FakeDoor:
    """A list with one ticket of each kind."""
    door.add_ticket(NUMBER)
    door.add_ticket("ORD-ABC123-02", reason="refunded")
    door.add_ticket(FAMILY, sku="FAM", admits=4)
    return door


@pytest.fixture
def offline(open_door: Callable[..., Page], prepared: FakeDoor) -> Page:
    """A device that has the list and no network."""
    page = ready(open_door(), prepared)
    go_offline(page)
    return page


def sent(door: FakeDoor, device: str = "D7KQ2") -> list[tuple[Json, Json]]:
    return [pair for _, pair in sorted(door.devices[device].entries.items())]


def verdicts(door: FakeDoor) -> list[tuple[str, int]]:
    return [(answer["verdict"], answer["count"]) for _, answer in sent(door)]


def prepared_ticket(door: FakeDoor, ticket_id: str) -> str:
    door.add_ticket(ticket_id)
    return ticket_id


def look_at(page: Page) -> Locator:
    """Give the one line of what a supervisor is to look at."""
    if page.get_by_role("button", name="Next").is_visible():
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="More").click()
    lines = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Done"))
    expect(lines).to_have_count(1)
    return lines


def test_a_valid_ticket_is_let_in_and_the_screen_says_offline(
    offline: Page, prepared: FakeDoor
) -> None:
    wedge(offline, prepared.ledger.text(NUMBER))

    expect_result(offline, "go.offline-result", "Let in", "1 person", "offline")
    expect(offline.locator("#bar .waiting")).to_have_text("1 waiting")
    go_online(offline)
    all_sent(offline)
    [(entry, answer)] = sent(prepared)
    assert (entry["said"], entry["count"], answer["verdict"]) == ("admitted", 1, "admitted")
    assert entry["list_as_of"]


def test_the_list_and_the_own_scans_stop_what_must_not_enter(
    offline: Page, prepared: FakeDoor
) -> None:
    wedge(offline, prepared.ledger.text("ORD-ABC123-02"))
    expect_result(offline, "stop", "Not valid")
    wedge(offline, prepared.ledger.text(FAMILY))
    expect_result(offline, "go", "4 people")
    wedge(offline, prepared.ledger.text(FAMILY))
    expect_result(offline, "ask", "Already in", "Gate A", "offline")
    wedge(offline, prepared.ledger.text(NUMBER).replace("EVENT:5", "EVENT:6"))
    expect_result(offline, "stop", "For another event", "Jazz")
    wedge(offline, prepared.ledger.text(NUMBER).replace("-01|", "-07|"))
    expect_result(offline, "stop", "Forged")

    go_online(offline)
    all_sent(offline)
    said = [entry["said"] for entry, _ in sent(prepared)]
    assert said == ["void", "admitted", "already", "wrong_event", "altered"]


def test_a_genuine_ticket_that_is_not_on_the_list_is_let_in(
    offline: Page, prepared: FakeDoor
) -> None:
    wedge(offline, prepared.add_ticket("ORD-NEW777-01"))

    expect_result(offline, "go", "Let in", "1 person", "Genuine, not on our list")
    go_online(offline)
    all_sent(offline)
    [(entry, answer)] = sent(prepared)
    assert (entry["said"], entry["count"], answer["verdict"]) == ("unknown", 1, "admitted")


def test_admissions_of_other_gates_count_offline(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    here = ready(open_door(), prepared)
    there = ready(open_door(), prepared, device="DM4T8", gate="Gate B")
    wedge(there, prepared.ledger.text(NUMBER))
    expect_result(there, "go")
    expect(here.locator("#bar .inside strong")).to_have_text("1", timeout=20_000)
    go_offline(here)

    wedge(here, prepared.ledger.text(NUMBER))

    expect_result(here, "ask", "Already in", "Gate B", "offline")


def test_before_the_doors_open_the_device_knows_that_alone(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    prepared.ledger.doors_at = datetime.now(UTC) + timedelta(hours=1)
    page = ready(open_door(), prepared, role="supervisor")
    go_offline(page)
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "ask", "Too early")

    page.get_by_role("button", name="Let in anyway").click()

    expect_result(page, "go", "Let in", "offline")
    go_online(page)
    all_sent(page)
    assert [entry["override"] for entry, _ in sent(prepared)] == ["", "not_yet"]


def test_a_server_that_is_too_slow_is_not_waited_for(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared)
    prepared.seconds = 4

    wedge(page, prepared.ledger.text(NUMBER))

    expect_result(page, "asking", "Genuine")
    expect_result(page, "go.offline-result", "Let in", "offline")
    prepared.seconds = 0
    all_sent(page)
    (asked, first), (decided, second) = sent(prepared)
    assert (asked["said"], first["verdict"], first["count"]) == ("asking", "admitted", 1)
    assert (decided["said"], decided["count"]) == ("admitted", 1)
    assert (decided["text"], decided["refers_to"]) == (asked["text"], "D7KQ2#000001")
    assert (second["verdict"], second["count"]) == ("admitted", 0)
    expect(page.locator("#bar .inside")).to_have_attribute("aria-label", "1 of 5 in")


def test_who_was_decided_alone_is_on_the_disk_before_the_colour_shows(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    """The page is killed as soon as the screen answers, and both entries are there."""
    page = ready(open_door(), prepared)
    kept(page)
    prepared.is_down = True
    page.evaluate(ENTRIES_AT_COLOUR)

    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go", "offline")

    assert page.evaluate("window.atColour") == ["asking strict", "admitted strict"]
    page.reload()
    expect(page.locator("#bar .waiting")).to_have_text("2 waiting")
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "ask", "Already in")
    prepared.is_down = False
    all_sent(page)
    assert [answer["verdict"] for _, answer in sent(prepared)] == [
        "admitted",
        "admitted",
        "already",
    ]
    expect(page.locator("#bar .inside strong")).to_have_text("1")


def test_a_page_that_is_killed_before_it_decides_leaves_what_it_asked_alone(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared, role="supervisor")
    kept(page)
    prepared.seconds = 1
    wedge(page, prepared.ledger.text(NUMBER))
    expect(page.locator("#bar .waiting")).to_have_text("1 waiting")

    page.reload()
    prepared.seconds = 0

    all_sent(page)
    [(entry, answer)] = sent(prepared)
    assert (entry["said"], answer["verdict"]) == ("asking", "admitted")
    line = look_at(page)
    expect(line).to_contain_text("Counted as in at")
    expect(page.locator("#bar .inside strong")).to_have_text("1")


def test_who_went_in_beyond_what_the_server_had_counted_is_named(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    """Two of the family came in elsewhere while this gate had no answer."""
    page = ready(open_door(), prepared, role="supervisor")
    prepared.scan_elsewhere(FAMILY, count=2)
    prepared.is_down = True

    wedge(page, prepared.ledger.text(FAMILY))
    expect_result(page, "go", "4 people", "offline")
    prepared.is_down = False
    all_sent(page)

    assert verdicts(prepared) == [("admitted", 2), ("double", 2)]
    expect(look_at(page)).to_contain_text("but: only 2 people had a place")
    expect(page.locator("#bar .inside strong")).to_have_text("4")


def test_who_was_not_let_in_although_there_was_a_place_is_named(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    """A supervisor elsewhere took two back, which this gate could not know."""
    page = ready(open_door(), prepared, role="supervisor")
    prepared.scan_elsewhere(FAMILY, count=2)
    expect(page.locator("#bar .inside strong")).to_have_text("2", timeout=20_000)
    prepared.is_down = True
    prepared.undo_elsewhere()

    wedge(page, prepared.ledger.text(FAMILY))
    expect_result(page, "go", "2 people (2 of 4)", "offline")
    prepared.is_down = False
    all_sent(page)

    assert verdicts(prepared) == [("admitted", 4), ("lowered", 2)]
    expect(look_at(page)).to_contain_text("2 people, though 4 had a place")
    expect(page.locator("#bar .inside strong")).to_have_text("2")


def test_who_was_turned_away_although_counted_is_counted_back_and_named(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared, role="supervisor")
    prepared.scan_elsewhere(NUMBER)
    expect(page.locator("#bar .inside strong")).to_have_text("1", timeout=20_000)
    prepared.is_down = True
    prepared.undo_elsewhere()

    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "ask", "Already in", "Gate B", "offline")
    prepared.is_down = False
    all_sent(page)

    assert verdicts(prepared) == [("admitted", 1), ("undone", 1)]
    expect(look_at(page)).to_contain_text("Turned away at")
    expect(page.locator("#bar .inside strong")).to_have_text("0")
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go", "Let in")


@pytest.mark.parametrize("answer", ["waits", "came"])
def test_fewer_of_whom_the_device_let_in_alone_are_counted(
    answer: str, open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    """The server counts them with the scan that asked, so that is the one to lower."""
    page = ready(open_door(), prepared)
    prepared.is_down = True
    wedge(page, prepared.ledger.text(FAMILY))
    expect_result(page, "go", "4 people", "offline")
    if answer == "came":
        prepared.is_down = False
        all_sent(page)

    page.get_by_role("button", name="Fewer went in").click()
    expect(page.get_by_role("button", name="0", exact=True)).to_have_count(0)
    page.get_by_role("button", name="3", exact=True).click()
    expect_result(page, "done", "Corrected", "3 people in with this ticket")
    prepared.is_down = False
    all_sent(page)

    assert verdicts(prepared) == [("admitted", 4), ("admitted", 0), ("lowered", 1)]
    expect(page.locator("#bar .inside strong")).to_have_text("3")


def test_a_ticket_that_was_issued_anew_remembers_who_is_in(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    old = prepared.ledger.text(FAMILY)
    prepared.scan_elsewhere(FAMILY, count=3)
    anew = prepared.ledger.reissue(FAMILY, f"{FAMILY}-R1")
    page = ready(open_door(), prepared)
    expect(page.locator("#bar .inside")).to_have_attribute("aria-label", "3 of 5 in")
    go_offline(page)

    wedge(page, old)
    expect_result(page, "stop", "Not valid")
    wedge(page, anew)
    expect_result(page, "go", "1 person (1 of 4)", f"{FAMILY}-R1")

    go_online(page)
    all_sent(page)
    assert verdicts(prepared) == [("void", 0), ("admitted", 1)]
    expect(page.locator("#bar .inside")).to_have_attribute("aria-label", "4 of 5 in")


def test_what_others_admitted_is_asked_for_until_nothing_is_left_and_kept(
    open_door: Callable[..., Page], prepared: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of what the other gate scanned changed nothing; the bookmark moves past that."""
    monkeypatch.setattr(open_door_flow, "MOST_CHANGES", 3)
    for number in range(4):
        prepared.scan_elsewhere(prepared_ticket(prepared, f"ORD-OTHER{number}-01"))
        prepared.scan_elsewhere(f"ORD-OTHER{number}-01")
    page = ready(open_door(), prepared)

    expect(page.locator("#bar .inside strong")).to_have_text("4")

    kept(page)
    assert [batch["seen"].get("DM4T8", 0) for batch in prepared.batches][:3] == [0, 3, 6]
    page.wait_for_function(BOOKMARK, arg=8)
    page.reload()
    expect(page.locator("#bar .inside strong")).to_have_text("4")
    page.wait_for_timeout(500)
    assert prepared.batches[-1]["seen"] == {"D7KQ2": 0, "DM4T8": 8}


def test_a_lost_answer_is_asked_for_again_with_the_very_same_entry(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared)
    prepared.loses_answers = True
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go", "offline")

    prepared.loses_answers = False
    all_sent(page)

    scans = [batch["scans"] for batch in prepared.batches if batch["scans"]]
    assert len(scans) > 1
    assert all(one[0] == scans[0][0] for one in scans)
    assert verdicts(prepared) == [("admitted", 1), ("admitted", 0)]
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#bar .inside strong")).to_have_text("1")


def test_who_was_let_in_after_an_answer_was_lost_and_had_no_place_is_named(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    """The entry had asked, the device then decided alone, and another gate had been first."""
    page = ready(open_door(), prepared, role="supervisor")
    prepared.scan_elsewhere(NUMBER)
    prepared.is_down = True

    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go", "Let in", "offline")
    prepared.is_down = False
    all_sent(page)

    expect_result(page, "go", "Let in")  # what the steward saw stays
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="More").click()
    line = page.get_by_role("listitem").filter(has_text="Let in offline at")
    expect(line).to_contain_text(NUMBER)
    expect(line).to_contain_text("already in")
    line.get_by_role("button", name="Done").click()
    expect(line).to_have_count(0)


def test_two_gates_admit_one_ticket_and_the_supervisor_learns_of_it(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    apart = ready(open_door(), prepared, device="DM4T8", gate="Gate B", role="supervisor")
    go_offline(apart)
    here = ready(open_door(), prepared)
    wedge(here, prepared.ledger.text(NUMBER))
    wedge(apart, prepared.ledger.text(NUMBER))
    expect_result(here, "go")
    expect_result(apart, "go", "offline")

    go_online(apart)
    all_sent(apart)

    apart.get_by_role("button", name="Next").click()
    apart.get_by_role("button", name="More").click()
    expect(apart.get_by_text("Let in offline at")).to_contain_text("already in")
    assert prepared.devices["DM4T8"].entries[1][1]["verdict"] == "double"


def test_thirty_scans_are_sent_in_order_and_in_batches(offline: Page, prepared: FakeDoor) -> None:
    for number in range(30):
        wedge(offline, prepared.ledger.text(f"ORD-Q{number:05}-01"))
    expect(offline.locator("#bar .waiting")).to_have_text("30 waiting", timeout=30_000)

    go_online(offline)
    all_sent(offline)

    sizes = [len(batch["scans"]) for batch in prepared.batches if batch["scans"]]
    assert sizes == [25, 5]
    assert prepared.batches[-1]["highest"] == 30


def test_one_entry_that_the_server_cannot_read_does_not_hold_up_the_others(
    offline: Page, prepared: FakeDoor
) -> None:
    prepared.refuses = {2}
    for number in range(4):
        wedge(offline, prepared.ledger.text(f"ORD-Q{number:05}-01"))
    expect(offline.locator("#bar .waiting")).to_have_text("4 waiting")

    go_online(offline)
    all_sent(offline)

    assert sorted(prepared.devices["D7KQ2"].entries) == [1, 3, 4]


def test_what_waits_survives_a_restart(open_door: Callable[..., Page], prepared: FakeDoor) -> None:
    page = ready(open_door(), prepared)
    kept(page)
    go_offline(page)
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go")

    page.reload()  # the page comes from the device
    expect(page.locator("#bar .waiting")).to_have_text("1 waiting")
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "ask", "Already in")

    go_online(page)
    all_sent(page)
    assert [entry["seq"] for entry, _ in sent(prepared)] == [1, 2]


@pytest.mark.parametrize("network", ["online", "offline"])
def test_a_full_device_lets_nobody_in_and_says_what_to_write_down(
    network: str, open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared)
    if network == "offline":
        go_offline(page)
    page.evaluate(NO_SPACE)

    wedge(page, prepared.ledger.text(NUMBER))

    expect_result(page, "ask", "Not saved", f"This device is full: write {NUMBER} down")
    assert prepared.devices["D7KQ2"].entries == {}


def test_a_revoked_device_stops_sends_what_waits_and_forgets_everything(
    offline: Page, prepared: FakeDoor
) -> None:
    wedge(offline, prepared.ledger.text(NUMBER))
    expect_result(offline, "go")
    prepared.devices["D7KQ2"].revoked = True

    offline.context.set_offline(offline=False)

    expect(offline.get_by_role("heading", name="This device was switched off")).to_be_visible(
        timeout=20_000
    )
    expect(offline.get_by_text("Everything is sent.")).to_be_visible(timeout=20_000)
    [(_, answer)] = sent(prepared)
    assert answer["verdict"] == "after_revocation"
    offline.reload()
    expect(offline.get_by_role("heading", name="This device has no door yet")).to_be_visible()


def test_a_door_that_is_over_sends_what_waits_and_forgets_everything(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    prepared.expires_in = timedelta(seconds=8)
    page = ready(open_door(), prepared)
    go_offline(page)
    wedge(page, prepared.ledger.text(NUMBER))
    expect_result(page, "go")
    expect(page.get_by_role("heading", name="This door is closed")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Keep this page open: 1 scan to send")).to_be_visible()

    page.context.set_offline(offline=False)

    expect(page.get_by_text("Everything is sent.")).to_be_visible(timeout=20_000)
    assert len(sent(prepared)) == 1
    page.reload()
    expect(page.get_by_role("heading", name="This device has no door yet")).to_be_visible()


def test_the_door_of_a_cancelled_event_lets_nobody_in(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared)
    prepared.is_cancelled = True

    page.reload()

    expect(page.get_by_role("heading", name="The event is cancelled")).to_be_visible()
    prepared.is_cancelled = False
    page.reload()
    expect(page.locator(".tools")).to_be_visible()


def test_a_device_that_the_shop_has_forgotten_stops_and_keeps_what_it_did(
    offline: Page, prepared: FakeDoor
) -> None:
    wedge(offline, prepared.ledger.text(NUMBER))
    expect_result(offline, "go")
    device = prepared.devices.pop("D7KQ2")
    offline.context.set_offline(offline=False)
    expect(offline.get_by_role("heading", name="The shop does not know this device")).to_be_visible(
        timeout=20_000
    )

    prepared.devices["D7KQ2"] = device

    expect(offline.locator(".tools")).to_be_visible(timeout=40_000)
    all_sent(offline)
    assert len(sent(prepared)) == 1


def test_a_revoked_device_learns_it_from_the_next_scan(
    open_door: Callable[..., Page], prepared: FakeDoor
) -> None:
    page = ready(open_door(), prepared)
    prepared.devices["D7KQ2"].revoked = True

    wedge(page, prepared.ledger.text(NUMBER))

    expect(page.get_by_role("heading", name="This device was switched off")).to_be_visible()
    expect(page.locator(".result.go")).to_have_count(0)
