"""Delivery, run by its events: PDF and mail archived first, sent once, and recorded."""

import email
import io
import json
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import time_machine
from moto.backends import get_backend

from functions.deliver_tickets.app import handler
from tests.functions.conftest import NONE_FAILED, Context, Sample
from tests.support.aws import ACCOUNT, CHOSEN, REGION, World, client
from tests.support.builders import an_order, tickets_for
from tests.support.stored import LATER, a_mail, mail_of, row_of, store, store_mail
from ticketing.adapters.dynamodb.lost_requests import LostRequestTable
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import CheckoutRow, TicketRow
from ticketing.emails.mail import LEASE, MailKind
from ticketing.orders.order import Delivery, Order, OrderStatus

ONE = Sample.load("deliver_tickets.one_mail")
BATCH = Sample.load("deliver_tickets.batch")
NOT_OURS = Sample.load("deliver_tickets.not_ours")
ID = "ORD-ABC123#confirmation#1"
PDF_KEY = "tickets/5/ORD-ABC123/ORD-ABC123.pdf"
MAIL_KEY = "mails/ORD-ABC123/ORD-ABC123.confirmation.1.eml"


def completed(order_number: str = "ORD-ABC123") -> Order:
    """Store an order as verification leaves it: completed, with its tickets and its mail."""
    order = store(
        an_order(
            order_number=order_number,
            status=OrderStatus.COMPLETED,
            delivery=Delivery.PENDING,
            checkout_ids=(f"checkout-{order_number}",),
        )
    )
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    store_mail(a_mail(mail_id=f"{order_number}#confirmation#1", order_number=order_number))
    return order


def body_of(mail_id: str) -> str:
    return json.dumps({"mail_id": mail_id})


def sent() -> int:
    """Return how many mails SES accepted."""
    return len(get_backend("sesv2")[ACCOUNT][REGION].core_backend.sent_messages)


def kept(world: World, key: str) -> EmailMessage:
    """Return a mail of the archive."""
    return email.message_from_bytes(world.read(key), policy=SMTP)


def test_tickets_are_sent_with_their_pdf(world: World, context: Context) -> None:
    order = completed()

    assert handler(ONE.event, context) == NONE_FAILED

    assert world.objects() == [MAIL_KEY, PDF_KEY]
    assert world.read(PDF_KEY).startswith(b"%PDF-")
    row = mail_of(ID)
    assert (row.status, row.archive_key, row.sent_at) == ("sent", MAIL_KEY, LATER)
    assert row.message_id
    assert (row_of(order).delivery, row_of(order).delivered_at) == ("delivered", LATER)
    assert sent() == 1
    assert world.wire.count("PutObject") == 2, "the PDF and the mail"


def test_the_archived_mail_is_the_mail_that_was_sent(world: World, context: Context) -> None:
    completed()

    handler(ONE.event, context)

    message = kept(world, MAIL_KEY)
    (call,) = [call for call in world.wire.calls if call.operation == "SendEmail"]
    assert call.body["Destination"] == {"ToAddresses": ["jane@example.com"]}
    assert call.body["FromEmailAddress"] == CHOSEN["SenderAddress"]
    assert message["To"] == "jane@example.com"
    attached, calendar = message.iter_attachments()
    assert isinstance(attached, EmailMessage)
    assert attached.get_content() == world.read(PDF_KEY)
    assert calendar.get_content_type() == "text/calendar"


def test_a_second_delivery_sends_nothing(world: World, context: Context) -> None:
    completed()
    handler(ONE.event, context)
    before = world.contents()

    assert handler(ONE.event, context) == NONE_FAILED

    assert sent() == 1
    assert world.contents() == before


def test_a_mail_that_is_being_sent_is_skipped(world: World, context: Context) -> None:
    completed()
    world.wire.lose_answer("SendEmail")
    handler(ONE.event, context)

    assert handler(ONE.event, context) == NONE_FAILED

    assert (sent(), mail_of(ID).status) == (1, "sending")


def test_an_unknown_outcome_is_retried_with_the_same_bytes_after_its_lease(
    world: World, context: Context
) -> None:
    order = completed()
    world.wire.lose_answer("SendEmail")
    handler(ONE.event, context)

    with time_machine.travel(LATER + LEASE + timedelta(seconds=1), tick=False):
        assert handler(ONE.event, context) == NONE_FAILED

    first, second = [c.body["Content"] for c in world.wire.calls if c.operation == "SendEmail"]
    assert first == second
    assert (mail_of(ID).status, mail_of(ID).abandoned) == ("sent", 1)
    assert row_of(order).delivery == "delivered"


def test_a_mail_that_ses_rejects_raises_an_alert(world: World, context: Context) -> None:
    order = completed()
    world.wire.refuse("SendEmail", "MessageRejected")

    assert handler(ONE.event, context) == NONE_FAILED

    assert (mail_of(ID).status, row_of(order).delivery) == ("problem", "problem")
    alert = mail_of(f"ORD-ABC123#alert#mail-failed-{ID}")
    assert alert.subject == "[JerseyEvents Alert] Email Delivery Failed - Order ORD-ABC123"
    assert sent() == 0


