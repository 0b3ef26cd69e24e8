"""Follow tickets that were issued anew to the current ones, without reading their orders."""

from ticketing.flows.ports import DoorTickets
from ticketing.orders.order import MAX_REISSUES
from ticketing.tickets.ticket import Ticket


def current(tickets: DoorTickets, ticket_id: str) -> Ticket | None:
    """Return the ticket of this id, or the last one that replaced it; raises `UnreadableTicket`."""
    ticket = tickets.get(ticket_id)
    for _ in range(MAX_REISSUES):
        if ticket is None or ticket.replaced_by is None:
            break
        ticket = tickets.get(ticket.replaced_by)
    return ticket
