"""Nine buyers through the deployed stack: each gets exactly what is theirs."""

import json
from email.message import EmailMessage

import pytest

from local.outbox import Letter
from local.places import Ports
from local.shop import ARTS, Shop
from local.stories import (
    STUCK,
    Story,
    digests,
    eventually,
    look,
    stories,
    try_again,
    wait_for_mails,
)
from tests.e2e.conftest import Cycle, poll
from tests.support.codes import code_in_picture, codes_in_pdf
from ticketing.adapters.dynamodb.models import AuditRow, OrderRow, OrganiserRow, PaymentRow
from ticketing.orders.order import Delivery, OrderStatus
from ticketing.tickets import qr
from ticketing.tickets.qr import QrSigner

ENDED = {"unpaid for over 2 hours", "SumUp made no checkout", "organiser's token expired"}
"""Buyers who hold no seats of the festival in the end: closed, or of another event."""

pytestmark = pytest.mark.e2e
TITLES = [story.title for story in stories()]


def _buyer(cycle: Cycle, title: str) -> Story:
    return next(buyer for buyer in cycle.buyers if buyer.title == title)


@pytest.mark.parametrize("title", TITLES)
def test_each_buyer_gets_the_expected_result(cycle: Cycle, title: str) -> None:
    buyer = _buyer(cycle, title)

    assert buyer.is_right, f"{buyer.seen}, expected {buyer.expected}"


@pytest.mark.parametrize("title", TITLES)
def test_every_change_is_in_the_audit_trail(cycle: Cycle, title: str) -> None:
    order_number = _buyer(cycle, title).order_number

    entries = list(AuditRow.query(order_number, consistent_read=True))

    order = OrderRow.get(order_number)
    assert [int(e.sequence) for e in entries] == list(range(1, int(order.version) + 1))
    assert [e.previous_hash for e in entries] == [None, *(e.hash for e in entries)][: len(entries)]
    assert order.audit_hash == (entries[-1].hash if entries else None)


@pytest.mark.parametrize("title", [s.title for s in stories() if s.expected.tickets])
def test_every_ticket_is_genuine_in_the_pdf_and_in_the_mail(
    cycle: Cycle, shop: Shop, title: str
) -> None:
    order = shop.services.orders.get(_buyer(cycle, title).order_number)
    mail = _confirmation(cycle.letters, order.order_number)
    signer = QrSigner.from_secret(shop.services.secrets.text(shop.services.settings.qr_secret_id))

    in_pdf = codes_in_pdf(_parts(mail, "application/pdf")[0])
    in_mail = [code_in_picture(picture) for picture in _parts(mail, "image/png")]

    keys = signer.public_keys(order.event_id)
    read = [qr.verify(code or "", keys, order.event_id).ticket_id for code in in_pdf]
    assert read == list(order.ticket_ids)
    assert in_mail == in_pdf
    assert order.delivery is Delivery.DELIVERED
    assert PaymentRow.get(order.transaction_id or "").order_number == order.order_number


def test_the_report_has_the_agreed_wording(cycle: Cycle) -> None:
    words = {
        "paid, one ticket": "verified",
        "paid, three tickets": "verified",
        "card declined": "failed",
        "has not paid yet": "still_pending",
        "paid another amount": "requires_manual_review",
        "unpaid for 40 minutes": "still_pending",
        "unpaid for over 2 hours": "expired",
        "SumUp made no checkout": "expired",
        "organiser's token expired": "verified",
    }
    lines = cycle.report.splitlines()

    assert lines[0] == "Starting payment polling service..."
    for buyer in cycle.buyers:
        assert f"Order {buyer.order_number}: {words[buyer.title]}" in lines
    assert "Polling cycle complete!" in lines
    assert cycle.exit_code == 3


def test_the_digest_names_a_stuck_order_once(cycle: Cycle) -> None:
    texts = digests(cycle.letters, cycle.buyers)
    stuck = _buyer(cycle, STUCK).order_number

    assert sum(stuck in text for text in texts) == 1
    assert "been in 'pending_verification' for >30 minutes:" in texts[0]


def test_an_expired_order_releases_its_seats(cycle: Cycle, shop: Shop) -> None:
    held = [
        shop.services.orders.get(buyer.order_number)
        for buyer in cycle.buyers
        if buyer.title not in ENDED
    ]

    taken = sum(order.tickets_count for order in held)

    assert cycle.seats_after == cycle.seats_before - taken


@pytest.mark.usefixtures("shop")
def test_an_expired_token_is_refreshed_once(cycle: Cycle) -> None:
    assert _buyer(cycle, "organiser's token expired").is_right

    organiser = OrganiserRow.get(ARTS.organiser_id)

    assert (organiser.token_version, organiser.connection) == (1, "connected")
    assert organiser.lease_owner is None
    assert cycle.refreshes == 1


def test_a_declined_buyer_who_pays_later_gets_tickets(cycle: Cycle, shop: Shop, at: Ports) -> None:
    declined = _buyer(cycle, "card declined")
    try_again(shop, [declined])

    poll(at)
    wait_for_mails(shop)
    look(at, shop, [declined])

    assert declined.is_right, f"{declined.seen}, expected {declined.expected}"


def test_duplicate_and_foreign_messages_change_nothing(cycle: Cycle, shop: Shop, at: Ports) -> None:
    paid = _buyer(cycle, "paid, three tickets")
    pending = shop.order("Ines Pirouet")
    services = shop.services
    queue_url = services.settings.verify_queue_url
    sqs = services.client("sqs")
    for body in ("not json", json.dumps({"status": "PAID", "order_number": 7})):
        sqs.send_message(QueueUrl=queue_url, MessageBody=body)

    services.verifications.send([paid.order_number] * 5 + [pending.order_number])
    services.deliveries.send([f"{paid.order_number}#confirmation#1"] * 5)
    eventually(lambda: services.orders.get(pending.order_number).checked_at is not None)
    wait_for_mails(shop)
    look(at, shop, [paid])

    assert paid.is_right, f"{paid.seen}, expected {paid.expected}"
    assert services.orders.get(pending.order_number).status is OrderStatus.PENDING


def _confirmation(letters: list[Letter], order_number: str) -> EmailMessage:
    (found,) = [
        letter.message
        for letter in letters
        if letter.order_number == order_number and "confirmation" in letter.path.name
    ]
    return found


def _parts(mail: EmailMessage, kind: str) -> list[bytes]:
    return [part.get_content() for part in mail.walk() if part.get_content_type() == kind]
