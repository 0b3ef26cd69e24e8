"""A door of the deployed stack: a telephone is paired, admits a ticket once, and finds it again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from local.places import Ports
from local.shop import FESTIVAL, Shop
from local.stories import wait_for_mails
from tests.e2e.conftest import poll
from tests.e2e.test_purchase import SECONDS, Browser
from tests.support.phone import Phone
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.bootstrap.manage_doors import manage_doors
from ticketing.doors.device import Role

pytestmark = pytest.mark.e2e


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def phone(at: Ports, shop: Shop) -> Phone:
    """A supervisor's telephone that was just paired, at the shop's own address."""

    def send(
        method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        address = f"{at.site_url}{target}"
        sent = {"content-type": "application/json", **headers}
        answer = requests.request(method, address, data=body, headers=sent, timeout=SECONDS)
        return answer.status_code, answer.json()

    flow = manage_doors(shop.services)
    door = flow.add(FESTIVAL.event_id, "Gate A", Role.SUPERVISOR, now(), names_offline=False)
    made = Phone.of(door, send, now)
    assert made.pair()[0] == 200
    return made


def test_a_ticket_that_was_bought_is_admitted_once(at: Ports, shop: Shop, phone: Phone) -> None:
    browser = Browser(at)
    assert browser.buy(1).status_code == 201
    shop.sumup.pay(browser.checkout_id(shop))
    poll(at)
    wait_for_mails(shop)
    ticket = TicketRow.get(f"{browser.order['order_number']}-01")

    early = phone.admit(ticket.qr_text)
    first, second = (phone.admit(ticket.qr_text, override="not_yet") for _ in range(2))
    _, listed = phone.ask("GET", "/api/door/tickets")
    _, found = phone.ask("POST", "/api/door/search", {"query": ticket.ticket_id.lower()})
    undone = phone.admit("", action="undo", refers_to=f"{phone.device_id}#000002")

    assert early["verdict"] == "not_yet"
    assert (first["verdict"], first["holder"]) == ("admitted", "Jane Doe")
    assert (second["verdict"], second["first"]["gate"]) == ("already", "Gate A")
    assert [ticket.ticket_id, "general", 1, "v"] in listed["tickets"]
    assert (found["tickets"][0]["holder"], found["tickets"][0]["left"]) == ("Jane Doe", 0)
    assert (undone["verdict"], TicketRow.get(ticket.ticket_id).left) == ("undone", 1)


def test_a_stranger_opens_no_door(at: Ports, phone: Phone) -> None:
    unsigned = requests.get(f"{at.site_url}/api/door/event", timeout=SECONDS)
    unknown = requests.get(f"{at.site_url}/api/door/nothing", timeout=SECONDS)

    assert unsigned.status_code == 401
    assert unsigned.json()["errors"] == [{"field": "device", "reason": "unknown"}]
    assert unknown.status_code == 404
    assert phone.pair(secret="A" * 43)[0] == 404
