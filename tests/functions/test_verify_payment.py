"""Verification, run by its events: from SumUp's answer to tickets, payment and mail."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.verify_payment.app import handler
from tests.functions.conftest import NONE_FAILED, Context, Sample, SumUpAnswers
from tests.support.aws import World
from tests.support.builders import an_order
from tests.support.stored import LATER, mail_of, row_of, seats_left, store
from ticketing.adapters.dynamodb.models import EventRow, OrderRow, OrganiserRow, PaymentRow
from ticketing.errors import MissingSetting
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.orders.schedule import CHECK_EVERY
from ticketing.organisers.organiser import Connection

ONE = Sample.load("verify_payment.one_order")
BATCH = Sample.load("verify_payment.batch")
NOT_OURS = Sample.load("verify_payment.not_ours")
UNKNOWN = Sample.load("verify_payment.unknown_order")
POISON = "<order>ORD-POISON</order>"
THREE = ["ORD-ABC123-01", "ORD-ABC123-02", "ORD-ABC123-03"]


def body_of(order_number: str) -> str:
    return json.dumps({"order_number": order_number})


def batch_orders() -> list[Order]:
    """Store the orders of the batch; each has a checkout of its own."""
    numbers = [json.loads(body)["order_number"] for body in BATCH.ids if body != POISON]
    return [store(an_order(order_number=n, checkout_ids=(f"checkout-{n}",))) for n in numbers]


def tickets(world: World) -> list[str]:
    return [item["ticket_id"]["S"] for item in world.items("TicketsTable")]


def deliveries(world: World) -> list[str]:
    return sorted(message["mail_id"] for message in world.messages("DeliveryQueue"))


def subjects(world: World) -> list[str]:
    return [item["subject"]["S"] for item in world.items("MailsTable") if "subject" in item]


def test_a_paid_order_gets_its_tickets(world: World, context: Context, sumup: SumUpAnswers) -> None:
    order = store(an_order())
    sumup.paid(order)

    assert handler(ONE.event, context) == NONE_FAILED

    row = row_of(order)
    assert (row.status, row.delivery, row.reason_code) == ("completed", "pending", "paid")
    assert tickets(world) == THREE
    payment = PaymentRow.get("tx-ORD-ABC123")
    assert (payment.order_number, payment.amount) == ("ORD-ABC123", Decimal("45.00"))
    assert mail_of("ORD-ABC123#confirmation#1").recipient == "jane@example.com"
    assert deliveries(world) == ["ORD-ABC123#confirmation#1"]
    assert seats_left() == 100
    assert len(sumup.questions) == 1


def test_the_same_message_again_changes_nothing(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    sumup.paid(store(an_order()))
    handler(ONE.event, context)
    before = world.contents()

    assert handler(ONE.event, context) == NONE_FAILED

    after = world.contents()
    assert {name for name in after if after[name] != before[name]} <= {"OrdersTable"}
    assert row_of(an_order()).version == 1
    assert deliveries(world) == ["ORD-ABC123#confirmation#1"]


def test_an_event_that_somebody_edited_badly_holds_its_orders_and_loses_none(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order())
    sumup.paid(order)
    name = EventRow.get("5").name
    EventRow("5").update([EventRow.name.remove()])

    failed = handler(ONE.event, context)

    assert len(failed["batchItemFailures"]) == 1
    assert (row_of(order).status, tickets(world)) == ("pending_verification", [])
    EventRow("5").update([EventRow.name.set(name)])
    assert handler(ONE.event, context) == NONE_FAILED
    assert tickets(world) == THREE


@pytest.mark.parametrize("amount", ["44.99", "45.01", "4500", "0", "-45"])
def test_an_amount_mismatch_goes_to_review(
    world: World, context: Context, sumup: SumUpAnswers, amount: str
) -> None:
    order = store(an_order())
    sumup.paid(order, amount=amount)

    assert handler(ONE.event, context) == NONE_FAILED

    row = row_of(order)
    assert (row.status, row.reason_code) == ("requires_manual_review", "amount_mismatch")
    assert tickets(world) == []
    assert world.items("PaymentsTable") == []
    (mail,) = (mail for mail in world.items("MailsTable") if "subject" in mail)
    assert mail["subject"]["S"] == "[JerseyEvents CRITICAL] Amount Mismatch - Order ORD-ABC123"
    assert "Expected Amount: £45.00" in mail["body"]["S"]
    assert deliveries(world) == [mail["mail_id"]["S"], "ORD-ABC123#under_review#1"]


SWAPPED: list[tuple[str, dict[str, Any]]] = [
    ("Currency Mismatch", {"currency": "EUR"}),
    ("Merchant Mismatch", {"merchant_code": "MC0002"}),
    ("Reference Mismatch", {"checkout_reference": "ORD-OTHER1"}),
    ("Checkout Mismatch", {"id": "another-checkout"}),
]


@pytest.mark.parametrize(("title", "changes"), SWAPPED)
def test_a_payment_that_does_not_match_the_order_buys_nothing(
    world: World, context: Context, sumup: SumUpAnswers, title: str, changes: dict[str, Any]
) -> None:
    order = store(an_order())
    sumup.paid(order, **changes)

    assert handler(ONE.event, context) == NONE_FAILED

    assert row_of(order).status == "requires_manual_review"
    assert subjects(world) == [f"[JerseyEvents CRITICAL] {title} - Order ORD-ABC123"]
    assert tickets(world) == []


def test_an_unpaid_order_waits(world: World, context: Context, sumup: SumUpAnswers) -> None:
    order = store(an_order())
    sumup.checkout(order)

    assert handler(ONE.event, context) == NONE_FAILED

    row = row_of(order)
    assert (row.status, row.checked_at) == ("pending_verification", LATER)
    assert row.next_check_at == LATER + CHECK_EVERY
    assert world.items("MailsTable") == []


def test_the_buyer_is_notified_of_a_failed_attempt_once(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order())
    sumup.checkout(order, status="FAILED")

    handler(ONE.event, context)
    handler(ONE.event, context)

    assert row_of(order).status == "pending_verification"
    assert deliveries(world) == ["ORD-ABC123#payment_failed#1"]
    assert len(world.items("MailsTable")) == 1


def test_an_expired_checkout_closes_the_order_and_frees_its_seats(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order(deadline=LATER, attempt_seen_at=LATER))
    sumup.checkout(order, status="EXPIRED")

    handler(ONE.event, context)

    row = row_of(order)
    assert (row.status, row.work_key) == ("expired", "LATE")
    assert seats_left() == 103
    assert subjects(world) == ["[JerseyEvents Alert] Order Expired - Order ORD-ABC123"]


def test_a_late_payment_takes_its_seats_again(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    closed = an_order(status=OrderStatus.EXPIRED, work=Work.LATE, holds_seats=False)
    order = store(replace(closed, settled_at=LATER, deadline=LATER + timedelta(hours=1)))
    sumup.paid(order)
    sumup.shows(id=f"tx-{order.order_number}", amount=45.0)

    handler(ONE.event, context)

    assert row_of(order).status == "completed"
    assert (tickets(world), seats_left()) == (THREE, 97)


def test_a_poison_message_does_not_fail_the_rest_of_its_batch(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    orders = batch_orders()
    for order in orders:
        sumup.paid(order)

    assert handler(BATCH.event, context) == BATCH.failures(POISON)

    assert {row_of(order).status for order in orders} == {"completed"}
    assert len(tickets(world)) == 3 * 9
    assert len(deliveries(world)) == 9


def test_an_unknown_order_does_not_fail_the_rest_of_its_batch(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    orders = batch_orders()
    for order in orders[1:]:
        sumup.paid(order)
    OrderRow(orders[0].order_number).delete()

    answer = handler(BATCH.event, context)

    assert answer == BATCH.failures(body_of("ORD-ABC123"), POISON)
    assert len(tickets(world)) == 3 * 8
    assert handler(UNKNOWN.event, context) == UNKNOWN.failures(body_of("ORD-NONE99"))


def test_invalid_messages_fail_without_side_effects(world: World, context: Context) -> None:
    store(an_order())
    before = world.contents()

    assert handler(NOT_OURS.event, context) == NOT_OURS.failures(*NOT_OURS.ids)

    assert world.contents() == before


@pytest.mark.parametrize("name", ["total", "lines", "customer_name", "merchant_code", "version"])
def test_an_incomplete_order_raises_one_alert_and_buys_nothing(
    world: World, context: Context, sumup: SumUpAnswers, name: str
) -> None:
    store(an_order())
    (item,) = world.items("OrdersTable")
    world.put("OrdersTable", {k: v for k, v in item.items() if k != name})
    before = world.items("OrdersTable")

    assert handler(ONE.event, context) == NONE_FAILED
    assert handler(ONE.event, context) == NONE_FAILED

    (mail,) = world.items("MailsTable")
    assert mail["subject"]["S"] == "[JerseyEvents CRITICAL] Unreadable Order - Order ORD-ABC123"
    assert f"it lacks {name}" in mail["body"]["S"]
    assert world.items("OrdersTable") == before, "it stays scheduled as it was"
    assert (tickets(world), sumup.questions) == ([], [])
    assert deliveries(world) == [mail["mail_id"]["S"]]


@pytest.mark.parametrize("wrong", [{"total": {"S": "45"}}, {"deadline": {"S": "soon"}}])
def test_an_order_with_an_invalid_value_raises_an_alert_too(
    world: World, context: Context, wrong: dict[str, Any]
) -> None:
    store(an_order())
    (item,) = world.items("OrdersTable")
    world.put("OrdersTable", item | wrong)

    assert handler(ONE.event, context) == NONE_FAILED

    assert subjects(world) == ["[JerseyEvents CRITICAL] Unreadable Order - Order ORD-ABC123"]


def test_with_little_time_left_a_message_goes_back_to_its_queue(
    world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.paid(store(an_order()))
    before = world.contents()

    assert handler(ONE.event, Context(seconds_left=70)) == ONE.failures(*ONE.ids)

    assert world.contents() == before, "it is still scheduled"
    assert sumup.questions == []
    assert '"ChecksFailed":[0.0]' in capsys.readouterr().out, "it was not tried"


def test_an_order_unknown_to_sumup_waits(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order())
    sumup.refuses(order, 404)

    assert handler(ONE.event, context) == NONE_FAILED

    row = row_of(order)
    assert (row.status, row.trouble_code) == ("pending_verification", "checkout_not_found")
    assert tickets(world) == []


def test_a_required_reconnect_raises_an_alert_and_nothing_is_lost(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order())
    OrganiserRow("jersey-live").update([OrganiserRow.connection.set(Connection.REAUTH)])

    assert handler(ONE.event, context) == NONE_FAILED

    assert row_of(order).status == "pending_verification"
    assert subjects(world) == [
        "[JerseyEvents Alert] SumUp Connection Trouble - Organiser jersey-live"
    ]
    assert sumup.questions == []


def test_a_missing_secret_returns_every_message_and_raises_an_alert(
    world: World, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUMUP_SECRET_ID", "no-such-secret")
    batch_orders()
    before = world.items("OrdersTable")

    with pytest.raises(MissingSetting):
        handler(BATCH.event, context)

    assert world.items("OrdersTable") == before
    (mail,) = world.items("MailsTable")
    assert "no-such-secret" in mail["body"]["S"]


def test_an_unavailable_queue_loses_no_mail(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    order = store(an_order())
    sumup.paid(order)
    world.wire.refuse("SendMessageBatch", "AccessDenied")

    assert handler(ONE.event, context) == NONE_FAILED

    assert row_of(order).status == "completed"
    assert mail_of("ORD-ABC123#confirmation#1").work_key == "MAIL"
    assert deliveries(world) == []


def test_no_log_line_contains_the_buyer_or_a_token(
    world: World, context: Context, sumup: SumUpAnswers, logged: io.StringIO
) -> None:
    sumup.paid(store(an_order()))

    handler(BATCH.event, context)

    text = logged.getvalue()
    assert '"decided"' in text
    for private in ("jane", "Jane", "at-2f6d1b", "our-client-secret"):
        assert private not in text
    assert tickets(world) == THREE
