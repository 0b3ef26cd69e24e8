"""Supervisors find tickets, take scans back, and overlook what a steward may not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_door import FakeDoor
from tests.browser.steward import all_sent, expect_result, kept, ready, wedge

pytestmark = pytest.mark.browser

NUMBER = "ORD-ABC123-01"


@pytest.fixture
def supervisor(open_door: Callable[..., Page], door: FakeDoor) -> Page:
    door.add_ticket(NUMBER)
    door.add_ticket("ORD-ABC123-02", reason="charged_back")
    page = ready(open_door(), door, role="supervisor")
    page.on("dialog", lambda asked: asked.accept())
    return page


def search(page: Page, query: str) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_label("Order, ticket or name").fill(query)
    page.get_by_role("button", name="Search", exact=True).click()


def test_a_name_is_found_and_let_in_by_hand(supervisor: Page, door: FakeDoor) -> None:
    search(supervisor, "anne")
    row = supervisor.get_by_role("listitem").filter(has_text=NUMBER)
    expect(row).to_contain_text("1 of 1 may still go in")
    void = supervisor.get_by_role("listitem").filter(has_text="ORD-ABC123-02")
    expect(void).to_contain_text("not valid, charged back")
    expect(void.get_by_role("button", name="Let in")).to_have_count(0)

    row.get_by_role("button", name="Let in").click()

    expect_result(supervisor, "go", "Let in", NUMBER)
    [(entry, _)] = door.devices["D7KQ2"].entries.values()
    assert (entry["by_hand"], entry["text"]) == (True, NUMBER)


def test_a_typed_number_lets_in_by_hand(supervisor: Page, door: FakeDoor) -> None:
    supervisor.get_by_role("button", name="Type").click()
    supervisor.get_by_label("Ticket number").fill("ord-abc123 -01")

    supervisor.get_by_role("button", name="Check").click()

    expect_result(supervisor, "go", "Let in", NUMBER)
    assert door.devices["D7KQ2"].entries[1][0]["by_hand"] is True


def test_nothing_found_is_said(supervisor: Page) -> None:
    search(supervisor, "nobody")

    expect(supervisor.get_by_text("Nothing found")).to_be_visible()


def test_without_a_connection_the_search_says_so(supervisor: Page) -> None:
    kept(supervisor)
    supervisor.context.set_offline(offline=True)
    search(supervisor, "anne")

    expect(supervisor.get_by_text("This needs a connection")).to_be_visible()


def test_a_scan_is_taken_back(supervisor: Page, door: FakeDoor) -> None:
    wedge(supervisor, door.ledger.text(NUMBER))
    expect_result(supervisor, "go")
    supervisor.get_by_role("button", name="Next").click()
    supervisor.get_by_role("button", name="More").click()

    supervisor.get_by_role("button", name=f"Undo: {NUMBER}").click()

    expect_result(supervisor, "done", "Undone", "1 person counted back")
    assert door.ledger.tickets[NUMBER].left == 1
    wedge(supervisor, door.ledger.text(NUMBER))
    expect_result(supervisor, "go", "Let in")


def test_nobody_of_a_family_went_in_after_all(supervisor: Page, door: FakeDoor) -> None:
    """The server lowers to one person at least; nobody at all is an undone scan."""
    wedge(supervisor, door.add_ticket("ORD-FAM444-01", sku="FAM", admits=4))
    expect_result(supervisor, "go", "4 people")

    supervisor.get_by_role("button", name="Fewer went in").click()
    supervisor.get_by_role("button", name="0", exact=True).click()

    expect_result(supervisor, "done", "Undone", "4 people counted back")
    assert door.devices["D7KQ2"].entries[2][0]["action"] == "undo"
    assert door.ledger.tickets["ORD-FAM444-01"].left == 4


@pytest.mark.parametrize("answer", ["waits", "came"])
def test_a_scan_without_an_answer_in_time_is_taken_back(
    answer: str, supervisor: Page, door: FakeDoor
) -> None:
    kept(supervisor)
    door.is_down = True
    wedge(supervisor, door.ledger.text(NUMBER))
    expect_result(supervisor, "go", "offline")
    if answer == "came":
        door.is_down = False
        all_sent(supervisor)
    supervisor.get_by_role("button", name="Next").click()
    supervisor.get_by_role("button", name="More").click()
    undo = supervisor.get_by_role("button", name=f"Undo: {NUMBER}")
    expect(undo).to_have_count(1)

    undo.click()

    expect_result(supervisor, "done", "Undone", "1 person counted back")
    door.is_down = False
    all_sent(supervisor)
    entries = door.devices["D7KQ2"].entries.values()
    assert [answer["verdict"] for _, answer in entries] == ["admitted", "admitted", "undone"]
    assert door.ledger.tickets[NUMBER].left == 1
    expect(supervisor.locator("#bar .inside strong")).to_have_text("0")


def test_a_scan_of_another_gate_is_taken_back(
    supervisor: Page, open_door: Callable[..., Page], door: FakeDoor
) -> None:
    other = ready(open_door(), door, device="DM4T8", gate="Gate B")
    wedge(other, door.ledger.text(NUMBER))
    expect_result(other, "go")
    expect(supervisor.locator("#bar .inside strong")).to_have_text("1", timeout=20_000)
    search(supervisor, NUMBER)

    supervisor.get_by_role("button", name="Undo").click()

    expect_result(supervisor, "done", "Undone")
    assert door.devices["D7KQ2"].entries[1][0]["refers_to"] == "DM4T8#000001"


def test_who_was_here_before_is_let_in_again_by_a_supervisor_alone(
    supervisor: Page, open_door: Callable[..., Page], door: FakeDoor
) -> None:
    text = door.ledger.text(NUMBER)
    wedge(supervisor, text)
    expect_result(supervisor, "go")
    steward = ready(open_door(), door, device="DM4T8", gate="Gate B")
    wedge(steward, text)
    expect_result(steward, "ask", "Already in")
    expect(steward.get_by_role("button", name="Let in anyway")).to_have_count(0)
    wedge(supervisor, text)
    expect_result(supervisor, "ask", "Already in")

    supervisor.get_by_role("button", name="Let in anyway").click()

    expect_result(supervisor, "go", "Let in")
    entry, answer = door.devices["D7KQ2"].entries[3]
    assert (entry["override"], entry["count"], answer["count"]) == ("already", 1, 1)
    expect(supervisor.locator("#bar .inside strong")).to_have_text("1")


def test_void_and_forged_tickets_cannot_be_overlooked(supervisor: Page, door: FakeDoor) -> None:
    anyway = supervisor.get_by_role("button", name="Let in anyway")

    wedge(supervisor, door.ledger.text("ORD-ABC123-02"))
    expect_result(supervisor, "stop", "Not valid")
    expect(anyway).to_have_count(0)
    wedge(supervisor, door.ledger.text(NUMBER).replace("-01|", "-09|"))
    expect_result(supervisor, "stop", "Forged")
    expect(anyway).to_have_count(0)


def test_leaving_the_door_forgets_everything(supervisor: Page, door: FakeDoor) -> None:
    wedge(supervisor, door.ledger.text(NUMBER))
    expect_result(supervisor, "go")
    supervisor.get_by_role("button", name="Next").click()
    supervisor.get_by_role("button", name="More").click()

    supervisor.get_by_role("button", name="Leave this door").click()

    expect(supervisor.get_by_role("heading", name="This device has no door yet")).to_be_visible()
    kept = supervisor.evaluate(
        "async () => (await indexedDB.databases()).length && new Promise((done) => {"
        " const open = indexedDB.open('door');"
        " open.onsuccess = () => {"
        "   const counted = open.result.transaction('facts').objectStore('facts').count();"
        "   counted.onsuccess = () => done(counted.result); }; })"
    )
    assert kept == 0
