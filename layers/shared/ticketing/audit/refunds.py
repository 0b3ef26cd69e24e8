"""Refunds: void tickets have their reason, and no requested refund is forgotten."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence, is_seen_of_a_refund

SETTLED_WITHIN = timedelta(days=1)
"""From the request; the same command again shows its outcome."""


def void_for_a_reason(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Tickets are void only if their payment went back, or their event was cancelled."""
    order = snapshot.order
    has_reason = _is_for_a_cancelled_event(snapshot) or _payment_went_back(order)
    if order.voided_at and not (order.status is OrderStatus.COMPLETED and has_reason):
        text = f"The order ({order.status}) has void tickets, and its payment did not go back."
        yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Each transaction is there once, and has the time of its request or of its return."""
    order = snapshot.order
    for transaction_id, times in Counter(r.transaction_id for r in order.refunds).items():
        if times > 1:
            text = f"The order has {times} refunds of transaction {transaction_id}."
            yield snapshot.breach(Rule.REFUND_WRONG, text)
    for refund in order.refunds:
        since = refund.settled_at if refund.went_back else refund.asked_at
        if since is None:
            text = f"The refund of {refund.transaction_id} is {refund.status}, but not since when."
            yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The refunds of an order are those that its trail recorded last."""
    order = snapshot.order
    entries = sorted((stored.entry for stored in snapshot.trail), key=lambda e: e.sequence)
    noted = {refund.transaction_id: refund.seen for refund in order.refunds}
    recorded = {e.seen.partition(" ")[0]: e.seen for e in entries if is_seen_of_a_refund(e.seen)}
    for transaction_id in sorted(noted.keys() | recorded.keys()):
        if noted.get(transaction_id) != recorded.get(transaction_id):
            text = f"The refund of {transaction_id} is not as the audit trail tells it."
            yield snapshot.breach(Rule.REFUND_WRONG, text)


def refunds_are_settled(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """A day after the request, the outcome of a refund is known."""
    for refund in snapshot.order.refunds:
        is_late = refund.asked_at is not None and now - refund.asked_at > SETTLED_WITHIN
        if refund.is_unsettled and is_late:
            text = f"The refund of {refund.transaction_id} was asked for, and nobody saw its end."
            yield snapshot.breach(Rule.REFUND_UNSETTLED, text)


def _is_for_a_cancelled_event(snapshot: OrderSnapshot) -> bool:
    return any(
        entry.change == Consequence.TICKETS_VOID and entry.why == Reason.EVENT_CANCELLED
        for entry in (stored.entry for stored in snapshot.trail)
    )


def _payment_went_back(order: Order) -> bool:
    """Return whether the accepted payment went back; any refund if its transaction is unknown."""
    paid_by = order.transaction_id
    return any(r.went_back for r in order.refunds if paid_by in {None, r.transaction_id})
