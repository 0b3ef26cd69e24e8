"""A purchase as a buyer's browser makes it: through the shop's own address, to the inbox."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from local import outbox
from local.places import Ports
from local.shop import FESTIVAL, Shop
from local.stories import eventually, wait_for_mails
from tests.e2e.conftest import command, poll
from tests.gallery.papers import logo
from tests.support.codes import codes_in_pdf
from ticketing.adapters.dynamodb.models import OrderRow

pytestmark = pytest.mark.e2e
SECONDS = 30


class Browser:
    """One buyer at the shop's address."""

    def __init__(self, at: Ports) -> None:
        self.shop = at.site_url
        self.order: dict[str, Any] = {}

    def buy(self, quantity: int) -> requests.Response:
        basket = {
            "event_id": FESTIVAL.event_id,
            "lines": [{"sku": "general", "quantity": quantity}],
            "customer": {"name": "Jane Doe", "email": "jane@example.com"},
        }
        answer = requests.post(
            f"{self.shop}/api/orders",
            json=basket,
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=SECONDS,
        )
        self.order = answer.json()
        return answer

    def look(self) -> dict[str, Any]:
        shown: dict[str, Any] = requests.get(
            f"{self.shop}/api/orders/{self.order['order_number']}",
            headers={"X-Order-Token": self.order["token"]},
            timeout=SECONDS,
        ).json()
        return shown

    def checkout_id(self, shop: Shop) -> str:
        return shop.services.orders.get(self.order["order_number"]).checkout_ids[-1]


@pytest.fixture
def browser(at: Ports, shop: Shop) -> Browser:
    shop.sumup.switch_webhooks(enabled=True)
    return Browser(at)


