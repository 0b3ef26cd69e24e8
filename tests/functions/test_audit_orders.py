"""The audit, run by its event: consistent data is silent, every violation is reported."""

# ruff: noqa: ANN401 - a damage may be to any attribute

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.audit_orders.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.audited import EXPIRED, NUMBERS, OPEN, PAID, an_audited_world
from tests.support.aws import World
from tests.support.builders import an_order, tickets_for
from tests.support.healthy import AUDITED, HEALTHY, first_checkout, transaction
from tests.support.stored import CAPACITY, a_mail, mail_of, store_mail
from ticketing.adapters.dynamodb import audit_reader
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    OrderRow,
    PaymentRow,
    RequestRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.flows.audit_orders import MOST_TOLD, RESERVE

SCHEDULED = Sample.load("audit_orders.scheduled").event
SENDING, REVIEWED = NUMBERS["being_sent"], NUMBERS["under_review"]
ANEW = NUMBERS["issued_anew"]
CONFIRMATION, WAITING = f"{PAID}#confirmation#1", f"{SENDING}#confirmation#1"
STRANGER = "ORD-GONE01"
ALERT = "shop#alert#audit-2026-06-01"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with an_audited_world(monkeypatch) as made:
        yield made


def audit(context: Context) -> dict[str, Any]:
    report: dict[str, Any] = handler(SCHEDULED, context)
    return report


def told(report: dict[str, Any]) -> set[tuple[str, tuple[str, ...]]]:
    return {(breach["rule"], tuple(breach["rows"])) for breach in report["found"]}


def alerts(world: World) -> list[dict[str, Any]]:
    return [m for m in world.items("MailsTable") if m["mail_id"]["S"].startswith("shop#alert#a")]


def test_consistent_data_raises_no_alert(world: World, context: Context) -> None:
    before = world.contents()

    report = audit(context)

    assert report["found"] == []
    assert report["seats_judged"] is True
    assert report["came_to"] is None
    assert report["read"]["orders"] == len(HEALTHY)
    assert report["read"]["mails"] == len(world.items("MailsTable"))
    assert world.contents() == before
    assert world.messages("DeliveryQueue") == []


def test_orders_that_nobody_tried_to_pay_are_one_line_of_one_mail_a_day(
    world: World, context: Context
) -> None:
    OrderRow(EXPIRED).update([OrderRow.attempt_seen_at.remove()])

    assert audit(context)["abandoned"] == 1
    assert audit(context)["abandoned"] == 1

    (mail,) = alerts(world)
    assert mail["subject"]["S"] == "[JerseyEvents Alert] Orders Abandoned - 1"
    assert mail["body"]["S"].startswith("1 order with 3 seats was given up or left without an")


def test_orders_that_were_abandoned_before_yesterday_were_told_of_already(
    world: World, context: Context
) -> None:
    OrderRow(NUMBERS["no_longer_watched"]).update([OrderRow.attempt_seen_at.remove()])

    assert audit(context)["abandoned"] == 0
    assert alerts(world) == []


# ------------------------------------------------------------------------------- damages


def set_order(number: str, **changes: Any) -> Callable[[], object]:
    actions = [
        getattr(OrderRow, name).remove() if value is None else getattr(OrderRow, name).set(value)
        for name, value in changes.items()
    ]
    return lambda: OrderRow(number).update(actions)


def set_mail(mail_id: str, **changes: Any) -> Callable[[], object]:
    actions = [
        getattr(MailRow, name).remove() if value is None else getattr(MailRow, name).set(value)
        for name, value in changes.items()
    ]
    return lambda: MailRow(mail_id).update(actions)


def seats(difference: int) -> Callable[[], object]:
    change = TicketTypeRow.available.set(TicketTypeRow.available + difference)
    return lambda: TicketTypeRow("5", "general").update([change])


def put_ticket(ticket_id: str, **changes: Any) -> Callable[[], object]:
    row = ticket_row(tickets_for(an_order(order_number=PAID))[0], AUDITED)
    row.ticket_id = ticket_id
    for name, value in changes.items():
        setattr(row, name, value)
    return row.save