def test_a_throttled_mail_backs_off_and_is_not_retried_by_the_sdk(
    world: World, context: Context
) -> None:
    completed()
    world.wire.refuse("SendEmail", "TooManyRequestsException")

    assert handler(ONE.event, context) == NONE_FAILED

    row = mail_of(ID)
    assert (row.status, row.next_attempt_at) == ("pending", LATER + timedelta(minutes=1))
    assert world.wire.count("SendEmail") == 1


def test_an_order_with_missing_tickets_is_not_mailed(world: World, context: Context) -> None:
    completed()
    TicketRow("ORD-ABC123-02").delete()

    assert handler(ONE.event, context) == ONE.failures(body_of(ID))

    assert (world.objects(), sent()) == ([], 0)
    assert mail_of(ID).status == "pending"


def test_only_the_failed_messages_of_a_batch_are_reported(world: World, context: Context) -> None:
    completed()
    failed = store(an_order(order_number="ORD-BCD234", checkout_ids=("checkout-b",)))
    CheckoutRow("checkout-b").update([CheckoutRow.pay_url.set("https://pay.sumup.com/b")])
    kind = MailKind.PAYMENT_FAILED
    number = failed.order_number
    store_mail(a_mail(mail_id=f"{number}#payment_failed#1", kind=kind, order_number=number))
    for mail_id in list(BATCH.ids):
        if "#alert#" in mail_id:
            alert_id = json.loads(mail_id)["mail_id"]
            order_number = None if alert_id.startswith("shop") else alert_id.partition("#")[0]
            facts = {"subject": "[JerseyEvents Alert] x", "body": "y", "order_number": order_number}
            to = CHOSEN["AlertAddress"]
            store_mail(a_mail(mail_id=alert_id, kind=MailKind.ALERT, recipient=to, **facts))

    answer = handler(BATCH.event, context)

    assert answer == BATCH.failures(body_of("ORD-NONE99#confirmation#1"), "not JSON")
    assert sent() == 4
    assert {item["status"]["S"] for item in world.items("MailsTable")} == {"sent"}
    text = kept(world, "mails/ORD-BCD234/ORD-BCD234.payment_failed.1.eml").get_body(("plain",))
    assert text is not None
    assert "https://tickets.example.com/orders/?n=ORD-BCD234#t=" in text.get_content()
    assert "pay.sumup.com" not in text.get_content()


def test_the_order_page_is_linked_if_there_is_no_payment_page(
    world: World, context: Context
) -> None:
    store(an_order(checkout_ids=()))
    mail_id = "ORD-ABC123#payment_failed#1"
    store_mail(a_mail(mail_id=mail_id, kind=MailKind.PAYMENT_FAILED))
    event = Sample.load("deliver_tickets.one_mail").event
    event["Records"][0]["body"] = body_of(mail_id)

    assert handler(event, context) == NONE_FAILED

    text = kept(world, "mails/ORD-ABC123/ORD-ABC123.payment_failed.1.eml").get_body(("plain",))
    assert text is not None
    assert "https://tickets.example.com/orders/?n=ORD-ABC123#t=" in text.get_content()


def test_invalid_messages_fail_without_side_effects(world: World, context: Context) -> None:
    completed()
    before = world.contents()

    assert handler(NOT_OURS.event, context) == NOT_OURS.failures(*NOT_OURS.ids)

    assert world.contents() == before
    assert sent() == 0


def test_with_little_time_left_the_mail_is_left_to_the_next_scan(world: World) -> None:
    completed()
    before = world.contents()

    assert handler(ONE.event, Context(seconds_left=5)) == NONE_FAILED

    assert world.contents() == before, "it is still due"
    assert sent() == 0


def test_nothing_is_sent_from_an_unverified_sender(world: World, context: Context) -> None:
    completed()
    client("sesv2").delete_email_identity(EmailIdentity=CHOSEN["SenderAddress"])

    answer = handler(ONE.event, context)

    assert answer == NONE_FAILED
    assert mail_of(ID).status == "problem"
    assert world.objects() == [MAIL_KEY, PDF_KEY]
    assert sent() == 0


def test_no_log_line_contains_the_buyer(
    world: World, context: Context, logged: io.StringIO
) -> None:
    completed()

    handler(BATCH.event, context)

    text = logged.getvalue()
    assert '"delivery tried"' in text
    assert "jane" not in text.lower()
    assert world.objects() == [MAIL_KEY, PDF_KEY]
    assert mail_of(ID).status == "sent"


def test_the_link_to_an_unpaid_order_is_sent_to_its_address(world: World, context: Context) -> None:
    store(an_order())
    body = json.dumps({"mail_id": LostRequestTable().keep("jane@example.com", LATER)})
    record = ONE.event["Records"][0] | {"body": body}

    assert handler({"Records": [record]}, context) == NONE_FAILED

    assert sent() == 1
    text = kept(world, "mails/ORD-ABC123/ORD-ABC123.order_links.1.eml").get_body(("plain",))
    assert text is not None
    assert "https://tickets.example.com/orders/?n=ORD-ABC123#t=" in text.get_content()


def test_a_request_for_lost_tickets_that_there_is_no_time_for_comes_again(world: World) -> None:
    """No scan knows of it, unlike of a mail."""
    record = ONE.event["Records"][0] | {"body": '{"mail_id": "lost#0123"}'}
    before = world.contents()

    answer = handler({"Records": [record]}, Context(seconds_left=20))

    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert world.contents() == before
