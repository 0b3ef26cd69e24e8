"""The tickets table; tickets are written only by `OrderTable.complete`."""

from collections.abc import Sequence

from ticketing.rows import ticket_from
from ticketing.schema import TicketRow
from ticketing.tickets.ticket import Ticket


class TicketTable:
    """Tickets by id."""

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]:
        """Return the tickets of these ids that exist, in the order asked for."""
        rows = TicketRow.batch_get(list(ticket_ids), consistent_read=True)
        found = {row.ticket_id: ticket_from(row) for row in rows}
        return tuple(found[i] for i in ticket_ids if i in found)
