"""The door of the deployed local stack: a device from its link on, and tickets that were bought."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.places import STACK, Ports, aws_environment
from tests.browser.conftest import Watch, paying_by
from tests.browser.steward import (
    all_sent,
    expect_result,
    go_offline,
    go_online,
    kept,
    pair,
    start,
    wedge,
)
from tests.browser.test_purchase import has_tickets, number_on, order, pay
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.cli import OK

pytestmark = pytest.mark.browser

FIGURES = {"type", "gate", "device", "time", "refusal"}
"""Tables of the report that find nothing wrong."""


@pytest.fixture(scope="module", autouse=True)
def _on_the_page_of_sumup(at: Ports) -> Iterator[None]:
    with paying_by("hosted", at):
        yield


@pytest.fixture
def phone(browser: Browser, at: Ports) -> Iterator[BrowserContext]:
    """The phone of a gate, whose console must stay clean."""
    watch = Watch((at.site_url,))
    context = browser.new_context(
        base_url=at.site_url, viewport={"width": 360, "height": 740}, locale="en-GB"
    )
    context.on("page", watch.over)
    yield context
    context.close()
    assert watch.complaints == []


def doors(at: Ports, *words: str) -> dict[str, Any]:
    """Run an operators' command."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ticketing", "doors", *words, "--json", "--stack", STACK],
        env={**os.environ, **aws_environment(at)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == OK, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bought(buyer: BrowserContext, event_id: str) -> list[str]:
    """Buy three tickets; return the texts of their codes."""
    page = order(buyer, event_id)
    number = number_on(page)
    pay(page)
    has_tickets(page, 3)
    return [TicketRow.get(f"{number}-{n:02}").qr_text for n in (1, 2, 3)]


def overrule(page: Page, text: str, *offline: str) -> None:
    """Scan, hear that it is too early, and let in all the same."""
    wedge(page, text)
    expect_result(page, "ask", "Too early", *offline)
    page.get_by_role("button", name="Let in anyway").click()


def test_three_who_bought_tickets_are_let_in_once_with_a_network_and_without(
    buyer: BrowserContext, phone: BrowserContext, event_id: str, at: Ports
) -> None:
    """The doors of the event open much later, so a supervisor has to overlook that."""
    online, offline, last = bought(buyer, event_id)
    link = doors(at, "add", event_id, "--name", "Gate A", "--supervisor")["link"]
    page = phone.new_page()
    pair(page, link)
    assert page.url == f"{at.site_url}/door/"
    expect(page.get_by_text("Gate A · 3 tickets loaded")).to_be_visible()
    start(page)
    kept(page)
    inside = page.locator("#bar .inside")
    expect(inside).to_have_attribute("aria-label", "0 of 3 in")

    overrule(page, online)
    expect_result(page, "go", "Let in", "1 person", "Ada Lovelace")
    expect(page.locator(".offline-result")).to_have_count(0)
    wedge(page, online)
    expect_result(page, "ask", "Already in", "Gate A")
    expect(inside).to_have_attribute("aria-label", "1 of 3 in")

    go_offline(page)
    overrule(page, offline, "offline")
    expect_result(page, "go.offline-result", "Let in", "1 person", "offline")
    wedge(page, offline)
    expect_result(page, "ask", "Already in", "Gate A", "offline")
    overrule(page, last, "offline")
    expect_result(page, "go.offline-result", "Let in", "offline")
    expect(page.locator("#bar .waiting")).to_have_text("5 waiting")

    go_online(page)
    all_sent(page)
    expect(inside).to_have_attribute("aria-label", "3 of 3 in")
    report = doors(at, "report", event_id)
    assert (report["people"], report["with_place"], report["absent"]) == (3, 3, 0)
    assert report["problems"] == []
    named = {name for name, rows in report.items() if isinstance(rows, list) and rows}
    assert named - FIGURES == {"override"}
    assert [row["override"] for row in report["override"]] == ["not yet"] * 3
