"""The role of each function in the template allows everything the function does."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from functions.audit_orders.app import handler as audit
from functions.check_origin.app import handler as check_origin
from functions.checkout_api.app import handler as checkout_api
from functions.deliver_tickets.app import handler as deliver
from functions.draw_phone_tickets.app import handler as draw_phone_tickets
from functions.erase_buyers.app import handler as erase
from functions.reconcile_payments.app import handler as reconcile
from functions.record_email_event.app import handler as record
from functions.refresh_connections.app import handler as refresh
from functions.remind_buyers.app import handler as remind
from functions.scan_orders.app import handler as scan
from functions.sumup_webhook.app import handler as webhook
from functions.verify_payment.app import handler as verify
from tests.functions import test_check_in
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.gallery.papers import logo
from tests.support.aws import World, resources
from tests.support.builders import NOW, an_event, an_order, tickets_for
from tests.support.stored import LATER, a_mail, store, store_mail
from tests.support.wire import Call
from ticketing.adapters.dynamodb.kept_links import KeptLinks
from ticketing.adapters.dynamodb.mapping import revision_map, ticket_row
from ticketing.adapters.dynamodb.models import (
    CheckoutRow,
    EventRow,
    MailRow,
    OrderRow,
    OrganiserRow,
    PaymentRow,
    TicketTypeRow,
)
from ticketing.archive_keys import logo_key, mail_key, report_key, tickets_key
from ticketing.bootstrap import services
from ticketing.emails.mail import MailKind, MailStatus
from ticketing.events.event import Revision
from ticketing.orders.order import Customer, Delivery, OrderStatus, Work
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.organisers.organiser import Connection
from ticketing.tickets.ticket import Paper

Action = tuple[str, str]
FUNCTIONS = {"tickets-manage-checkouts": "ManageCheckoutsFunction"}
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
CLOSED = {"status": OrderStatus.EXPIRED, "work": Work.LATE, "holds_seats": False}


def actions(world: World, call: Call) -> Iterator[Action]:
    """Return what IAM checks for one call: action and resource."""
    match call.service:
        case "dynamodb":
            yield from dynamodb_actions(world, call)
        case "sqs":
            queue = call.body["QueueUrl"].rpartition("/")[2]
            verb = call.operation.removesuffix("Batch")
            yield f"sqs:{verb}", f"arn:aws:sqs:{world.ref['AWS::Region']}:123456789012:{queue}"
        case "lambda":
            name = call.url.split("/")[-2]
            yield f"lambda:{call.operation}Function", world.attribute[f"{FUNCTIONS[name]}.Arn"]
        case "kms" | "secrets-manager":
            service = call.service.replace("-", "")
            yield f"{service}:{call.operation}", call.body.get("KeyId") or call.body["SecretId"]
        case "sesv2":
            arn = "arn:aws:ses:eu-west-2:123456789012:"
            chosen = call.body["ConfigurationSetName"]
            for resource in (f"{arn}identity/example.com", f"{arn}configuration-set/{chosen}"):
                yield "ses:SendEmail", resource
                yield "ses:SendRawEmail", resource
        case "s3" if call.operation in {"ListObjectVersions", "DeleteObjects"}:
            yield from erasing_actions(world.attribute["TicketsBucket.Arn"], call)
        case "s3":
            yield from file_actions(world.attribute["TicketsBucket.Arn"], call)
        case _:
            raise NotImplementedError(call.service)


def file_actions(bucket: str, call: Call) -> Iterator[Action]:
    key = unquote(urlsplit(call.url).path)
    if call.operation == "HeadObject":  # which takes a forbidden key for a missing one
        yield "s3:GetObject", bucket + key
        return
    yield f"s3:{call.operation}", bucket + key
    if call.status == 404:
        yield "s3:ListBucket", bucket  # without it a missing key is "forbidden"


def erasing_actions(bucket: str, call: Call) -> Iterator[Action]:
    if call.operation == "ListObjectVersions":
        yield "s3:ListBucketVersions", bucket
    for key in re.findall(r"<Key>([^<]+)</Key><VersionId>", call.text):
        yield "s3:DeleteObject", f"{bucket}/{key}"
        yield "s3:DeleteObjectVersion", f"{bucket}/{key}"


def dynamodb_actions(world: World, call: Call) -> Iterator[Action]:
    def arn(table: str) -> str:
        return f"arn:aws:dynamodb:{world.ref['AWS::Region']}:123456789012:table/{table}"

    if call.operation == "TransactWriteItems":
        for item in call.body["TransactItems"]:
            ((kind, what),) = item.items()
            yield f"dynamodb:{WRITES[kind]}", arn(what["TableName"])
    elif call.operation == "BatchGetItem":
        for table in call.body["RequestItems"]:
            yield "dynamodb:BatchGetItem", arn(table)
    else:
        index = f"/index/{call.body['IndexName']}" if "IndexName" in call.body else ""
        yield f"dynamodb:{call.operation}", arn(call.body["TableName"]) + index


def allowed(world: World, role: str) -> list[Action]:
    """Return the patterns a role of the template allows."""
    policies = resources("AWS::IAM::Role")[role]["Policies"]
    statements = [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
    assert {statement["Effect"] for statement in statements} == {"Allow"}
    return [
        (action, world.resolve(resource) or "")
        for statement in statements
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if "LogGroup" not in str(resource)
    ]


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - one or several, as IAM has it
    return value if isinstance(value, list) else [value]


def refused(world: World, role: str, within: str | None = None) -> set[Action]:
    """Return what was done so far that the role does not allow.

    `within` is the function that another one invoked; without it, it is what that one did itself.
    """
    patterns = allowed(world, role)
    calls = [call for call in world.wire.calls if call.within == within]
    done = {action for call in calls for action in actions(world, call)}
    return {
        (action, resource)
        for action, resource in done
        if not any(action == a and fnmatchcase(resource, r) for a, r in patterns)
    }


def a_scan(_: SumUpAnswers) -> None:
    store(an_order(created_at=NOW.replace(hour=9), deadline=LATER))
    store(an_order(order_number="ORD-LATE99", status=OrderStatus.EXPIRED, work=Work.LATE))
    store_mail(a_mail(next_attempt_at=LATER))


def a_payment(sumup: SumUpAnswers) -> None:
    sumup.paid(store(an_order()))


def a_mismatch(sumup: SumUpAnswers) -> None:
    sumup.paid(store(an_order()), amount="40")


def a_late_payment(sumup: SumUpAnswers) -> None:
    sumup.paid(store(an_order(**CLOSED)))
    sumup.shows(id="tx-ORD-ABC123", amount=45.0)


def a_late_payment_without_seats(sumup: SumUpAnswers) -> None:
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(0)])
    sumup.paid(store(an_order(**CLOSED)))
    sumup.shows(id="tx-ORD-ABC123", amount=45.0)


def an_expiry(sumup: SumUpAnswers) -> None:
    sumup.checkout(store(an_order(deadline=LATER, attempt_seen_at=LATER)), status="EXPIRED")


def a_failed_attempt(sumup: SumUpAnswers) -> None:
    sumup.checkout(store(an_order()), status="FAILED")


def a_claimed_payment(sumup: SumUpAnswers) -> None:
    sumup.paid(store(an_order()))
    put_payment("tx-ORD-ABC123", "ORD-OTHER1")


def put_payment(key: str, order_number: str) -> None:
    PaymentRow(
        key,
        order_number=order_number,
        checkout_id="other",
        amount=Decimal("45.00"),
        currency="GBP",
        merchant_code="MC0001",
        accepted_at=NOW,
    ).save()


def an_adoption(sumup: SumUpAnswers) -> None:
    order = store(an_order())
    CheckoutRow(order.checkout_ids[0]).delete()
    sumup.checkout(order)
    sumup.finds(order)


def a_refresh(sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.access_expires_at.set(NOW)])
    sumup.refreshes()
    sumup.paid(store(an_order()))


def a_token_that_ended(sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.access_expires_at.set(NOW)])
    sumup.refreshes()


def a_checkout_that_failed(sumup: SumUpAnswers) -> None:
    order = store(an_order(deadline=LATER + timedelta(hours=1)))
    sumup.checkout(order, status="EXPIRED")
    sumup.creates()


def an_idle_connection(sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.refreshed_at.set(NOW - timedelta(days=31))])
    sumup.refreshes()


def a_connection_that_ended(_: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.connection.set(Connection.REAUTH)])


def an_unreadable_order(_: SumUpAnswers) -> None:
    store(an_order())
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])


def a_delivery(_: SumUpAnswers) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    store_mail(a_mail())


def void_tickets(sumup: SumUpAnswers) -> None:
    a_delivery(sumup)
    row = OrderRow("ORD-ABC123")
    row.update([OrderRow.voided_at.set(NOW), OrderRow.delivery.set(Delivery.PENDING)])


def money_that_went_back(_: SumUpAnswers) -> None:
    refund = Refund("tx-1", RefundStatus.REFUNDED, an_order().total, settled_at=NOW)
    store(an_order(status=OrderStatus.COMPLETED, voided_at=NOW, refunds=(refund,)))
    store_mail(a_mail(kind=MailKind.REFUNDED, cause="tx-1"))


def a_delivery_with_a_logo(sumup: SumUpAnswers) -> None:
    key = logo_key("jersey-live", logo())
    services().archive.keep(key, logo(), "image/png")
    OrganiserRow("jersey-live").update([OrganiserRow.logo.set(key)])
    a_delivery(sumup)


def a_delivery_without_its_look(sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.colour.set("blue")])
    a_delivery(sumup)


def tickets_for_a_phone(sumup: SumUpAnswers) -> None:
    a_delivery(sumup)
    key = tickets_key("5", "ORD-ABC123", Paper.A6)
    services().archive.keep(key, b"a PDF", "application/pdf")


def a_delivery_to_nobody(_: SumUpAnswers) -> None:
    store(an_order(customer=Customer("Jane Doe", "nobody")))
    store_mail(a_mail(kind=MailKind.PAYMENT_FAILED, recipient="nobody"))


def news_of_the_event(sumup: SumUpAnswers) -> None:
    """The event has changed, so that tickets are drawn anew and the order notes it."""
    a_delivery(sumup)
    EventRow("5").update(
        [
            EventRow.revision.set(2),
            EventRow.since.set(NOW),
            EventRow.earlier.set([revision_map(Revision(an_event(name="As it was").facts))]),
        ]
    )


def a_retry_link(_: SumUpAnswers) -> None:
    store(an_order())
    store_mail(a_mail(kind=MailKind.PAYMENT_FAILED))


def a_mail_left(_: SumUpAnswers) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    store_mail(a_mail())


def nothing_yet(_: SumUpAnswers) -> None:
    """The event alone is what happens."""


def an_order_waits(_: SumUpAnswers) -> None:
    store(an_order())


def tickets_were_sent(_: SumUpAnswers) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))


def a_moved_event(sumup: SumUpAnswers) -> None:
    tickets_were_sent(sumup)
    EventRow("5").update(
        [EventRow.moved_at.set(LATER), EventRow.refunds_until.set(LATER + timedelta(days=9))]
    )


def money_without_order(sumup: SumUpAnswers) -> None:
    store(an_order(**CLOSED | {"work": None, "next_check_at": None}))
    sumup.lists({"transaction_id": "tx-9", "product_summary": "Order ORD-ABC123"})


def a_refund_made_elsewhere(sumup: SumUpAnswers) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, transaction_id="tx-1"))
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    put_payment("tx-1", "ORD-ABC123")
    sumup.lists({"transaction_id": "tx-1", "refunded_amount": 45.0})
    back = {"event_type": "REFUND", "status": "REFUNDED", "amount": 45.0}
    sumup.shows(id="tx-1", amount=45.0, transaction_events=[back])


def a_report_that_is_there(sumup: SumUpAnswers) -> None:
    """A night of the same second has kept its report."""
    sumup.lists()
    key = report_key(LATER.date() - timedelta(days=1), "jersey-live", LATER, "html")
    services().archive.keep(key, b"<p>", "text/html")


def an_account_read_with_a_new_token(sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.access_expires_at.set(NOW)])
    sumup.refreshes()
    sumup.lists()


def everything_is_wrong(_: SumUpAnswers) -> None:
    """Each finding, each way to mend, and what is left for the next night."""
    order = store(an_order(status=OrderStatus.COMPLETED, work=None, next_check_at=None))
    ticket_row(tickets_for(order)[0], LATER).save()
    store_mail(a_mail(order_number="ORD-GONE01"))
    store_mail(a_mail())
    MailRow(a_mail().mail_id).update([MailRow.work_key.remove()])
    store(an_order(order_number="ORD-LOST99", work=None, next_check_at=None, checkout_ids=()))
    put_payment("tx-1", "ORD-GONE02")


def a_buyer_of_long_ago(_: SumUpAnswers) -> None:
    """Bought, had mail and PDF, and the event is over."""
    long_ago = LATER - timedelta(days=400)
    event = an_event(starts_at=long_ago)
    EventRow("5").update([EventRow.starts_at.set(long_ago)])
    order = store(
        an_order(
            status=OrderStatus.COMPLETED,
            delivery=Delivery.DELIVERED,
            work=None,
            next_check_at=None,
            event_starts_at=event.starts_at,
        )
    )
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    store_mail(a_mail(status=MailStatus.SENT))
    archive = services().archive
    archive.keep(tickets_key("5", "ORD-ABC123"), b"a PDF", "application/pdf")
    archive.keep(mail_key("ORD-ABC123", a_mail().mail_id), b"a mail", "message/rfc822")


def a_buyer_whose_event_is_tomorrow(_: SumUpAnswers) -> None:
    starts_at = LATER + timedelta(hours=27)
    EventRow("5").update([EventRow.starts_at.set(starts_at)])
    bought = LATER - timedelta(days=1)
    store(
        an_order(
            status=OrderStatus.COMPLETED,
            created_at=bought,
            settled_at=bought,
            event_starts_at=starts_at,
        )
    )


def a_buyer_whose_event_was_put_off(_: SumUpAnswers) -> None:
    store(an_order(event_starts_at=LATER - timedelta(days=400)))


def request(method: str, path: str, body: object = None) -> dict[str, Any]:
    """Return a sample request, made to another path and with the order's own token."""
    event = Sample.load("checkout_api.wrong_token").event
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["headers"]["x-order-token"] = "{token}"
    return event | ({"body": json.dumps(body)} if body is not None else {})


