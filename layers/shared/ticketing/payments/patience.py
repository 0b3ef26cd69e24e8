"""Decide how long to wait for SumUp before a person decides. Pure."""

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
    """Wait because of trouble that may pass, and remember since when."""
    trouble = schedule.troubled(order, reason.value, now)
    if order.status is not OrderStatus.PENDING:
        following = schedule.late_check_again(order.settled_at or order.deadline, now)
        return Decision(Action.WAIT, reason, text, following, trouble=trouble)
    following = schedule.after_trouble(order, trouble, now, retry_after)
    overdue = schedule.is_overdue(trouble, now)
    return Decision(Action.WAIT, reason, text, following, trouble=trouble, alert_due=overdue)


def postpone(order: Order, now: datetime) -> Decision:
    """Leave checkouts for which there was no time to the next check; trouble goes on counting."""
    text = "SumUp answers slowly; the rest of its checkouts waits for the next check."
    if order.status is OrderStatus.PENDING:
        following: datetime | None = schedule.next_check(order, now)
    else:
        following = schedule.late_check_again(order.settled_at or order.deadline, now)
    return Decision(Action.WAIT, Reason.POSTPONED, text, following, trouble=order.trouble)


def resume_soon(order: Order, decision: Decision, now: datetime) -> Decision:
    """Go on soon with a checkout that was fetched, but about which SumUp must be asked again."""
    return replace(
        decision,
        action=Action.WAIT,
        reason=Reason.POSTPONED,
        explanation="SumUp answers slowly; the next check goes on with its checkout.",
        next_check_at=now + schedule.CHECK_EVERY,
        trouble=order.trouble,
    )


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