def test_three_tickets_are_bought_and_downloaded(
    browser: Browser, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert browser.buy(3).status_code == 201
    assert browser.look()["status"] == "paying"

    began = time.monotonic()
    shop.sumup.pay(browser.checkout_id(shop))
    eventually(lambda: browser.look()["mail"] == "sent")
    with capsys.disabled():
        print(f" paid to mailed by webhook: {time.monotonic() - began:.1f} s ", end="")  # noqa: T201  # a figure to see

    shown = browser.look()
    pdf = requests.get(browser.shop + shown["tickets_url"], timeout=SECONDS).content
    assert shown["status"] == "completed"
    assert len(codes_in_pdf(pdf)) == 3
    calendar = requests.get(browser.shop + shown["calendar_url"], timeout=SECONDS).text
    assert calendar.startswith("BEGIN:VCALENDAR")


def test_print_and_phone_tickets_use_the_branding_of_the_organiser(
    browser: Browser, shop: Shop, at: Ports, tmp_path: Path
) -> None:
    """An operator uploads the logo, and the function's role reads it from the bucket."""
    file = tmp_path / "logo.png"
    file.write_bytes(logo())
    look = ("look", FESTIVAL.organiser_id, "--colour", "#006E5A", "--logo", str(file))
    done = command(at, "organisers", *look)
    assert done.returncode == 0, done.stderr

    browser.buy(2)
    shop.sumup.pay(browser.checkout_id(shop))
    eventually(lambda: browser.look()["mail"] == "sent")

    shown = browser.look()
    number = browser.order["order_number"]
    folder = f"tickets/{FESTIVAL.event_id}/{number}/"
    assert shop.services.archive.names(folder) == [f"{folder}{number}.pdf"], "for paper alone"
    for address in (shown["tickets_url"], shown["phone_tickets_url"]):
        pdf = requests.get(browser.shop + address, timeout=SECONDS).content
        assert pdf.count(b"/Subtype /Image") == 1
        codes = [code for code in codes_in_pdf(pdf) if code]
        assert len(codes) == 2
        verified = command(at, "qr", "verify", codes[1], "--event", FESTIVAL.event_id)
        assert (verified.returncode, verified.stderr) == (0, "")
    for name in ("phone_tickets_url", "tickets_url"):
        again = requests.get(browser.shop + shown[name], timeout=SECONDS)
        assert again.headers["content-disposition"].startswith("attachment; filename=")
    earlier = requests.get(f"{browser.shop}{shown['tickets_url']}&size=a6", timeout=SECONDS)
    assert earlier.content == pdf, "a link from before, to the tickets for a phone"
    assert len(shop.services.archive.names(folder)) == 2
    stranger = f"/api/orders/{number}/phone-tickets?token={'a' * 27}"
    assert requests.get(browser.shop + stranger, timeout=SECONDS).status_code == 404
    keys = f"{browser.shop}/api/events/{FESTIVAL.event_id}/keys"
    printed = json.loads(command(at, "qr", "keys", FESTIVAL.event_id).stdout)
    assert requests.get(keys, timeout=SECONDS).json() == printed


def test_a_refund_voids_the_tickets(browser: Browser, shop: Shop, at: Ports) -> None:
    left = shop.seats_left(FESTIVAL)
    browser.buy(2)
    number = browser.order["order_number"]
    shop.sumup.pay(browser.checkout_id(shop))
    eventually(lambda: browser.look()["mail"] == "sent")
    pdf = requests.get(browser.shop + browser.look()["tickets_url"], timeout=SECONDS).content
    code = next(code for code in codes_in_pdf(pdf) if code)

    done = command(at, "refund", number, "--reason", "agreed", "--json")
    again = command(at, "refund", number, "--reason", "agreed")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["refund"] == "refunded"
    assert "there is nothing more to write" in again.stdout
    assert len(shop.sumup.requests("POST", "/refunds")) == 1
    shown = browser.look()
    assert (shown["status"], shown["tickets_url"]) == ("refunded", None)
    assert shop.seats_left(FESTIVAL) == left
    wait_for_mails(shop)
    letters = [x for x in outbox.export(at) if x.order_number == number]
    assert "Your refund" in " ".join(str(x.message["Subject"]) for x in letters)
    door = command(at, "qr", "verify", code, "--event", FESTIVAL.event_id)
    assert (door.returncode, door.stdout.partition(":")[0]) == (3, "VOID")
    listed = command(at, "qr", "void", FESTIVAL.event_id).stdout.split()
    assert {f"{number}-01", f"{number}-02"} <= set(listed)
    status = command(at, "status", number)
    assert (status.returncode, "Rules: all hold" in status.stdout) == (0, True)


def test_without_any_webhook_the_scan_alone_completes_the_order(
    browser: Browser, shop: Shop, at: Ports
) -> None:
    shop.sumup.switch_webhooks(enabled=False)
    browser.buy(1)
    shop.sumup.pay(browser.checkout_id(shop))

    poll(at)
    wait_for_mails(shop)

    assert browser.look()["status"] == "completed"


def test_a_declined_buyer_retries_with_a_new_checkout(browser: Browser, shop: Shop) -> None:
    browser.buy(1)
    first = browser.checkout_id(shop)
    shop.sumup.decline(first)
    eventually(lambda: browser.look()["status"] == "declined")
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    row = OrderRow(browser.order["order_number"])
    row.update([OrderRow.asked_to_pay_at.set(long_ago)])

    again = requests.post(
        f"{browser.shop}/api/orders/{browser.order['order_number']}/payments",
        headers={"X-Order-Token": browser.order["token"]},
        timeout=SECONDS,
    )

    assert again.status_code == 200
    assert shop.sumup.checkout(first)["status"] == "EXPIRED", "the old one cannot be paid any more"
    shop.sumup.pay(browser.checkout_id(shop))
    eventually(lambda: browser.look()["status"] == "completed")


def test_a_forged_webhook_issues_no_tickets(browser: Browser, shop: Shop) -> None:
    browser.buy(1)
    forged = {"event_type": "CHECKOUT_STATUS_CHANGED", "id": browser.checkout_id(shop)}

    answer = requests.post(
        f"{browser.shop}/api/webhooks/sumup", json=forged | {"status": "PAID"}, timeout=SECONDS
    )

    assert (answer.status_code, answer.content) == (204, b"")
    order = shop.services.orders.get(browser.order["order_number"])
    eventually(lambda: shop.services.orders.get(order.order_number).checked_at is not None)
    assert browser.look()["status"] == "paying"
    assert shop.tickets(order) == 0


def test_the_link_in_the_mail_is_enough_to_open_the_order(
    browser: Browser, shop: Shop, at: Ports
) -> None:
    browser.buy(1)
    shop.sumup.pay(browser.checkout_id(shop))
    eventually(lambda: browser.look()["mail"] == "sent")

    (letter,) = [x for x in outbox.export(at) if x.order_number == browser.order["order_number"]]
    text = letter.message.get_body(("plain",))

    link = f"/orders/?n={browser.order['order_number']}#t={browser.order['token']}"
    assert text is not None
    assert link in text.get_content()
