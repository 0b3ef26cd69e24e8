"""Postponing, reviewing (W5) and closing (W10) an order, and what every audited move shares."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import NOW, a_line, an_order
from tests.support.stored import (
    LATER,
    a_checkout,
    a_decision,
    a_mail,
    audit_of,
    mail_of,
    row_of,
    seats_left,
    sell,
    store,
    store_mail,
)
from ticketing.adapters.dynamodb.models import AuditRow, OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.emails.mail import MailKind
from ticketing.errors import OrderChanged
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.order import Order, OrderStatus, Trouble, Work
from ticketing.orders.reason import Reason
from ticketing.orders.schedule import LATE_EVERY
from ticketing.payments.decision import Action, Decision

ORDERS = OrderTable(REGION, "verify_payment")
ALERT = a_mail(mail_id="ORD-ABC123#alert#x", kind=MailKind.ALERT, subject="[S] t", body="b")
MISMATCH = a_decision(Action.REVIEW, Reason.AMOUNT, expected="£45.00", received="£40.00")
CLOSES = a_decision(
    Action.CLOSE, Reason.EXPIRED, checkout=a_checkout(status="EXPIRED", transactions=())
)
FAILS = replace(CLOSES, reason=Reason.FAILED, closes_as=OrderStatus.FAILED)
WAITS = a_decision(
    Action.WAIT,
    Reason.AWAITING_PAYMENT,
    checkout=a_checkout(status="PENDING", transactions=()),
    next_check_at=LATER + timedelta(minutes=4),
)


def review(order: Order) -> None:
    ORDERS.review(order, MISMATCH, [ALERT], LATER)


def close(order: Order) -> None:
    ORDERS.close(order, CLOSES, [ALERT], LATER)


def adopt(order: Order) -> None:
    ORDERS.adopt(order, [a_checkout(id="found", pay_url="https://pay.sumup.com/f")], LATER)


def moved_status(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.status.set(OrderStatus.COMPLETED)])


def moved_version(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.version.set(order.version + 1)])


def existing_mail(_: Order) -> None:
    store_mail(ALERT)


def existing_audit_entry(order: Order) -> None:
    row = AuditRow(order.order_number, 1, at=NOW, by="x", change="x", reason="x", hash="x")
    row.save()


# ---- postpone


def test_a_postponed_order_says_why_and_when(world: World) -> None:
    order = store(an_order())
    trouble = Trouble("unreadable", NOW, 3)

    ORDERS.postpone(order, replace(WAITS, trouble=trouble, reason=Reason.UNREADABLE), LATER)

    later = ORDERS.get("ORD-ABC123")
    assert later == replace(
        order,
        next_check_at=LATER + timedelta(minutes=4),
        checked_at=LATER,
        trouble=trouble,
        payment_status="PENDING",
        status_reason="What happened, in words.",
        reason_code="unreadable",
    )
    assert world.items("AuditTable") == []


def test_trouble_that_passed_is_forgotten(world: World) -> None:
    order = store(an_order(trouble=Trouble("unreadable", NOW, 3)))

    ORDERS.postpone(order, WAITS, LATER)

    assert ORDERS.get("ORD-ABC123").trouble is None
    assert "trouble_since" not in world.items("OrdersTable")[0]


def test_a_closed_order_goes_on_being_watched_for_late_money(world: World) -> None:
    order = store(an_order(status=OrderStatus.EXPIRED, work=Work.LATE))

    ORDERS.postpone(order, WAITS, LATER)

    assert ORDERS.get("ORD-ABC123").work is Work.LATE
    assert world.items("OrdersTable")[0]["work_key"] == {"S": "LATE"}


def test_an_order_with_nothing_left_to_do_leaves_the_work_index(world: World) -> None:
    order = store(an_order(status=OrderStatus.EXPIRED, work=Work.LATE))

    ORDERS.postpone(order, replace(WAITS, next_check_at=None), LATER)

    assert list(ORDERS.due(Work.LATE, LATER + timedelta(days=99), 10)) == []
    assert "next_check_at" not in world.items("OrdersTable")[0]


@pytest.mark.parametrize("spoil", [moved_status, moved_version])
def test_an_order_that_moved_on_is_not_postponed(
    world: World, spoil: Callable[[Order], None]
) -> None:
    order = store(an_order())
    spoil(order)
    before = world.contents()

    ORDERS.postpone(order, WAITS, LATER)

    assert world.contents() == before


# ---- W5: review


def test_an_order_under_review_waits_for_a_person_with_its_alert(world: World) -> None:
    sell(available=7)
    order = store(an_order())

    review(order)

    held = ORDERS.get("ORD-ABC123")
    assert (held.status, held.version, held.settled_at) == (OrderStatus.REVIEW, 1, LATER)
    assert (held.work, held.next_check_at) == (None, None)
    assert row_of(order).reason_code == "amount_mismatch"
    assert mail_of(ALERT.mail_id).subject == "[S] t"
    assert (seats_left(), held.holds_seats) == (7, True), "its seats are kept"
    assert world.items("TicketsTable") == world.items("PaymentsTable") == []


# ---- W10: close


@pytest.mark.parametrize("decision", [replace(CLOSES, closes_as=OrderStatus.EXPIRED), FAILS])
def test_a_closed_order_gives_its_seats_back(world: World, decision: Decision) -> None:
    sell(available=7)
    order = store(an_order())

    ORDERS.close(order, decision, [ALERT], LATER)

    closed = ORDERS.get("ORD-ABC123")
    assert closed.status is decision.closes_as
    assert (seats_left(), closed.holds_seats) == (10, False)
    assert (closed.work, closed.next_check_at) == (Work.LATE, LATER + LATE_EVERY)
    assert (closed.settled_at, closed.payment_status) == (LATER, "EXPIRED")
    assert mail_of(ALERT.mail_id).status == "pending"
    assert len(world.items("AuditTable")) == 1


def test_seats_are_given_back_once(world: World) -> None:
    sell(available=7)
    order = store(an_order())
    close(order)

    with pytest.raises(OrderChanged):
        close(order)

    assert seats_left() == 10
    assert len(world.items("AuditTable")) == 1


def test_seats_that_were_not_held_are_not_given_back(world: World) -> None:
    sell(available=7)

    close(store(an_order(holds_seats=False)))

    assert seats_left() == 7
    assert ORDERS.get("ORD-ABC123").status is OrderStatus.EXPIRED
    assert len(world.items("MailsTable")) == 1


def test_an_order_of_a_ticket_type_that_was_removed_closes_all_the_same(world: World) -> None:
    sell(available=7)
    order = store(an_order(lines=(a_line(), a_line(sku="gone", quantity=1))))

    close(order)

    assert ORDERS.get("ORD-ABC123").status is OrderStatus.EXPIRED
    assert seats_left() == 10
    assert len(world.items("TicketTypesTable")) == 1


def test_a_completed_order_keeps_saying_how_it_was_paid(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, status_reason="Payment verified."))

    ORDERS.postpone(order, a_decision(Action.LEAVE, Reason.CLOSED, next_check_at=LATER), LATER)

    assert world.wire.count("UpdateItem") == 1
    kept = ORDERS.get("ORD-ABC123")
    assert kept.status_reason == "Payment verified."
    assert (kept.work, kept.next_check_at) == (Work.LATE, LATER)


# ---- every audited move


MOVES = [adopt, review, close]
SPOILED = [
    (moved_status, OrderChanged),
    (moved_version, OrderChanged),
    (existing_audit_entry, TransactWriteError),
]


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(("spoil", "raised"), SPOILED)
def test_a_move_that_may_not_happen_leaves_nothing_behind(
    world: World,
    move: Callable[[Order], None],
    spoil: Callable[[Order], None],
    raised: type[Exception],
) -> None:
    sell()
    order = store(an_order())
    spoil(order)
    before = world.contents()

    with pytest.raises(raised):
        move(order)

    assert world.contents() == before


@pytest.mark.parametrize("move", [review, close])
def test_an_alert_that_was_told_already_stops_the_move(
    world: World, move: Callable[[Order], None]
) -> None:
    sell()
    order = store(an_order())
    existing_mail(order)
    before = world.contents()

    with pytest.raises(TransactWriteError):
        move(order)

    assert world.contents() == before


def test_every_audit_row_carries_the_hash_of_the_one_before(world: World) -> None:
    sell(available=7)
    order = store(an_order(checkout_ids=()))
    adopt(order)
    close(ORDERS.get("ORD-ABC123"))
    ORDERS.review(ORDERS.get("ORD-ABC123"), MISMATCH, [], LATER + timedelta(days=1))

    rows = audit_of(order)
    assert [row.change for row in rows] == [
        "checkout attached",
        "expired",
        "requires_manual_review",
    ]
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous_hash for row in rows] == [None, rows[0].hash, rows[1].hash]
    assert [recomputed(row) for row in rows] == [row.hash for row in rows]
    assert ORDERS.get("ORD-ABC123").audit_hash == rows[2].hash
    assert len(world.items("AuditTable")) == 3


def recomputed(row: AuditRow) -> str:
    """Return the hash of an audit row from what is stored, as an auditor would."""
    entry = AuditEntry(
        order_number=row.order_number,
        sequence=int(row.sequence),
        at=row.at,
        by=row.by,
        change=row.change,
        reason=row.reason,
        seen=row.seen or "",
        previous_hash=row.previous_hash or "",
    )
    return entry.hash
