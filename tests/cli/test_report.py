"""`report`: the figures on the tables and metrics, each read bounded, and what cannot be read."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.cli.test_commands import TABLES, Found, Run
from tests.support.aws import REGION, STACK, World, client
from tests.support.builders import NOW, a_line, an_order
from tests.support.stored import a_mail, store, store_mail
from ticketing.adapters.dynamodb import health_records
from ticketing.adapters.dynamodb.models import MailRow, OrderRow, PaymentRow
from ticketing.cli import ATTENTION, FAILED, OK, main
from ticketing.cli.commands import DEAD_LETTER_QUEUES
from ticketing.cli.commands.stack import Stack
from ticketing.cli.doctor.operation import QUEUES
from ticketing.emails.mail import MailStatus
from ticketing.observability import HEARTBEAT, MAILS_BOUNCED, MAILS_SENT
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.reports.health import KINDS

HOUR = timedelta(hours=1)
Facts = dict[str, Any]
Report = Callable[..., Facts]


@pytest.fixture
def run(world: World) -> Run:
    """Run a command line on a stack with an alarm, and with a scan an hour ago."""
    outputs = {name: world.ref[name] for name in TABLES}
    outputs |= {f"{name}Url": world.ref[name] for name in QUEUES}
    stack = Found(boto3.Session(region_name=REGION), outputs, world.environment)
    client("cloudwatch").put_metric_alarm(
        AlarmName=f"{STACK}-watch-scan-missing",
        ComparisonOperator="LessThanThreshold",
        EvaluationPeriods=1,
        MetricName=HEARTBEAT,
        Namespace="JerseyEvents",
        Period=300,
        Statistic="Sum",
        Threshold=1,
    )
    measured(HEARTBEAT, NOW - HOUR)

    def run(*arguments: str) -> int:
        with time_machine.travel(NOW, tick=False):
            return main([*arguments, "--stack", STACK], lambda _: stack)

    return run


@pytest.fixture
def report(run: Run, capsys: pytest.CaptureFixture[str]) -> Report:
    def report(code: int = OK) -> Facts:
        assert run("report", "--json") == code
        facts: Facts = json.loads(capsys.readouterr().out)
        return facts

    return report


def measured(name: str, at: datetime, value: float = 1, service: str = STACK) -> None:
    """Let CloudWatch have a value, as it takes it from a function's log."""
    client("cloudwatch").put_metric_data(
        Namespace="JerseyEvents",
        MetricData=[
            {
                "MetricName": name,
                "Timestamp": at,
                "Value": value,
                "Dimensions": [{"Name": "service", "Value": service}],
            }
        ],
    )


def settled(number: str, status: OrderStatus, ago: timedelta, **changes: Any) -> Order:
    at = NOW - ago
    facts: dict[str, Any] = {
        "order_number": number,
        "status": status,
        "created_at": at - timedelta(minutes=10),
        "settled_at": at,
        "holds_seats": status not in CLOSED,
        "work": None,
        "next_check_at": None,
    }
    return store(an_order(**facts | changes))


def paid(number: str, ago: timedelta, took: timedelta | None, **changes: Any) -> None:
    """Store a completed order whose tickets left so long after SumUp took the money."""
    at = NOW - ago
    order = settled(
        number, OrderStatus.COMPLETED, ago, transaction_id=f"tx-{number}",
        **{"delivery": Delivery.PENDING} | changes,
    )  # fmt: skip
    PaymentRow(
        f"tx-{number}",
        order_number=number,
        checkout_id="x",
        amount=order.total.amount,
        currency="GBP",
        merchant_code="MC0001",
        accepted_at=at + timedelta(seconds=5),
        paid_at=at,
    ).save()
    if took is not None:
        row = OrderRow(number)
        row.update(
            [OrderRow.delivered_at.set(at + took), OrderRow.delivery.set(Delivery.DELIVERED)]
        )


def test_an_idle_shop_is_well(report: Report) -> None:
    facts = report()

    assert (facts["well"], facts["problems"], facts["unread"]) == (True, [], [])
    assert facts["dead_letters"] == dict.fromkeys([*DEAD_LETTER_QUEUES, "schedule"], 0)
    assert facts["alarms"] == {"scan-missing": {"state": "OK", "notifies": True}}


def test_what_waits_is_counted_with_the_oldest(report: Report, world: World) -> None:
    store(an_order(order_number="ORD-AAA111", created_at=NOW - HOUR))
    store(an_order(order_number="ORD-AAA222"))
    settled("ORD-AAA333", OrderStatus.REVIEW, 2 * HOUR)
    store_mail(a_mail(next_attempt_at=NOW - HOUR))
    client("sqs").send_message(QueueUrl=world.ref["VerifyDeadLetterQueue"], MessageBody="x")

    facts = report(ATTENTION)

    an_hour_ago = (NOW - HOUR).isoformat()
    assert facts["pending"] == {"count": 2, "since": an_hour_ago, "partial": False}
    assert facts["on_hold"]["count"] == 1
    assert facts["mails_waiting"] == {"count": 1, "since": an_hour_ago, "partial": False}
    assert facts["dead_letters"]["verify"] == 1
    assert facts["problems"] == [
        "1 order is on hold: `orders`",
        "1 dead letter waits in the queue verify: `redrive verify`",
    ]


