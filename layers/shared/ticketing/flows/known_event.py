"""Find the event of an order, whose row may have been deleted since."""

from ticketing.errors import EventNotFound
from ticketing.events.event import Event
from ticketing.flows.ports import Events


def known_event(events: Events, event_id: str) -> Event | None:
    """Return the event, or None for any event that `Events.get` cannot find or read."""
    try:
        return events.get(event_id)
    except EventNotFound:
        return None
