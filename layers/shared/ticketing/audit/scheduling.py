"""What keeps orders moving: their place in the work index, their seats, when they were settled."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.orders.order import CLOSED, Order, OrderStatus, Work
from ticketing.orders.schedule import LATE_WATCH, late_check

OVERDUE = {Work.OPEN: timedelta(minutes=15), Work.LATE: timedelta(days=1)}
"""How long an order may be overdue. Scans nominate what is due every few minutes; checks for late
payments may wait longer."""
DAY = timedelta(days=1)
FURTHEST = timedelta(days=2)
"""More than the longest wait, which is the daily check for late payments."""


def order_is_scheduled(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """An order with something left to do is in the work index, with a due time."""
    order, wanted = snapshot.order, wanted_work(snapshot.order, now)
    due = order.next_check_at
    if wanted and (order.work is not wanted or due is None):
        text = f"The order ({order.status}) is not in the work index as {wanted}."
        yield snapshot.breach(Rule.UNSCHEDULED, text)
    elif order.work and due and due > now + FURTHEST:
        text = f"The order ({order.status}) is not due for more than two days."
        yield snapshot.breach(Rule.UNSCHEDULED, text)
    elif order.work and due and now - due > OVERDUE[order.work]:
        text = f"The order ({order.status}) has been due since {due:%Y-%m-%d %H:%M} UTC."
        yield snapshot.breach(Rule.OVERDUE, text)


def nothing_is_scheduled_needlessly(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """An order in review or settled for good is not in the work index, not even in part."""
    order = snapshot.order
    if order.status is OrderStatus.PENDING:
        return
    is_half = (order.work is None) is not (order.next_check_at is None)
    if is_half and wanted_work(order, now) is None:
        text = f"The order ({order.status}) has only half of what the work index needs."
        yield snapshot.breach(Rule.NEEDLESS, text)
    elif order.work is Work.OPEN or (order.work and not order.awaits_answer):
        text = f"The order ({order.status}) is in the work index as {order.work}."
        yield snapshot.breach(Rule.NEEDLESS, text)


def seats_are_held(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Pending and completed orders hold their seats; closed and void ones do not.

    Orders in review are not judged: one that was closed before takes its seats when it completes.
    """
    order = snapshot.order
    reopened = order.status is OrderStatus.PENDING and order.settled_at is not None
    if reopened or order.status is OrderStatus.REVIEW:
        return
    is_over = order.status in CLOSED or order.voided_at is not None
    if order.holds_seats is is_over:
        held = "holds" if order.holds_seats else "does not hold"
        void = " with void tickets" if order.voided_at else ""
        text = f"The order is {order.status}{void} and {held} its seats."
        yield snapshot.breach(Rule.SEATS_HELD, text)


def settled_when_settled(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order that is no longer pending has the time at which it was settled."""
    order = snapshot.order
    if order.status is not OrderStatus.PENDING and order.settled_at is None:
        yield snapshot.breach(Rule.SETTLED, f"The order is {order.status}, but not since when.")


def was_abandoned(order: Order, now: datetime) -> bool:
    """Return whether the order was closed in the last day without any attempt to pay it."""
    if order.status is not OrderStatus.EXPIRED or order.attempt_seen_at or not order.settled_at:
        return False
    return now - DAY < order.settled_at <= now


def wanted_work(order: Order, now: datetime) -> Work | None:
    """Return the reason for which an order must be in the work index now, or None."""
    if order.status is OrderStatus.PENDING:
        return Work.OPEN
    return Work.LATE if _is_watched(order, now) else None


def _is_watched(order: Order, now: datetime) -> bool:
    """Return whether the order must still be checked for late payments.

    Completing an order counts as a check at that moment. Any other time belongs to a later check,
    even if it is earlier: the check may have read the clock before the order was completed.
    """
    settled_at = order.settled_at or order.deadline
    if not order.awaits_answer or now >= settled_at + LATE_WATCH:
        return False
    checked_at = order.checked_at or settled_at
    if order.status is OrderStatus.COMPLETED:
        return checked_at == settled_at
    return late_check(settled_at, checked_at) is not None
