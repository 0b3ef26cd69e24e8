"""SES events: their effect on mails, orders and alerts in the tables."""

import io
import json
from typing import Any

import pytest

from functions.deliver_tickets.app import handler as deliver
from functions.record_email_event.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.aws import World
from tests.support.builders import an_order, tickets_for
from tests.support.stored import LATER, a_mail, mail_of, row_of, store, store_mail
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.emails.mail import MailStatus
from ticketing.errors import UnreadableMailEvent
from ticketing.orders.order import Delivery, Order, OrderStatus

ID = "ORD-ABC123#confirmation#1"
ATTEMPT = "6b0c1f0d2c3e4a5b8c9d0e1f2a3b4c5d"
CASES = [
    "send",
    "delivery",
    "delivery_delay",
    "bounce_transient",
    "bounce_permanent",
    "bounce_suppressed",
    "reject",
    "rendering_failure",
    "complaint",
]


def sending() -> Order:
    """Store a completed order whose mail is being sent by the try of the samples."""
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    store_mail(a_mail())
    actions = [MailRow.status.set(MailStatus.SENDING), MailRow.attempt_id.set(ATTEMPT)]
    MailRow(ID).update([*actions, MailRow.attempts.set(1), MailRow.lease_until.set(LATER)])
    return order


def to_be_sent() -> Order:
    """Store a completed order whose mail waits to be sent."""
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    store_mail(a_mail())
    return order


def event(case: str) -> dict[str, Any]:
    return Sample.load(f"record_email_event.{case}").event


@pytest.mark.parametrize("case", CASES)
def test_every_type_of_event_updates_the_mail(world: World, context: Context, case: str) -> None:
    sending()

    assert handler(event(case), context) == {"outcomes": ["recorded"]}

    row = mail_of(ID)
    assert row.status in {"sent", "delivered", "problem"}
    assert row.work_key is None
    assert row.next_attempt_at is None
    assert row.lease_until is None
    assert row.message_id == "010f0197a2b3c4d5-9b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0-000000"
    assert row.archive_key == "mails/ORD-ABC123/ORD-ABC123.confirmation.1.eml"
    assert row.sent_at is not None
    assert "jane@example.com" not in (row.problem or "")
    assert world.wire.count("TransactWriteItems") == 1


@pytest.mark.parametrize("case", CASES)
def test_the_same_event_again_writes_nothing(world: World, context: Context, case: str) -> None:
    sending()
    handler(event(case), context)
    before = world.contents()

    assert handler(event(case), context) == {"outcomes": ["nothing_new"]}

    assert world.contents() == before


def test_a_delivery_is_recorded_on_mail_and_order(world: World, context: Context) -> None:
    order = sending()

    handler(event("delivery"), context)

    assert mail_of(ID).status == "delivered"
    assert mail_of(ID).delivered_at is not None
    row = row_of(order)
    assert (row.delivery, row.delivery_mail) == ("delivered", ID)
    assert row.delivery_reason is None
    assert row.delivered_at == mail_of(ID).sent_at
    assert len(world.items("MailsTable")) == 1


def test_a_bounce_is_recorded_on_mail_and_order_and_raises_an_alert(
    world: World, context: Context
) -> None:
    order = sending()

    handler(event("bounce_permanent"), context)

    assert (mail_of(ID).status, row_of(order).delivery) == ("problem", "problem")
    assert row_of(order).delivery_reason == (
        "The recipient's mail server refused it (General): smtp; 550 5.1.1 (address) user "
        "unknown. Tickets are on the order's page. Correct the address, send it again."
    )
    alert = mail_of(f"ORD-ABC123#alert#mail-bounced-{ID}")
    assert alert.subject == "[JerseyEvents Alert] Email Bounced - Order ORD-ABC123"
    assert len(world.items("MailsTable")) == 2


def test_a_complaint_is_recorded_on_its_order(world: World, context: Context) -> None:
    order = sending()

    handler(event("complaint"), context)

    row = row_of(order)
    assert row.complained_at == mail_of(ID).complained_at
    assert row.delivery_reason.startswith("The recipient marked it as spam (abuse).")
    assert mail_of(f"ORD-ABC123#alert#mail-unwanted-{ID}").status == "pending"
    assert len(world.items("MailsTable")) == 2


def test_a_delay_is_cleared_once_the_mail_is_delivered(world: World, context: Context) -> None:
    order = sending()
    handler(event("delivery_delay"), context)
    assert "not ready" in row_of(order).delivery_reason

    handler(event("delivery"), context)

    assert row_of(order).delivery_reason is None
    assert mail_of(ID).problem is None
    assert mail_of(ID).delayed_at is None
    assert len(world.items("MailsTable")) == 1


def test_send_and_bounce_events_give_the_same_result_in_either_order(
    world: World, context: Context
) -> None:
    """The event may arrive before the response of SES is recorded."""
    order = to_be_sent()
    deliver(Sample.load("deliver_tickets.one_mail").event, context)
    MailRow(ID).update([MailRow.attempt_id.set(ATTEMPT)])
    assert row_of(order).delivery == "delivered"

    handler(event("bounce_permanent"), context)
    handler(event("delivery"), context)
    handler(event("send"), context)

    assert (mail_of(ID).status, row_of(order).delivery) == ("problem", "problem")
    assert mail_of(ID).delivered_at is not None
    assert world.wire.count("SendEmail") == 1


def test_a_mail_is_sent_with_its_tags_and_configuration_set(world: World, context: Context) -> None:
    to_be_sent()

    deliver(Sample.load("deliver_tickets.one_mail").event, context)

    (call,) = [call for call in world.wire.calls if call.operation == "SendEmail"]
    assert call.body["ConfigurationSetName"] == "tickets-mail"
    assert call.body["EmailTags"] == [
        {"Name": "attempt", "Value": mail_of(ID).attempt_id},
        {"Name": "mail", "Value": "ORD-ABC123_23confirmation_231"},
    ]


def test_an_invalid_event_fails_and_is_not_logged(
    world: World, context: Context, logged: io.StringIO
) -> None:
    forged = event("send")
    forged["Records"][0]["Sns"]["Message"] = '{"eventType": "jane@example.com"}'

    with pytest.raises(UnreadableMailEvent):
        handler(forged, context)

    assert world.wire.calls == []
    assert "jane" not in logged.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_no_address_is_logged(
    world: World, context: Context, logged: io.StringIO, case: str
) -> None:
    sending()

    handler(event(case), context)

    assert world.items("MailsTable")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [line["outcome"] for line in lines if "outcome" in line] == ["recorded"]
    assert "jane@example.com" not in logged.getvalue()