HANDLERS: dict[str, tuple[Callable[[dict[str, Any], Context], Any], dict[str, Any]]] = {
    "ScanOrdersRole": (scan, {}),
    "VerifyPaymentRole": (verify, Sample.load("verify_payment.one_order").event),
    "DeliverTicketsRole": (deliver, Sample.load("deliver_tickets.one_mail").event),
    "RecordEmailEventRole": (
        record,
        Sample.load("record_email_event.bounce_permanent").event,
    ),
    "RefreshConnectionsRole": (refresh, {}),
    "ReconcilePaymentsRole": (reconcile, Sample.load("reconcile_payments.scheduled").event),
    "AuditOrdersRole": (audit, Sample.load("audit_orders.scheduled").event),
    "EraseBuyersRole": (erase, Sample.load("erase_buyers.scheduled").event),
    "RemindBuyersRole": (remind, Sample.load("remind_buyers.scheduled").event),
    "CheckOriginRole": (check_origin, Sample.load("check_origin.stranger").event),
    "SumupWebhookRole": (webhook, Sample.load("sumup_webhook.status_changed").event),
}
CASES: list[tuple[str, Callable[[SumUpAnswers], None], str]] = [
    ("ScanOrdersRole", a_scan, "dynamodb:UpdateItem"),
    ("VerifyPaymentRole", a_payment, "sqs:SendMessage"),
    ("VerifyPaymentRole", a_mismatch, "sqs:SendMessage"),
    ("VerifyPaymentRole", a_late_payment, "sqs:SendMessage"),
    ("VerifyPaymentRole", a_late_payment_without_seats, "sqs:SendMessage"),
    ("VerifyPaymentRole", an_expiry, "sqs:SendMessage"),
    ("VerifyPaymentRole", a_failed_attempt, "sqs:SendMessage"),
    ("VerifyPaymentRole", a_claimed_payment, "sqs:SendMessage"),
    ("VerifyPaymentRole", an_adoption, "dynamodb:PutItem"),
    ("VerifyPaymentRole", a_refresh, "kms:GenerateDataKey"),
    ("VerifyPaymentRole", an_unreadable_order, "sqs:SendMessage"),
    ("DeliverTicketsRole", a_delivery, "ses:SendEmail"),
    ("DeliverTicketsRole", news_of_the_event, "dynamodb:UpdateItem"),
    ("DeliverTicketsRole", a_delivery_with_a_logo, "s3:GetObject"),
    ("DeliverTicketsRole", a_delivery_without_its_look, "dynamodb:PutItem"),
    ("DeliverTicketsRole", a_delivery_to_nobody, "dynamodb:PutItem"),
    ("DeliverTicketsRole", a_retry_link, "ses:SendEmail"),
    ("DeliverTicketsRole", void_tickets, "dynamodb:UpdateItem"),
    ("DeliverTicketsRole", money_that_went_back, "ses:SendEmail"),
    ("RecordEmailEventRole", a_mail_left, "dynamodb:UpdateItem"),
    ("RefreshConnectionsRole", an_idle_connection, "kms:GenerateDataKey"),
    ("RefreshConnectionsRole", a_connection_that_ended, "sqs:SendMessage"),
    ("ReconcilePaymentsRole", money_without_order, "dynamodb:UpdateItem"),
    ("ReconcilePaymentsRole", money_without_order, "s3:PutObject"),
    ("ReconcilePaymentsRole", a_refund_made_elsewhere, "sqs:SendMessage"),
    ("ReconcilePaymentsRole", a_report_that_is_there, "s3:GetObject"),
    ("ReconcilePaymentsRole", an_account_read_with_a_new_token, "kms:GenerateDataKey"),
    ("SumupWebhookRole", an_order_waits, "sqs:SendMessage"),
    ("CheckOriginRole", nothing_yet, "secretsmanager:GetSecretValue"),
    ("EraseBuyersRole", a_buyer_of_long_ago, "s3:DeleteObjectVersion"),
    ("EraseBuyersRole", a_buyer_of_long_ago, "dynamodb:PutItem"),
    ("EraseBuyersRole", a_buyer_whose_event_was_put_off, "dynamodb:UpdateItem"),
    ("RemindBuyersRole", a_buyer_whose_event_is_tomorrow, "dynamodb:PutItem"),
    ("AuditOrdersRole", an_order_waits, "dynamodb:Scan"),
    ("AuditOrdersRole", everything_is_wrong, "sqs:SendMessage"),
    ("AuditOrdersRole", everything_is_wrong, "dynamodb:UpdateItem"),
    ("AuditOrdersRole", everything_is_wrong, "dynamodb:Query"),
]
"""Whose role, what happens, and an action that shows that it did."""


