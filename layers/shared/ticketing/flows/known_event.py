"""Find the event of an order, whose row may have been deleted since."""

from ticketing.errors import EventNotFound, UnreadableEvent
from ticketing.events.event import Event
from ticketing.flows.ports import Events


def known_event(events: Events, event_id: str) -> Event | None:
    """Return the event, or None if it has no row; raises `UnreadableEvent`."""
    try:
        return events.get(event_id)
    except UnreadableEvent:
        raise
    except EventNotFound:
        return None
