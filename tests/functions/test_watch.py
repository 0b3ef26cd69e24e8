"""Every metric used by an alarm or the dashboard is really emitted by a handler.

An alarm on a metric that is never emitted would stay silent forever and look healthy.
"""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from functions.audit_orders.app import handler as audit_orders
from functions.deliver_tickets.app import handler as deliver_tickets
from functions.erase_buyers.app import handler as erase_buyers
from functions.reconcile_payments.app import handler as reconcile_payments
from functions.record_email_event.app import handler as record_email_event
from functions.refresh_connections.app import handler as refresh_connections
from functions.remind_buyers.app import handler as remind_buyers
from functions.scan_orders.app import handler as scan_orders
from functions.sumup_webhook.app import handler as sumup_webhook
from functions.verify_payment.app import handler as verify_payment
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.functions.test_check_in import a_phone, sold
from tests.functions.test_checkout_api import CHECKOUTS, call, created, place, token
from tests.functions.test_checkout_trouble import CANCELLED, TRANSACT, WITHOUT_END
from tests.functions.test_record_email_event import sending, to_be_sent
from tests.functions.test_refresh_connections import age
from tests.functions.test_sumup_webhook import GENUINE
from tests.functions.test_sumup_webhook import call as told_by_sumup
from tests.support.aws import World, client
from tests.support.builders import NOW, an_order
from tests.support.stored import LATER, a_mail, store, store_mail
from tests.support.watch import OURS, Watched, alarms, of_alarm, of_dashboard
from ticketing.adapters.aws.queues import CORRELATION
from ticketing.adapters.dynamodb.models import MailRow, OrderRow, OrganiserRow
from ticketing.adapters.dynamodb.retries import TRIES
from ticketing.emails.mail import MailKind
from ticketing.orders.order import OrderStatus
from ticketing.organisers.organiser import Connection

Scene = Callable[[World, SumUpAnswers], object]
REQUEST = "cWd2ZjEeLPEEJ1w="


def _event(name: str) -> dict[str, Any]:
    return Sample.load(name).event


def _scan() -> None:
    scan_orders(_event("scan_orders.scheduled"), Context())


def _scan_of_due(_world: World, _sumup: SumUpAnswers) -> None:
    store(an_order(next_check_at=LATER - timedelta(minutes=20)))
    store_mail(a_mail(next_attempt_at=LATER))
    _scan()


def _scan_without_queue(world: World, _sumup: SumUpAnswers) -> None:
    store(an_order(next_check_at=LATER))
    world.wire.refuse("SendMessageBatch", "InternalError", WITHOUT_END)
    _scan()


def _check(answer: Callable[[SumUpAnswers], None]) -> Scene:
    def scene(_world: World, sumup: SumUpAnswers) -> None:
        answer(sumup)
        verify_payment(_event("verify_payment.one_order"), Context())

    return scene


def _expired(sumup: SumUpAnswers) -> None:
    order = store(an_order(created_at=NOW - timedelta(hours=3)))
    sumup.checkout(order, status="EXPIRED")


def _deliver(_world: World, _sumup: SumUpAnswers) -> None:
    to_be_sent()
    deliver_tickets(_event("deliver_tickets.one_mail"), Context())


def _deliver_to_nowhere(_world: World, _sumup: SumUpAnswers) -> None:
    to_be_sent()
    MailRow("ORD-ABC123#confirmation#1").update([MailRow.recipient.set("nowhere")])
    OrderRow("ORD-ABC123").update([OrderRow.customer_email.set("nowhere")])
    deliver_tickets(_event("deliver_tickets.one_mail"), Context())


def _mail_event(case: str) -> Scene:
    def scene(_world: World, _sumup: SumUpAnswers) -> None:
        sending()
        record_email_event(_event(f"record_email_event.{case}"), Context())

    return scene


def _alert_bounced(_world: World, _sumup: SumUpAnswers) -> None:
    sending()
    MailRow("ORD-ABC123#confirmation#1").update([MailRow.kind.set(MailKind.ALERT)])
    record_email_event(_event("record_email_event.bounce_permanent"), Context())


def _webhook(body: str) -> Scene:
    def scene(_world: World, _sumup: SumUpAnswers) -> None:
        store(an_order())
        told_by_sumup(body)

    return scene


def _night(_world: World, _sumup: SumUpAnswers) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.connection.set(Connection.REAUTH)])
    refresh_connections(_event("refresh_connections.scheduled"), Context())


def _night_without_sumup(_world: World, _sumup: SumUpAnswers) -> None:
    age(31)
    refresh_connections(_event("refresh_connections.scheduled"), Context())


def _audit(_world: World, _sumup: SumUpAnswers) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    audit_orders(_event("audit_orders.scheduled"), Context(seconds_left=900))


def _erase(_world: World, _sumup: SumUpAnswers) -> None:
    erase_buyers(_event("erase_buyers.scheduled"), Context(seconds_left=900))


