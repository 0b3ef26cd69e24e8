"""How long to wait for SumUp before a person decides. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from ticketing.orders import schedule
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action, Decision


def watch(order: Order, now: datetime) -> Decision:
    following = schedule.late_check(order.settled_at or order.deadline, now)
    return Decision(Action.LEAVE, Reason.CLOSED, "Watched for late money.", following)


def wait(order: Order, reason: Reason, text: str, now: datetime) -> Decision:
    return Decision(Action.WAIT, reason, text, schedule.next_check(order, now))


def wait_out(
    order: Order, reason: Reason, text: str, now: datetime, retry_after: float | None = None
) -> Decision:
    """Wait because of a trouble that may pass, and remember since when."""
    trouble = schedule.troubled(order, reason.value, now)
    if order.status is not OrderStatus.PENDING:
        following = schedule.late_check_again(order.settled_at or order.deadline, now)
        return Decision(Action.WAIT, reason, text, following, trouble=trouble)
    following = schedule.after_trouble(order, trouble, now, retry_after)
    overdue = schedule.is_overdue(trouble, now)
    return Decision(Action.WAIT, reason, text, following, trouble=trouble, alert_due=overdue)


def postpone(order: Order, now: datetime) -> Decision:
    """Leave the rest to the next check, because SumUp is slow: no other trouble ends with that."""
    text = "SumUp answers slowly; the rest of its checkouts waits for the next check."
    if order.status is not OrderStatus.PENDING:
        return wait_out(order, Reason.POSTPONED, text, now)
    return replace(wait(order, Reason.POSTPONED, text, now), trouble=order.trouble)


def review_if_it_lasts(order: Order, reason: Reason, text: str, now: datetime) -> Decision:
    """Check twice more before asking for a review."""
    if order.trouble and order.trouble.code == reason.value and order.trouble.times > 1:
        return review(reason, text)
    return replace(wait_out(order, reason, text, now), next_check_at=now + schedule.CHECK_EVERY)


def has_lasted(
    order: Order, reason: Reason, now: datetime, patience: timedelta = schedule.PERSISTENT
) -> bool:
    trouble = order.trouble
    return trouble is not None and trouble.code == reason.value and now - trouble.since >= patience


def review(reason: Reason, text: str) -> Decision:
    return Decision(Action.REVIEW, reason, text)
