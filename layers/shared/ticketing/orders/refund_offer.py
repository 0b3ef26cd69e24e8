"""Decide whether a buyer may ask for their money back because their event was moved. Pure."""

from datetime import datetime

from ticketing.events.event import CLOCKS_DIFFER, Event
from ticketing.orders.order import Order
from ticketing.sentence import sentence


def objection(order: Order, event: Event, now: datetime) -> str | None:
    """Return why the buyer cannot ask for the money back, for them to read; None if they can.

    A buyer who ordered after the event was moved knew its new time.
    """
    if not order.admits or order.is_free or event.cancelled:
        return sentence("there is nothing to give back for this order")
    if event.refunds_until is None or event.moved_at is None or _knew(order, event.moved_at):
        return sentence("this order cannot be given back; please write to us")
    if now >= event.refunds_until:
        return sentence("the time to ask for your money back is over; please write to us")
    return None


def is_offered(order: Order, event: Event, now: datetime) -> bool:
    """Return whether the buyer may ask, and has not asked yet."""
    return order.refund_asked_at is None and objection(order, event, now) is None


def is_owed(order: Order) -> bool:
    """Return whether the buyer asked, and still has valid tickets."""
    return order.refund_asked_at is not None and order.admits


def _knew(order: Order, moved_at: datetime) -> bool:
    return order.created_at > moved_at + CLOCKS_DIFFER