def test_decisions_are_counted_as_orders_are_now(report: Report) -> None:
    settled("ORD-AAA111", OrderStatus.COMPLETED, HOUR)
    settled("ORD-AAA222", OrderStatus.EXPIRED, timedelta(days=3))
    settled("ORD-AAA333", OrderStatus.FAILED, timedelta(days=20))
    late = timedelta(days=6)
    settled("ORD-AAA444", OrderStatus.COMPLETED, HOUR, created_at=NOW - late)

    facts = report()

    assert facts["decisions"]["last_24_hours"]["completed"] == 2
    assert facts["decisions"]["last_7_days"] == {
        "completed": 2, "expired": 1, "failed": 0, "on hold": 0, "money back": 0,
    }  # fmt: skip


STATUSES = {
    "completed": "completed", "expired": "expired", "failed": "failed",
    "requires_manual_review": "on hold",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_the_sums_are_those_of_the_tables(report: Report, world: World, seed: int) -> None:
    """A second opinion, from the rows as DynamoDB has them."""
    chance = random.Random(seed)
    for number in range(40):
        status = chance.choice([OrderStatus.COMPLETED, *OrderStatus])
        at = NOW - timedelta(hours=chance.uniform(0, 240))
        went = Refund("tx", chance.choice([*RefundStatus]), an_order().total, at, settled_at=at)
        settled(
            f"ORD-{number:06}", status, NOW - at - timedelta(hours=chance.uniform(-9, 9)),
            delivery=Delivery.WITHDRAWN,
            refunds=(went,) if chance.random() < 0.3 else (),
        )  # fmt: skip

    decisions = report(ATTENTION)["decisions"]

    rows = world.items("OrdersTable")
    happened = [
        (STATUSES[row["status"]["S"]], row["settled_at"]["S"])
        for row in rows
        if row["status"]["S"] in STATUSES
    ]
    happened += [
        ("money back", refund["M"]["settled_at"]["S"])
        for row in rows
        for refund in row.get("refunds", {"L": []})["L"]
        if refund["M"]["status"]["S"] in {"refunded", "charged_back"}
    ]
    # NOW is 13:00 in Jersey: hours since 14:00 the day before, days since midnight six days ago.
    for window, since, until in (
        ("last_24_hours", "2026-05-31T13:00", "2026-06-01T13:00"),
        ("last_7_days", "2026-05-25T23:00", "2026-06-01T23:00"),
    ):
        counts = Counter(kind for kind, at in happened if since <= at < until)
        assert decisions[window] == {kind: counts[kind] for kind in KINDS}


def test_money_that_went_back_is_counted_by_when_it_did(report: Report) -> None:
    order = an_order()
    for number, status, ago in (
        ("ORD-AAA111", RefundStatus.REFUNDED, HOUR),
        ("ORD-AAA222", RefundStatus.CHARGED_BACK, timedelta(days=2)),
        ("ORD-AAA333", RefundStatus.REFUSED, HOUR),
        ("ORD-AAA444", RefundStatus.REFUNDED, timedelta(days=30)),
    ):
        refund = Refund("tx", status, order.total, NOW, settled_at=NOW - ago)
        settled(number, OrderStatus.COMPLETED, timedelta(days=40), refunds=(refund,))

    decisions = report()["decisions"]

    assert decisions["last_24_hours"]["money back"] == 1
    assert decisions["last_7_days"]["money back"] == 2


def test_parts_that_went_back_are_counted_each(report: Report) -> None:
    amount = an_order().total
    settled("ORD-AAA111", OrderStatus.COMPLETED, timedelta(days=40), parts=(
        PartRefund("tx", RefundStatus.REFUNDED, amount, NOW, settled_at=NOW - HOUR, number=1),
        PartRefund("tx", RefundStatus.REFUNDED, amount, NOW, settled_at=NOW, number=2),
        PartRefund("tx", RefundStatus.ASKED, amount, NOW, number=3),
    ))  # fmt: skip

    assert report()["decisions"]["last_24_hours"]["money back"] == 2


def test_times_are_from_sumups_payment_to_the_mail(report: Report) -> None:
    paid("ORD-AAA111", HOUR, timedelta(seconds=20))
    paid("ORD-AAA222", 2 * HOUR, timedelta(minutes=3))
    paid("ORD-AAA333", 2 * HOUR, None)
    paid("ORD-AAA444", 2 * HOUR, None, delivery=Delivery.PROBLEM)
    free = a_line(unit_price=Decimal("0.00"))
    settled("ORD-FFF111", OrderStatus.COMPLETED, HOUR, lines=(free,))

    assert report()["paid_to_mailed"] == {
        "count": 2,
        "median_seconds": 100,
        "slowest_seconds": 180,
        "slowest_order": "ORD-AAA222",
        "not_mailed_yet": {
            "count": 1, "since": (NOW - 2 * HOUR).isoformat(), "partial": False,
        },
        "partial": False,
    }  # fmt: skip


def test_mails_come_from_the_metrics_of_this_stack(report: Report) -> None:
    measured(MAILS_SENT, NOW - HOUR, 3)
    measured(MAILS_SENT, NOW - HOUR, 50, service="another")
    measured(MAILS_BOUNCED, NOW - timedelta(days=3))

    counts = report()["mail_counts"]

    assert counts["last_24_hours"] == {
        "sent": 3, "delivered": 0, "bounced": 0, "spam": 0, "failed": 0,
    }  # fmt: skip
    assert (counts["last_7_days"]["sent"], counts["last_7_days"]["bounced"]) == (3, 1)


def test_mails_that_did_not_arrive_are_of_the_last_days(report: Report) -> None:
    for number, ago in (("ORD-AAA111", HOUR), ("ORD-AAA222", timedelta(days=30))):
        mail = store_mail(a_mail(order_number=number, created_at=NOW - ago))
        MailRow(mail.mail_id).update(
            [MailRow.status.set(MailStatus.PROBLEM), MailRow.work_key.remove()]
        )

    assert report(ATTENTION)["problems"] == ["1 mail of the last 7 days did not arrive: `orders`"]


def test_reads_are_bounded_and_say_so(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST", "MOST_TIMED", "MOST_SCANNED"):
        monkeypatch.setattr(health_records, name, 1)
    monkeypatch.setattr(health_records, "ROWS_PAGE", 1)
    for number in ("ORD-AAA111", "ORD-AAA222", "ORD-AAA333"):
        store(an_order(order_number=number))
        paid(number.replace("AAA", "BBB"), HOUR, HOUR)
        store_mail(a_mail(order_number=number))

    facts = report()

    assert (facts["pending"]["count"], facts["pending"]["partial"]) == (1, True)
    assert (facts["mails_waiting"]["count"], facts["mails_waiting"]["partial"]) == (1, True)
    assert facts["mails_not_arrived"]["partial"]
    assert (facts["decisions_partial"], facts["money_back_partial"]) == (True, True)
    assert (facts["paid_to_mailed"]["count"], facts["paid_to_mailed"]["partial"]) == (1, True)


def test_orders_of_long_ago_are_not_read_and_none_is_missing(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_records, "MOST", 1)
    settled("ORD-AAA111", OrderStatus.COMPLETED, HOUR)
    settled("ORD-AAA222", OrderStatus.COMPLETED, timedelta(days=60))

    facts = report()

    assert facts["decisions"]["last_7_days"]["completed"] == 1
    assert not facts["decisions_partial"]


def test_rows_that_cannot_be_understood_are_named(report: Report, world: World) -> None:
    settled("ORD-AAA111", OrderStatus.COMPLETED, HOUR)
    paid("ORD-AAA222", HOUR, HOUR)
    rows = {row["order_number"]["S"]: row for row in world.items("OrdersTable")}
    world.put("OrdersTable", rows["ORD-AAA111"] | {"settled_at": {"S": "tomorrow"}})
    world.put("OrdersTable", rows["ORD-AAA222"] | {"delivered_at": {"S": "soon"}})

    unread = report(FAILED)["unread"]

    assert "a row could not be read: order ORD-AAA111: settled_at is 'tomorrow'" in unread
    assert "a row could not be read: order ORD-AAA222: delivered_at is 'soon'" in unread


def test_a_paid_order_without_its_payment_is_named(report: Report) -> None:
    settled(
        "ORD-AAA111", OrderStatus.COMPLETED, HOUR, transaction_id="tx", delivery=Delivery.PENDING
    )

    assert report(FAILED)["unread"] == [
        "a row could not be read: order ORD-AAA111: it has no payment"
    ]


def test_what_aws_refuses_is_unknown_and_the_rest_is_shown(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(an_order())
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")

    def refuse(_: Stack) -> dict[str, tuple[str, bool]]:
        raise refused

    monkeypatch.setattr("ticketing.cli.commands.report.alarm_states", refuse)

    facts = report(FAILED)

    assert facts["alarms"] is None
    assert facts["pending"]["count"] == 1
    assert facts["unread"] == [f"the alarms could not be read: {refused}"]


def test_the_page_is_written_to_a_new_file(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "health.html"

    assert run("report", "--html", str(file)) == OK
    assert f"Written: {file}" in capsys.readouterr().out
    assert "Nothing in these figures needs a person." in file.read_text()
    assert run("report", "--html", str(file)) == FAILED


def test_without_a_format_it_is_said_in_lines(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    store(an_order())
    settled("ORD-AAA333", OrderStatus.REVIEW, HOUR)

    assert run("report") == ATTENTION

    told = capsys.readouterr().out.splitlines()
    assert "open orders: 1, since 2026-06-01 13:00" in [" ".join(line.split()) for line in told]
    assert told[-1] == "!! 1 order is on hold: `orders`"
