"""The tickets table; tickets are written only by `OrderTable`."""

from collections.abc import Iterator, Sequence

from ticketing.adapters.dynamodb.mapping import ticket_from
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.tickets.ticket import Ticket, TicketStatus

PAGE = 500


class TicketTable:
    """Tickets by id."""

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]:
        """Return the tickets with these ids that exist, in the order of the ids."""
        rows = TicketRow.batch_get(list(ticket_ids), consistent_read=True)
        found = {row.ticket_id: ticket_from(row) for row in rows}
        return tuple(found[i] for i in ticket_ids if i in found)

    def void_for(self, event_id: str) -> Iterator[str]:
        """Yield the ids of an event's void tickets; reads the whole table."""
        is_void = TicketRow.status == TicketStatus.VOID
        rows = TicketRow.scan(
            (TicketRow.event_id == event_id) & is_void,
            page_size=PAGE,
            consistent_read=True,
            attributes_to_get=["ticket_id"],
        )
        for row in rows:
            yield row.ticket_id
