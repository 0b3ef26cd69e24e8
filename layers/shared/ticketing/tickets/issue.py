"""Which tickets an order gets, and whether it has any: pure, so that issuing twice is the same."""

from typing import Protocol

from ticketing.errors import NotIssued, TicketsVoid
from ticketing.orders.order import Order, OrderStatus
from ticketing.tickets.ticket import Ticket, TicketStatus, lines_by_ticket


class Signer(Protocol):
    """What makes a QR text that only we can make."""

    def text(self, ticket_id: str, order_number: str, event_id: str) -> str: ...


def issue(order: Order, signer: Signer) -> tuple[Ticket, ...]:
    """Return the tickets of an order, signed."""
    return tuple(
        Ticket(
            ticket_id=ticket_id,
            order_number=order.order_number,
            event_id=order.event_id,
            holder=order.customer.name,
            sku=line.sku,
            description=line.description,
            status=TicketStatus.VALID,
            qr_text=signer.text(ticket_id, order.order_number, order.event_id),
        )
        for ticket_id, line in lines_by_ticket(order)
    )


def refuse_unless_valid(order: Order) -> None:
    """Raise `NotIssued` for an order without tickets, `TicketsVoid` if they open no door."""
    if order.status is not OrderStatus.COMPLETED:
        raise NotIssued(order.order_number)
    if not order.admits:
        raise TicketsVoid(order.order_number)