@pytest.mark.parametrize(("role", "prepare", "shown_by"), CASES)
def test_a_role_allows_what_its_function_does(
    world: World,
    context: Context,
    sumup: SumUpAnswers,
    role: str,
    prepare: Callable[[SumUpAnswers], None],
    shown_by: str,
) -> None:
    prepare(sumup)
    handler, event = HANDLERS[role]
    world.wire.forget()

    handler(event, context)

    done = {action for call in world.wire.calls for action in actions(world, call)}
    assert shown_by in {action for action, _ in done}
    assert refused(world, role) == set()


REQUESTS = {
    "the list of events": (nothing_yet, request("GET", "/api/events"), "dynamodb:Query"),
    "an event": (nothing_yet, request("GET", "/api/events/5"), "dynamodb:Query"),
    "an event's keys": (
        nothing_yet,
        request("GET", "/api/events/5/keys"),
        "dynamodb:GetItem",
    ),
    "a new order": (
        nothing_yet,
        Sample.load("checkout_api.place_order").event,
        "dynamodb:PutItem",
    ),
    "a new order, and a new token for it": (
        a_token_that_ended,
        Sample.load("checkout_api.place_order").event,
        "kms:GenerateDataKey",
    ),
    "another attempt": (
        a_checkout_that_failed,
        request("POST", "/api/orders/ORD-ABC123/payments"),
        "lambda:InvokeFunction",
    ),
    "a visit": (an_order_waits, request("GET", "/api/orders/ORD-ABC123"), "sqs:SendMessage"),
    "the codes of tickets": (
        a_delivery,
        request("GET", "/api/orders/ORD-ABC123/tickets/codes"),
        "dynamodb:BatchGetItem",
    ),
    "a resend": (
        tickets_were_sent,
        request("POST", "/api/orders/ORD-ABC123/resend"),
        "dynamodb:PutItem",
    ),
    "another address": (
        tickets_were_sent,
        request("POST", "/api/orders/ORD-ABC123/email", {"email": "jane@example.org"}),
        "dynamodb:UpdateItem",
    ),
    "another address of an unpaid order": (
        an_order_waits,
        request("POST", "/api/orders/ORD-ABC123/email", {"email": "jane@example.org"}),
        "dynamodb:UpdateItem",
    ),
    "the money back": (
        a_moved_event,
        request("POST", "/api/orders/ORD-ABC123/refund-request"),
        "dynamodb:UpdateItem",
    ),
    "lost tickets": (
        tickets_were_sent,
        request("POST", "/api/lost-tickets", {"email": "jane@example.com"}),
        "dynamodb:UpdateItem",
    ),
}


