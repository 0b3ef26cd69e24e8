"""Refunds: void tickets have a reason, and no requested refund is forgotten."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence, is_seen_of_a_refund

SETTLED_WITHIN = timedelta(days=1)
"""How long after its request a refund's outcome may be unknown.

Running the same command again shows the outcome.
"""


def void_for_a_reason(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Tickets are void because money went back, by an operator, or because of their event."""
    order = snapshot.order
    has_reason = _payment_went_back(order) or order.reason_code == Reason.VOIDED
    has_reason = has_reason or _is_for_a_cancelled_event(snapshot)
    is_right = order.status is OrderStatus.COMPLETED and has_reason
    if order.voided_at and not is_right:
        text = f"The order ({order.status}) has void tickets, and its payment did not go back."
        yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Each refund exists once, and has the time of its request or its return."""
    order = snapshot.order
    refunds = (*order.refunds, *order.parts)
    for name, times in Counter(refund.name for refund in refunds).items():
        if times > 1:
            text = f"The order has {times} refunds of {name}."
            yield snapshot.breach(Rule.REFUND_WRONG, text)
    for refund in refunds:
        since = refund.settled_at if refund.went_back else refund.asked_at
        if since is None:
            text = f"The refund of {refund.name} is {refund.status}, but not since when."
            yield snapshot.breach(Rule.REFUND_WRONG, text)


def no_more_went_back_than_was_paid(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """No more of a payment went back than was paid with it."""
    order = snapshot.order
    for payment in snapshot.payments:
        whole = order.refund_of(payment.transaction_id)
        back = order.back_in_parts(payment.transaction_id)
        back += whole.amount.amount if whole and whole.went_back else 0
        if back > payment.amount:
            text = f"{back} went back of {payment.transaction_id}, with which less was paid."
            yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The refunds of an order are as its trail recorded them last."""
    order = snapshot.order
    entries = sorted((stored.entry for stored in snapshot.trail), key=lambda e: e.sequence)
    noted = {refund.name: refund.seen for refund in (*order.refunds, *order.parts)}
    recorded = {e.seen.partition(" ")[0]: e.seen for e in entries if is_seen_of_a_refund(e.seen)}
    for name in sorted(noted.keys() | recorded.keys()):
        if noted.get(name) != recorded.get(name):
            text = f"The refund of {name} is not as the audit trail tells it."
            yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_settled(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """A day after the request, the outcome of a refund is known."""
    for refund in snapshot.order.all_refunds:
        is_late = refund.asked_at is not None and now - refund.asked_at > SETTLED_WITHIN
        if refund.is_unsettled and is_late:
            text = f"The refund of {refund.name} was asked for, and nobody saw its end."
            yield snapshot.breach(Rule.REFUND_UNSETTLED, text)


def _is_for_a_cancelled_event(snapshot: OrderSnapshot) -> bool:
    return any(
        entry.change == Consequence.TICKETS_VOID and entry.why == Reason.EVENT_CANCELLED
        for entry in (stored.entry for stored in snapshot.trail)
    )


def _payment_went_back(order: Order) -> bool:
    """Return whether the accepted payment went back; any payment, if that one is unknown."""
    paid_by = order.transaction_id
    return any(r.went_back for r in order.refunds if paid_by in {None, r.transaction_id})