def _remind(_world: World, _sumup: SumUpAnswers) -> None:
    remind_buyers(_event("remind_buyers.scheduled"), Context(seconds_left=900))


def _compared(_world: World, sumup: SumUpAnswers) -> None:
    store(an_order(status=OrderStatus.EXPIRED, work=None))
    sumup.lists({"transaction_id": "tx-1", "product_summary": "Order ORD-ABC123"})
    reconcile_payments(_event("reconcile_payments.scheduled"), Context(seconds_left=900))


def _not_compared(_world: World, sumup: SumUpAnswers) -> None:
    history = "https://api.sumup.com/v2.1/merchants/MC0001/transactions/history"
    sumup._mocked.get(history, status=503)
    reconcile_payments(_event("reconcile_payments.scheduled"), Context(seconds_left=900))


def _ordered(_world: World, sumup: SumUpAnswers) -> None:
    sumup._mocked.add_callback(responses.POST, CHECKOUTS, created)
    assert place()[0] == 201


def _turned_away(world: World, _sumup: SumUpAnswers) -> None:
    world.wire.refuse(TRANSACT, CANCELLED, TRIES, "None", "None", "TransactionConflict")
    assert place()[0] == 503


def _failed_by_aws(world: World, _sumup: SumUpAnswers) -> None:
    world.wire.refuse("GetItem", "InternalServerError", WITHOUT_END)
    assert place()[0] == 503


def _cloned(_world: World, _sumup: SumUpAnswers) -> None:
    phone = a_phone()
    copy = replace(phone)
    phone.admit("one code")
    copy.admit("another code")


def _double(_world: World, _sumup: SumUpAnswers) -> None:
    ticket, *_ = sold()
    for gate in ("Gate A", "Gate B"):
        a_phone(gate).admit(ticket.qr_text, said="admitted", count=1)


SCENES: dict[str, Scene] = {
    "ScanHeartbeat": _scan_of_due,
    "OrdersDue": _scan_of_due,
    "MailsDue": _scan_of_due,
    "OldestOverdueSeconds": _scan_of_due,
    "MessagesNotQueued": _scan_without_queue,
    "ChecksFailed": lambda _world, _sumup: verify_payment(
        _event("verify_payment.not_ours"), Context()
    ),
    "Decision_issue": _check(lambda sumup: sumup.paid(store(an_order()))),
    "Decision_review": _check(lambda sumup: sumup.paid(store(an_order()), amount=1.0)),
    "Decision_close": _check(_expired),
    "SumUpTrouble": _check(lambda sumup: sumup.refuses(store(an_order()), 500)),
    "MailsSent": _deliver,
    "MailsFailed": _deliver_to_nowhere,
    "MailsDelivered": _mail_event("delivery"),
    "MailsBounced": _mail_event("bounce_permanent"),
    "MailsComplained": _mail_event("complaint"),
    "AlertsBounced": _alert_bounced,
    "WebhooksTaken": _webhook(GENUINE),
    "WebhooksIgnored": _webhook("{}"),
    "ConnectionsSeen": _night,
    "ConnectionsInTrouble": _night_without_sumup,
    "ConnectionsToRenew": _night,
    "OrdersAudited": _audit,
    "RulesBroken": _audit,
    "AuditHeartbeat": _audit,
    "EraseHeartbeat": _erase,
    "RemindHeartbeat": _remind,
    "ReconcileHeartbeat": _compared,
    "DaysReconciled": _compared,
    "DaysUnknown": _not_compared,
    "MoneyFindings": _compared,
    "OrdersPlaced": _ordered,
    "OrdersTurnedAway": _turned_away,
    "RequestsFailedByAws": _failed_by_aws,
    "ScansCloned": _cloned,
    "ScansDouble": _double,
}
"""What has to happen so that a metric tells of something."""


def watched() -> set[Watched]:
    of_alarms = set(map(of_alarm, alarms().values()))
    return {metric for metric in of_alarms | set(of_dashboard()) if metric[0] == OURS}


