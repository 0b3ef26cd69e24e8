"""Postponing, reviewing and closing an order, and what every audited move shares."""

from datetime import timedelta

from tests.support.aws import World
from tests.support.builders import NOW, an_order
from tests.support.stored import (
    LATER,
    a_checkout,
    a_decision,
    a_mail,
    audit_of,
    sell,
    store,
)
from ticketing.adapters.dynamodb.models import AuditRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.emails.mail import MailKind
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.order import Order, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action

ORDERS = OrderTable("verify_payment")
ALERT = a_mail(mail_id="ORD-ABC123#alert#x", kind=MailKind.ALERT, subject="[S] t", body="b")
MISMATCH = a_decision(Action.REVIEW, Reason.AMOUNT, expected="£45.00", received="£40.00")
CLOSES = a_decision(
    Action.CLOSE, Reason.EXPIRED, checkout=a_checkout(status="EXPIRED", transactions=())
)
WAITS = a_decision(
    Action.WAIT,
    Reason.AWAITING_PAYMENT,
    checkout=a_checkout(status="PENDING", transactions=()),
    next_check_at=LATER + timedelta(minutes=4),
)


def close(order: Order) -> None:
    ORDERS.close(order, CLOSES, [ALERT], LATER)


def adopt(order: Order) -> None:
    ORDERS.adopt(order, [a_checkout(id="found", pay_url="https://pay.sumup.com/f")], LATER)


# ---- postpone


def test_a_resolved_problem_is_cleared(world: World) -> None:
    order = store(an_order(trouble=Trouble("unreadable", NOW, 3)))

    ORDERS.postpone(order, WAITS, LATER)

    assert ORDERS.get("ORD-ABC123").trouble is None
    assert "trouble_since" not in world.items("OrdersTable")[0]


# ---- every audited transition


def test_every_audit_row_contains_the_hash_of_the_previous_one(world: World) -> None:
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
