"""Cancelled events whose orders are not all settled, for the list of what needs a person."""

from collections.abc import Iterator
from datetime import datetime

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.events.event import Event
from ticketing.reports.rows import gathered


def unfinished() -> Iterator[tuple[Event, datetime, str]]:
    """Yield each event, since when it is cancelled, and the command that continues."""
    for event in gathered(EventRecords().events()).found:
        if event.cancelled_at and event.cancellation_done_at is None:
            policy = event.refund_policy or "all"
            command = f"events cancel {event.event_id} --refund {policy} --reason TEXT"
            yield event, event.cancelled_at, command