def test_every_watched_metric_has_a_scenario() -> None:
    assert {name for _, name, _ in watched()} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_each_watched_metric_is_emitted_with_the_watched_dimensions(
    world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    SCENES[name](world, sumup)

    values, metric = emitted(capsys.readouterr().out)[name]

    assert sum(values) > 0
    assert {each for each in watched() if each[1] == name} == {metric}


def emitted(output: str) -> dict[str, tuple[list[float], Watched]]:
    """Return the values of each metric, and where CloudWatch would put them."""
    found = {}
    for line in output.splitlines():
        told = json.loads(line)
        for directive in told.get("_aws", {}).get("CloudWatchMetrics", []):
            (names,) = directive["Dimensions"]
            dimensions = tuple((name, told[name]) for name in names)
            for metric in directive["Metrics"]:
                name = metric["Name"]
                found[name] = told[name], (directive["Namespace"], name, dimensions)
    return found


@pytest.mark.parametrize(
    "metric",
    [
        "ScanHeartbeat",
        "ConnectionsSeen",
        "AuditHeartbeat",
        "EraseHeartbeat",
        "RemindHeartbeat",
        "ReconcileHeartbeat",
    ],
)
def test_a_heartbeat_is_emitted_when_there_is_nothing_to_do(
    world: World, capsys: pytest.CaptureFixture[str], metric: str
) -> None:
    """Missing data must mean that nothing runs, never that there was nothing to do."""
    world.empty()
    _scan()
    refresh_connections(_event("refresh_connections.scheduled"), Context())
    audit_orders(_event("audit_orders.scheduled"), Context(seconds_left=900))
    erase_buyers(_event("erase_buyers.scheduled"), Context(seconds_left=900))
    remind_buyers(_event("remind_buyers.scheduled"), Context(seconds_left=900))
    reconcile_payments(_event("reconcile_payments.scheduled"), Context(seconds_left=900))

    assert len(emitted(capsys.readouterr().out)[metric][0]) == 1


@pytest.mark.parametrize(
    "metric", ["RulesBroken", "ConnectionsToRenew", "ChecksFailed", "MoneyFindings"]
)
def test_a_resolved_problem_is_emitted_as_zero(
    world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str], metric: str
) -> None:
    """An alarm that keeps its state while data is missing needs this to recover."""
    sumup.paid(store(an_order()))
    verify_payment(_event("verify_payment.one_order"), Context())
    refresh_connections(_event("refresh_connections.scheduled"), Context())
    world.empty()
    audit_orders(_event("audit_orders.scheduled"), Context(seconds_left=900))
    reconcile_payments(_event("reconcile_payments.scheduled"), Context(seconds_left=900))

    assert emitted(capsys.readouterr().out)[metric][0] == [0.0]


# ------------------------------------------------------------------------------ log lines


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def sqs_event(world: World, queue: str, sample: str) -> dict[str, Any]:
    """Return the message on a queue as Lambda hands it over."""
    (message,) = client("sqs").receive_message(
        QueueUrl=world.ref[queue], MessageAttributeNames=["All"]
    )["Messages"]
    event = _event(sample)
    attributes = {
        name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    event["Records"] = [
        event["Records"][0] | {"body": message["Body"], "messageAttributes": attributes}
    ]
    return event


def test_one_id_traces_a_request_to_its_mail(
    world: World, sumup: SumUpAnswers, logged: io.StringIO
) -> None:
    """From SumUp's notification through two queues: the id of the request in the log."""
    sumup.paid(store(an_order()))
    notification = {
        "body": GENUINE,
        "isBase64Encoded": False,
        "requestContext": {"requestId": REQUEST},
    }

    sumup_webhook(notification, Context())
    verify_payment(sqs_event(world, "VerifyQueue", "verify_payment.one_order"), Context())
    deliver_tickets(sqs_event(world, "DeliveryQueue", "deliver_tickets.one_mail"), Context())

    told = [(line["message"], line.get(CORRELATION), line.get("order")) for line in lines(logged)]
    assert told == [
        ("webhook received", REQUEST, "ORD-ABC123"),
        ("decided", REQUEST, "ORD-ABC123"),
        ("delivery tried", REQUEST, "ORD-ABC123"),
    ]


@pytest.mark.parametrize("sample", ["scan_orders.scheduled", "scan_orders.all_open"])
def test_a_scan_passes_its_run_id_to_the_messages_it_queues(
    world: World, context: Context, logged: io.StringIO, sample: str
) -> None:
    store(an_order(next_check_at=LATER))

    scan_orders(_event(sample), context)

    (record,) = sqs_event(world, "VerifyQueue", "verify_payment.one_order")["Records"]
    run = context.aws_request_id
    assert record["messageAttributes"][CORRELATION]["stringValue"] == run
    assert lines(logged)[-1][CORRELATION] == run


@pytest.mark.usefixtures("world")
def test_a_log_line_about_a_failure_names_only_its_own_order(logged: io.StringIO) -> None:
    """The second message has no order: its log line must not name the first one's."""
    batch = _event("verify_payment.not_ours")
    first = _event("verify_payment.unknown_order")["Records"][0]
    batch["Records"] = [first, *batch["Records"]]

    verify_payment(batch, Context())

    failed = [line for line in lines(logged) if line["message"] == "failed"]
    assert "order" in failed[0]
    assert not any("order" in line for line in failed[1:])
    assert len(failed) == len(batch["Records"])


def test_a_log_line_about_a_request_names_its_order(world: World, logged: io.StringIO) -> None:
    world.wire.refuse("GetItem", "InternalServerError", WITHOUT_END)

    call("GET", "/api/orders/ORD-ABC123", headers=token())
    call("GET", "/api/events/5")

    assert [line.get("order") for line in lines(logged)] == ["ORD-ABC123", None]