PHONES: dict[str, tuple[Callable[[SumUpAnswers], None], str]] = {
    "the first request": (a_delivery, "s3:PutObject"),
    "a branding with a logo": (a_delivery_with_a_logo, "s3:PutObject"),
    "an unusable branding": (a_delivery_without_its_look, "dynamodb:PutItem"),
    "tickets that are kept": (tickets_for_a_phone, "s3:GetObject"),
}


@pytest.mark.parametrize(("prepare", "shown_by"), PHONES.values(), ids=PHONES)
@pytest.mark.parametrize("is_earlier", [False, True], ids=["a link", "an earlier link"])
def test_the_role_allows_to_draw_tickets_for_a_phone(
    world: World,
    context: Context,
    sumup: SumUpAnswers,
    prepare: Callable[[SumUpAnswers], None],
    shown_by: str,
    *,
    is_earlier: bool,
) -> None:
    prepare(sumup)
    token = services().access.token("ORD-ABC123")
    if is_earlier:
        token = "A" + token[1:]
        KeptLinks().keep([(token, "ORD-ABC123")], NOW)
    event = Sample.load("draw_phone_tickets.wrong_token").event
    event["queryStringParameters"]["token"] = token
    world.wire.forget()

    answer = draw_phone_tickets(event, context)

    assert answer["statusCode"] == 302, answer
    done = {action for call in world.wire.calls for action in actions(world, call)}
    assert shown_by in {action for action, _ in done}
    assert refused(world, "DrawPhoneTicketsRole") == set()