def put_payment(key: str, number: str) -> Callable[[], object]:
    return PaymentRow(
        key,
        order_number=number,
        checkout_id=first_checkout(number),
        amount=Decimal("45.00"),
        currency="GBP",
        merchant_code="MC0001",
        accepted_at=AUDITED,
    ).save


def put_checkout(key: str, number: str) -> Callable[[], object]:
    return CheckoutRow(
        key,
        order_number=number,
        reference=number,
        amount=Decimal("45.00"),
        currency="GBP",
        merchant_code="MC0001",
        created_at=AUDITED,
    ).save


def spoil(model: Any, *key: str, lacks: str) -> Callable[[], object]:
    return lambda: model(*key).update([getattr(model, lacks).remove()])


FIRST_TICKET, PAYMENT, CHECKOUT = f"{PAID}-01", transaction(PAID), first_checkout(OPEN)
ORDER = f"order {PAID}"
DAMAGES: dict[str, tuple[Callable[[], object], str, str]] = {
    "a ticket is lost": (
        TicketRow(FIRST_TICKET).delete, "ticket-missing", f"ticket {FIRST_TICKET}",
    ),
    "a fourth ticket": (put_ticket(f"{PAID}-04"), "ticket-unwarranted", f"ticket {PAID}-04"),
    "a ticket that was reissued on nobody's word": (
        put_ticket(f"{PAID}-01-R1"), "ticket-unwarranted", f"ticket {PAID}-01-R1",
    ),
    "a ticket that was reissued once too often": (
        put_ticket(f"{ANEW}-02-R3", order_number=ANEW), "ticket-unwarranted",
        f"ticket {ANEW}-02-R3",
    ),
    "a ticket whose successor is lost": (
        TicketRow(f"{ANEW}-02-R2").delete, "ticket-missing", f"ticket {ANEW}-02-R2",
    ),
    "a ticket that was replaced is lost": (
        TicketRow(f"{ANEW}-02-R1").delete, "ticket-missing", f"ticket {ANEW}-02-R1",
    ),
    "a renumbered ticket": (put_ticket(f"{PAID}-1"), "ticket-unwarranted", f"ticket {PAID}-1"),
    "a ticket of an unpaid order": (
        put_ticket("free-entry", order_number=OPEN), "ticket-unwarranted", "ticket free-entry",
    ),
    "a ticket of an order under review": (
        put_ticket(f"{REVIEWED}-01", order_number=REVIEWED),
        "ticket-unwarranted", f"ticket {REVIEWED}-01",
    ),
    "a ticket of no order": (
        put_ticket(f"{STRANGER}-01", order_number=STRANGER),
        "order-missing", f"ticket {STRANGER}-01",
    ),
    "another's ticket": (
        put_ticket(FIRST_TICKET, order_number=OPEN), "ticket-wrong", f"ticket {FIRST_TICKET}",
    ),
    "a ticket that cannot be read": (
        spoil(TicketRow, FIRST_TICKET, lacks="sku"), "unreadable-row", f"ticket {FIRST_TICKET}",
    ),
    "a stray ticket that cannot be read": (
        lambda: [put_ticket("x")(), spoil(TicketRow, "x", lacks="order_number")()],
        "unreadable-row", "ticket x",
    ),
    "the payment is lost": (
        PaymentRow(PAYMENT).delete, "payment-missing", f"payment {PAYMENT}",
    ),
    "a second payment": (put_payment("txn-x", PAID), "payment-unwarranted", "payment txn-x"),
    "a payment of an unpaid order": (
        put_payment("txn-x", EXPIRED), "payment-unwarranted", "payment txn-x",
    ),
    "a payment of no order": (put_payment("txn-x", STRANGER), "order-missing", "payment txn-x"),
    "a payment of another order": (
        put_payment(PAYMENT, OPEN), "payment-wrong", f"payment {PAYMENT}",
    ),
    "a checkout is lost": (
        CheckoutRow(CHECKOUT).delete,
        "checkout-missing", f"checkout {CHECKOUT}",
    ),
    "a checkout missing from its order": (
        put_checkout("chk-x", OPEN), "checkout-unlisted", "checkout chk-x",
    ),
    "a checkout of no order": (put_checkout("chk-x", STRANGER), "order-missing", "checkout chk-x"),
    "a checkout of another order": (
        put_checkout(CHECKOUT, PAID),
        "checkout-wrong", f"checkout {CHECKOUT}",
    ),
    "an impossible checkout id": (
        set_order(OPEN, checkout_ids=[""]), "checkout-missing", "checkout ",
    ),
    "the confirmation is lost": (
        MailRow(CONFIRMATION).delete, "confirmation-missing", f"mail {CONFIRMATION}",
    ),
    "a confirmation of an unpaid order": (
        lambda: store_mail(a_mail(order_number=OPEN, next_attempt_at=AUDITED)),
        "confirmation-unwarranted", f"mail {OPEN}#confirmation#1",
    ),
    "a mail of no order": (
        lambda: store_mail(a_mail(order_number=STRANGER, next_attempt_at=AUDITED)),
        "order-missing", f"mail {STRANGER}#confirmation#1",
    ),
    "a mail that was not recorded": (
        set_order(SENDING, delivery="delivered"), "delivery-wrong", f"order {SENDING}",
    ),
    "a failure without an alert": (
        MailRow(
            f"{NUMBERS['undeliverable']}#alert#mail-failed-"
            f"{NUMBERS['undeliverable']}#confirmation#1"
        ).delete,
        "not-delivered", f"order {NUMBERS['undeliverable']}",
    ),
    "an unscheduled mail": (
        set_mail(WAITING, work_key=None), "mail-unscheduled", f"mail {WAITING}",
    ),
    "an unscheduled alert": (
        set_mail("shop#alert#x", next_attempt_at=None), "mail-unscheduled", "mail shop#alert#x",
    ),
    "a mail that is overdue": (
        set_mail(WAITING, next_attempt_at=AUDITED - timedelta(hours=2)),
        "mail-overdue", f"mail {WAITING}",
    ),
    "a mail that cannot be read": (
        set_mail("shop#alert#x", status="lost"), "unreadable-row", "mail shop#alert#x",
    ),
    "an unscheduled order": (set_order(OPEN, work_key=None), "unscheduled", f"order {OPEN}"),
    "an order that is overdue": (
        set_order(OPEN, next_check_at=AUDITED - timedelta(minutes=16)), "overdue", f"order {OPEN}",
    ),
    "a closed order that is not watched": (
        set_order(EXPIRED, work_key=None, next_check_at=None), "unscheduled", f"order {EXPIRED}",
    ),
    "a seat sold twice": (seats(+1), "seats-left-wrong", "ticket type 5 general"),
    "a seat lost": (seats(-1), "seats-left-wrong", "ticket type 5 general"),
    "a negative number of seats": (seats(-CAPACITY), "seats-left-wrong", "ticket type 5 general"),
    "seats that cannot be read": (
        spoil(TicketTypeRow, "5", "general", lacks="capacity"),
        "unreadable-row", "ticket type 5 general",
    ),
    "seats released by hand": (
        set_order(PAID, holds_seats=False), "seats-held-wrong", ORDER,
    ),
    "an order that cannot be read": (spoil(OrderRow, PAID, lacks="total"), "unreadable-row", ORDER),
    "an order whose lines do not add up": (
        set_order(PAID, total=Decimal("46.00")), "unreadable-row", ORDER,
    ),
    "an order that is lost": (OrderRow(PAID).delete, "order-missing", f"ticket {FIRST_TICKET}"),
    "a status set by hand": (set_order(OPEN, status="completed"), "status-untold", f"order {OPEN}"),
    "an entry is lost": (AuditRow(PAID, 1).delete, "trail-gap", f"audit {PAID} 1"),
    "an entry is edited": (
        lambda: AuditRow(PAID, 1).update([AuditRow.reason.set("nothing")]),
        "trail-edited", f"audit {PAID} 1",
    ),
    "an extra entry": (
        lambda: AuditRow(
            PAID, 3, at=AUDITED, by="me", change="failed", reason="so", hash="0" * 64
        ).save(),
        "trail-gap", f"audit {PAID} 3",
    ),
    "a version without an audit entry": (set_order(PAID, version=10**12), "trail-gap", ORDER),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_each_violation_is_named_and_raises_one_alert(
    world: World, context: Context, name: str
) -> None:
    damage, rule, row = DAMAGES[name]
    damage()

    report = audit(context)

    found = told(report)
    assert any(word == rule and row in rows for word, rows in found), found
    (mail,) = alerts(world)
    assert mail["subject"]["S"].startswith("[JerseyEvents CRITICAL] Broken Rules - ")
    assert rule in mail["body"]["S"]
    assert [m["mail_id"] for m in world.messages("DeliveryQueue")] == [ALERT]


def test_an_unrepaired_violation_raises_one_alert_a_day(world: World, context: Context) -> None:
    DAMAGES["a second payment"][0]()

    first, second = audit(context), audit(context)

    assert told(first) == told(second) != set()
    assert [m["mail_id"] for m in world.messages("DeliveryQueue")] == [ALERT]


@pytest.mark.usefixtures("world")
def test_one_violation_does_not_hide_another(context: Context) -> None:
    names = [
        "a fourth ticket", "a second payment", "an entry is edited", "a seat lost",
        "an unscheduled order", "a mail that cannot be read", "a ticket of no order",
    ]  # fmt: skip
    for name in names:
        DAMAGES[name][0]()

    rules = {rule for rule, _ in told(audit(context))}

    assert {DAMAGES[name][1] for name in names} <= rules


def test_the_alert_contains_no_personal_data(world: World, context: Context, logged: Any) -> None:
    for damage, _, _ in list(DAMAGES.values())[::3]:
        damage()

    report = audit(context)

    (mail,) = alerts(world)
    for text in (str(report), mail["body"]["S"], logged.getvalue()):
        assert "Jane" not in text
        assert "jane@" not in text


def test_the_alert_lists_a_limited_number_and_counts_the_rest(
    world: World, context: Context
) -> None:
    for number in range(MOST_TOLD + 7):
        put_ticket(f"forged-{number:03d}", order_number=OPEN)()

    report = audit(context)

    (mail,) = alerts(world)
    assert len(report["found"]) == MOST_TOLD + 7
    assert mail["body"]["S"].count("- ticket-unwarranted") == MOST_TOLD
    assert "- and 7 more" in mail["body"]["S"]


# ------------------------------------------------------------------------------ mending


def test_an_unscheduled_order_is_rescheduled_and_the_audit_trail_records_it(
    world: World, context: Context
) -> None:
    order = OrderRow.get(OPEN)
    set_order(OPEN, work_key=None, next_check_at=None)()

    report = audit(context)

    row = OrderRow.get(OPEN)
    assert (row.work_key, row.next_check_at) == ("OPEN", AUDITED)
    assert (row.version, row.status) == (order.version + 1, order.status)
    newest = list(AuditRow.query(OPEN))[-1]
    assert (newest.change, newest.reason, newest.hash) == (
        "scheduled again", "unscheduled", row.audit_hash,
    )  # fmt: skip
    assert report["put_back"] == [f"order {OPEN}"]
    assert "Put back." in alerts(world)[0]["body"]["S"]
    assert audit(context)["found"] == []


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("name", ["expired", "paid_at_the_second_attempt"])
def test_the_watch_for_late_payments_is_resumed(context: Context, name: str) -> None:
    set_order(NUMBERS[name], work_key=None, next_check_at=None)()

    report = audit(context)

    row = OrderRow.get(NUMBERS[name])
    assert (row.work_key, row.next_check_at) == ("LATE", AUDITED)
    assert report["put_back"] == [f"order {NUMBERS[name]}"]
    assert audit(context)["found"] == []


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("mail_id", [WAITING, "shop#alert#x"])
@pytest.mark.parametrize("lost", ["work_key", "next_attempt_at"])
def test_an_unscheduled_mail_is_rescheduled(context: Context, mail_id: str, lost: str) -> None:
    set_mail(mail_id, **{lost: None})()

    report = audit(context)

    row = mail_of(mail_id)
    assert (row.work_key, row.next_attempt_at) == ("MAIL", AUDITED)
    assert report["put_back"] == [f"mail {mail_id}"]
    assert audit(context)["found"] == []


@pytest.mark.usefixtures("world")
def test_a_claimed_mail_is_left_to_its_worker_first(context: Context) -> None:
    lease_until = AUDITED + timedelta(minutes=9)
    set_mail(WAITING, next_attempt_at=None, lease_until=lease_until)()

    audit(context)

    assert mail_of(WAITING).next_attempt_at == lease_until


def test_nothing_but_schedules_is_repaired(world: World, context: Context) -> None:
    for name in ("a ticket is lost", "a second payment", "a seat lost", "seats released by hand"):
        DAMAGES[name][0]()
    before = world.contents()

    audit(context)

    after = world.contents()
    new = [m for m in after.pop("MailsTable") if m not in before["MailsTable"]]
    before.pop("MailsTable")
    assert after == before
    assert [m["mail_id"]["S"] for m in new] == [ALERT]


@pytest.mark.usefixtures("world")
def test_an_order_that_cannot_be_rescheduled_does_not_stop_the_audit(context: Context) -> None:
    set_order(OPEN, work_key=None)()
    AuditRow(OPEN, 2, at=AUDITED, by="me", change="x", reason="so", hash="0" * 64).save()
    put_ticket("free-entry", order_number=EXPIRED)()

    report = audit(context)

    assert report["put_back"] == []
    assert {"unscheduled", "trail-gap", "ticket-unwarranted"} <= {r for r, _ in told(report)}


# --------------------------------------------------------------------------------- time


class Hurried(Context):
    """An invocation in which every look at the clock takes some seconds."""

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # as in `Context`
        self.seconds_left -= 7
        return int(self.seconds_left * 1000)


def test_an_audit_that_runs_out_of_time_is_continued_the_next_night(
    world: World, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a fourth ticket", "a second payment", "a mail of no order", "an entry is lost"):
        DAMAGES[name][0]()
    whole = audit(context)
    for name, rows in (("ORDERS_PAGE", 4), ("ROWS_PAGE", 9)):
        monkeypatch.setattr(audit_reader, name, rows)

    nights = []
    for _ in range(20):
        nights.append(handler(SCHEDULED, Hurried(RESERVE + 35)))
        if nights[-1]["came_to"] is None:
            break

    assert len(nights) >= 3
    assert [night["began_at"] for night in nights[1:]] == [n["came_to"] for n in nights[:-1]]
    assert set.union(*map(told, nights)) == told(whole)
    for stage, rows in whole["read"].items():
        assert sum(night["read"].get(stage, 0) for night in nights) >= rows, stage
    assert audit(context)["began_at"] is None
    assert len(alerts(world)) == 1


def test_an_audit_interrupted_too_long_ago_starts_over(world: World, context: Context) -> None:
    handler(SCHEDULED, Hurried(RESERVE + 15))
    row = RequestRow.get("audit#bookmark")
    row.update([RequestRow.expires_at.set(AUDITED - timedelta(seconds=1))])

    report = audit(context)

    assert (report["began_at"], report["came_to"]) == (None, None)
    assert report["read"]["orders"] == len(world.items("OrdersTable"))


@pytest.mark.usefixtures("world")
def test_seats_are_not_checked_with_little_time_left(context: Context) -> None:
    context.seconds_left = RESERVE - 1

    report = audit(context)

    assert (report["seats_judged"], report["came_to"], report["read"]) == (False, "orders", {})


@pytest.mark.usefixtures("world")
def test_an_audit_emits_its_heartbeat_and_counts(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    DAMAGES["a second payment"][0]()

    audit(context)

    written = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert written[0]["AuditHeartbeat"] == [1]
    assert written[0]["OrdersAudited"] == [len(HEALTHY)]
    assert written[0]["RulesBroken"] == [1]
