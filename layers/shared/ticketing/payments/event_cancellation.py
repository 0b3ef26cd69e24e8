"""What becomes of the decisions about orders when their event is cancelled. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import CheckoutResult, CheckoutSeen
from ticketing.payments.decision import Action, Decision

NOTHING_PAID = "Its event is cancelled, and nothing was paid for it."
TO_GIVE_BACK = "Paid, and its event is cancelled: the money has to go back."


def without_event(order: Order, decision: Decision) -> Decision:
    """Return the decision for an order whose event is cancelled, which never issues tickets."""
    if decision.action is not Action.ISSUE:
        return decision
    if order.is_free:
        return _closing(decision, "")
    return replace(
        decision, action=Action.REVIEW, reason=Reason.EVENT_CANCELLED, explanation=TO_GIVE_BACK
    )


def closing(
    order: Order, answers: Sequence[CheckoutResult], now: datetime, note: str
) -> Decision | None:
    """Return the decision to close a pending order; None if it was paid, and has to be verified.

    Raises `NotDecidable` while it may have been paid, as for any order that a person cancels.
    """
    if order.is_free:
        free = Decision(Action.CLOSE, Reason.EVENT_CANCELLED, NOTHING_PAID)
        return _closing(free, note)
    if any(isinstance(one, CheckoutSeen) and one.checkout.has_money for one in answers):
        return None
    return _closing(manual_decision.cancellation(order, answers, now, note), note)


def _closing(decision: Decision, note: str) -> Decision:
    return replace(
        decision,
        action=Action.CLOSE,
        reason=Reason.EVENT_CANCELLED,
        explanation=NOTHING_PAID,
        closes_as=OrderStatus.FAILED,
        note=note,
    )
