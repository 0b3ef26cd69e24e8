"""Decide whether an order's buyer may be erased, and say what prevents it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ticketing.emails.mail import UNSETTLED, Mail
from ticketing.events.event import Event
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.orders.refund import UNSETTLED as REFUND_UNSETTLED

LASTS = timedelta(days=1)
"""How long after an event's end, or its start, its doors may still be open."""


def obstacle(
    order: Order,
    mails: Sequence[Mail],
    event: Event | None,
    now: datetime,
    *,
    even_before_the_event: bool = False,
) -> str | None:
    """Return why the buyer must not be erased yet, or None. `event` is None if it is unknown."""
    if order.status is OrderStatus.PENDING:
        return "it is still open"
    if order.status is OrderStatus.REVIEW:
        return "a person decides about it"
    if order.refund_status in REFUND_UNSETTLED:
        return "a refund is under way"
    under_way = [mail.mail_id for mail in mails if mail.status in UNSETTLED]
    if under_way or order.delivery is Delivery.PENDING:
        return f"a mail is under way: {', '.join(under_way) or 'its tickets'}"
    if even_before_the_event:
        return None
    if event is None:
        return f"its event {order.event_id} is not in the tables"
    return _too_early(event, now)


def _too_early(event: Event, now: datetime) -> str | None:
    if now - LASTS < event.starts_at:
        return f"its event begins at {event.starts_at:%Y-%m-%d %H:%M} UTC"
    if event.ends_at and now - LASTS < event.ends_at:
        return f"its event ends at {event.ends_at:%Y-%m-%d %H:%M} UTC"
    return None
