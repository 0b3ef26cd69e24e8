"""The events tables: what is sold, where and when, and how much of it is left."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist, UpdateError

from ticketing.adapters.dynamodb.mapping import event_from, ticket_type_from
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow
from ticketing.adapters.dynamodb.retries import condition_failed
from ticketing.adapters.dynamodb.rows import UNREADABLE, readable
from ticketing.errors import EventNotFound
from ticketing.events.event import Event, TicketType

ON_SALE = "yes"


class EventTable:
    """Events by id, and those on sale."""

    def get(self, event_id: str) -> Event:
        """Return the event as it is now.

        Raises `EventNotFound` for a missing or unreadable row.
        """
        try:
            return event_from(EventRow.get(event_id, consistent_read=True))
        except DoesNotExist as error:
            raise EventNotFound(event_id) from error
        except UNREADABLE as error:
            raise EventNotFound(event_id, str(error)) from error

    def mark_announced(self, event: Event) -> None:
        """Note that the buyers of earlier revisions were informed of this one.

        Nothing is written if the event changed since it was read.
        """
        as_read = EventRow.revision == event.revision
        try:
            EventRow(event.event_id).update([EventRow.announced.set(value=True)], as_read)
        except UpdateError as error:
            if not condition_failed(error):
                raise

    def on_sale(self, now: datetime) -> tuple[Event, ...]:
        """Return the events on sale that have not begun, soonest first."""
        rows = EventRow.sale_index.query(ON_SALE, EventRow.starts_at > now)
        return tuple(readable(map(event_from, readable(rows))))

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]:
        """Return the kinds of tickets of an event, with what is left of each."""
        rows = TicketTypeRow.query(event_id, consistent_read=True)
        return tuple(readable(map(ticket_type_from, readable(rows))))
