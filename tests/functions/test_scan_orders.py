"""The scan, run by its events: due items are queued and not due again immediately."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.scan_orders.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.aws import World
from tests.support.builders import NOW, an_order
from tests.support.stored import LATER, a_mail, row_of, store, store_mail
from ticketing.orders.order import OrderStatus, Work
from ticketing.orders.schedule import LATE_EVERY, NOMINATED

SCHEDULED = Sample.load("scan_orders.scheduled").event
ALL_OPEN = Sample.load("scan_orders.all_open").event
OLD = NOW - timedelta(hours=1)


def verifications(world: World) -> list[str]:
    return sorted(message["order_number"] for message in world.messages("VerifyQueue"))


def deliveries(world: World) -> list[str]:
    return sorted(message["mail_id"] for message in world.messages("DeliveryQueue"))


def test_due_orders_are_put_on_the_verify_queue(world: World, context: Context) -> None:
    due = store(an_order(next_check_at=LATER))
    store(an_order(order_number="ORD-DEF456", next_check_at=LATER + timedelta(minutes=1)))

    report = handler(SCHEDULED, context)

    assert report["nominated"] == ["ORD-ABC123"]
    assert verifications(world) == ["ORD-ABC123"]
    assert row_of(due).next_check_at == LATER + NOMINATED
    assert row_of(due).status == "pending_verification"


def test_all_pending_orders_are_due_on_request(world: World, context: Context) -> None:
    for number in ("ORD-ABC123", "ORD-DEF456"):
        store(an_order(order_number=number, next_check_at=LATER + timedelta(hours=3)))

    report = handler(ALL_OPEN, context)

    assert sorted(report["nominated"]) == ["ORD-ABC123", "ORD-DEF456"]
    assert verifications(world) == ["ORD-ABC123", "ORD-DEF456"]


@pytest.mark.parametrize("event", [{}, {"all_open": "true"}, {"all_open": 1}, {"all_open": None}])
def test_only_a_literal_true_requests_all_orders(
    world: World, context: Context, event: dict[str, Any]
) -> None:
    store(an_order(next_check_at=LATER + timedelta(hours=3)))

    assert handler(event, context)["nominated"] == []
    assert verifications(world) == []


def test_the_response_is_json_with_the_start_of_the_scan(world: World, context: Context) -> None:
    store(an_order())

    report = json.loads(json.dumps(handler(SCHEDULED, context)))

    assert report == {
        "nominated": ["ORD-ABC123"],
        "late": [],
        "mails": [],
        "not_queued": [],
        "unreadable": [],
        "stuck": [],
        "scanned_at": LATER.isoformat(),
    }
    assert verifications(world) == ["ORD-ABC123"]


def test_a_concurrent_scan_queues_nothing(world: World, context: Context) -> None:
    store(an_order())
    handler(SCHEDULED, context)

    assert handler(SCHEDULED, context)["nominated"] == []
    assert verifications(world) == ["ORD-ABC123"]


def test_closed_orders_are_watched_for_late_payments(world: World, context: Context) -> None:
    late = store(an_order(status=OrderStatus.EXPIRED, work=Work.LATE))

    report = handler(SCHEDULED, context)

    assert (report["late"], report["nominated"]) == (["ORD-ABC123"], [])
    assert verifications(world) == ["ORD-ABC123"]
    assert row_of(late).next_check_at == LATER + LATE_EVERY


def test_waiting_mails_are_put_on_the_delivery_queue(world: World, context: Context) -> None:
    store_mail(a_mail(next_attempt_at=LATER))
    store_mail(a_mail(mail_id="later", next_attempt_at=LATER + timedelta(minutes=1)))

    report = handler(SCHEDULED, context)

    assert report["mails"] == ["ORD-ABC123#confirmation#1"]
    assert deliveries(world) == ["ORD-ABC123#confirmation#1"]


def test_stuck_orders_are_reported_once_in_one_digest(world: World, context: Context) -> None:
    for number in ("ORD-ABC123", "ORD-DEF456"):
        store(an_order(order_number=number, created_at=OLD, deadline=LATER + timedelta(hours=1)))

    report = handler(SCHEDULED, context)

    assert sorted(report["stuck"]) == ["ORD-ABC123", "ORD-DEF456"]
    (mail,) = world.items("MailsTable")
    assert mail["subject"]["S"] == "[JerseyEvents Alert] 2 Orders Stuck in Processing"
    assert mail["recipient"]["S"] == "alerts@example.com"
    assert deliveries(world) == [mail["mail_id"]["S"]]
    assert handler(ALL_OPEN, context)["stuck"] == []


def test_orders_beyond_one_sqs_batch_are_all_queued(world: World, context: Context) -> None:
    numbers = [f"ORD-N{n:03d}" for n in range(25)]
    for number in numbers:
        store(an_order(order_number=number, checkout_ids=()))

    handler(SCHEDULED, context)

    assert verifications(world) == numbers


def test_the_limit_of_a_scan_is_configurable(
    world: World, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_ORDERS_PER_SCAN", "2")
    for number in ("ORD-A01", "ORD-A02", "ORD-A03"):
        store(an_order(order_number=number, checkout_ids=()))

    first, second = handler(SCHEDULED, context), handler(SCHEDULED, context)

    assert (len(first["nominated"]), len(second["nominated"])) == (2, 1)
    assert verifications(world) == ["ORD-A01", "ORD-A02", "ORD-A03"]


def test_with_little_time_left_orders_stay_due_for_the_next_scan(world: World) -> None:
    order = store(an_order())

    report = handler(SCHEDULED, Context(seconds_left=15))

    assert report["nominated"] == []
    assert verifications(world) == []
    assert row_of(order).next_check_at == order.next_check_at


def test_an_incomplete_order_is_queued_like_any_other(world: World, context: Context) -> None:
    """Its verification raises the alert; the scan only needs to know that it is due."""
    store(an_order())
    (item,) = world.items("OrdersTable")
    del item["total"], item["customer_name"], item["lines"]
    world.put("OrdersTable", item | {"order_number": {"S": "ORD-HALF99"}})

    report = handler(SCHEDULED, context)

    assert sorted(report["nominated"]) == ["ORD-ABC123", "ORD-HALF99"]
    assert verifications(world) == ["ORD-ABC123", "ORD-HALF99"]


def test_an_order_with_invalid_times_does_not_stop_the_scan(world: World, context: Context) -> None:
    store(an_order())
    (item,) = world.items("OrdersTable")
    broken = {"order_number": {"S": "ORD-BROKEN"}, "next_check_at": {"S": "2026-06-01"}}
    world.put("OrdersTable", item | broken)

    assert sorted(handler(SCHEDULED, context)["nominated"]) == ["ORD-ABC123", "ORD-BROKEN"]
    assert verifications(world) == ["ORD-ABC123", "ORD-BROKEN"]


@pytest.mark.parametrize(("name", "misspelt"), [("work_key", "OPNE"), ("next_check_at", "soon")])
def test_an_open_order_that_left_the_work_index_is_checked_all_the_same(
    world: World, context: Context, name: str, misspelt: str
) -> None:
    """The work index has it where no scan looks, so the search for stuck orders hands it on."""
    store(an_order(created_at=LATER - timedelta(hours=1)))
    (item,) = world.items("OrdersTable")
    world.put("OrdersTable", item | {name: {"S": misspelt}})

    report = handler(SCHEDULED, context)

    assert report["unreadable"] == verifications(world) == ["ORD-ABC123"]


def test_a_scan_with_nothing_to_do_emits_its_heartbeat(
    world: World, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(SCHEDULED, context)

    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in emitted if "_aws" in line]
    assert metrics["ScanHeartbeat"] == [1.0]
    assert metrics["OldestOverdueSeconds"] == [0.0]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "JerseyEvents"
    assert verifications(world) == []
