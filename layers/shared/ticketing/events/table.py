"""The events table."""

from pynamodb.exceptions import DoesNotExist

from ticketing.errors import EventNotFound
from ticketing.events.event import Event
from ticketing.rows import UNREADABLE, event_from
from ticketing.schema import EventRow


class EventTable:
    """Events by id."""

    def get(self, event_id: str) -> Event:
        """Return the event; raises `EventNotFound` for a missing or unreadable row."""
        try:
            return event_from(EventRow.get(event_id))
        except DoesNotExist as error:
            raise EventNotFound(event_id) from error
        except UNREADABLE as error:
            raise EventNotFound(event_id, str(error)) from error
