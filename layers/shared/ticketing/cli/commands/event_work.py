"""Cancelled and moved events that are not finished, for the list of what needs a person."""

from collections.abc import Iterator
from datetime import datetime

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.events.event import Event
from ticketing.orders.refund_offer import is_owed
from ticketing.reports.rows import gathered


def unfinished() -> Iterator[tuple[Event, datetime, str, str] | str]:
    """Yield each such event, since when and why it is unfinished, and the command to go on.

    For a row that cannot be read, which may hide one, its name and what is wrong are yielded.
    """
    records = EventRecords()
    events = gathered(records.events())
    yield from events.unreadable
    for event in events.found:
        if event.cancelled_at and event.cancellation_done_at is None:
            policy = event.refund_policy or "all"
            why = "It is cancelled, and not all of its orders are settled and refunded."
            command = f"events cancel {event.event_id} --refund {policy} --reason WHY"
            yield event, event.cancelled_at, why, command
        elif event.refunds_until and not event.cancelled:
            orders = gathered(records.orders(event.event_id))
            yield from orders.unreadable
            asked = [order for order in orders.found if is_owed(order)]
            since = [order.refund_asked_at for order in asked if order.refund_asked_at]
            if since:
                why = f"It was moved, and {len(since)} of its buyers ask for their money back."
                yield event, min(since), why, f"events refunds {event.event_id} --reason WHY"