def test_the_role_of_the_doors_allows_what_devices_do(world: World) -> None:
    one, two, *_ = test_check_in.sold()
    gate, office = test_check_in.a_phone(paired=False), test_check_in.a_supervisor()
    world.wire.forget()

    gate.pair()
    gate.ask("GET", "/api/door/event")
    gate.ask("GET", "/api/door/tickets")
    gate.admit(one.qr_text)
    gate.admit(one.qr_text)
    gate.admit("nothing")
    office.admit("", action="undo", refers_to=f"{gate.device_id}#000001")
    replace(gate, seq=0).admit(two.qr_text)
    gate.deliver(seen={})
    for query in ("jane", "ORD-ABC123"):
        assert office.ask("POST", "/api/door/search", {"query": query})[0] == 200

    assert refused(world, "CheckInRole") == set()
    tickets = world.attribute["TicketsTable.Arn"]
    updates = {
        call.operation
        for call in world.wire.calls
        for action, resource in actions(world, call)
        if (action, resource) == ("dynamodb:UpdateItem", tickets)
    }
    assert updates == {"TransactWriteItems"}, "its policy allows it nothing else"


@pytest.mark.parametrize(("prepare", "event", "shown_by"), REQUESTS.values(), ids=REQUESTS)
def test_the_role_of_the_api_allows_what_buyers_do(
    world: World,
    context: Context,
    sumup: SumUpAnswers,
    prepare: Callable[[SumUpAnswers], None],
    event: dict[str, Any],
    shown_by: str,
) -> None:
    prepare(sumup)
    if event["headers"].get("x-order-token") == "{token}":
        event["headers"]["x-order-token"] = services().access.token("ORD-ABC123")
    world.wire.forget()

    answer = checkout_api(event, context)

    assert answer["statusCode"] < 400, answer
    done = {action for call in world.wire.calls for action in actions(world, call)}
    assert shown_by in {action for action, _ in done}
    assert refused(world, "CheckoutApiRole") == set()
    assert refused(world, "ManageCheckoutsRole", "tickets-manage-checkouts") == set()


def test_the_role_of_the_audit_allows_it_to_store_its_bookmark(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    everything_is_wrong(sumup)
    context.seconds_left = 1
    world.wire.forget()

    audit(Sample.load("audit_orders.scheduled").event, context)

    done = {action for call in world.wire.calls for action, _ in actions(world, call)}
    assert "dynamodb:PutItem" in done, "the bookmark"
    assert refused(world, "AuditOrdersRole") == set()
