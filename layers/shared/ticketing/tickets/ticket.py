"""Tickets: which ones an order gets, and what each is called."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.orders.order import Line, Order


class TicketStatus(StrEnum):
    """Whether a ticket opens the door."""

    VALID = "valid"
    CHECKED_IN = "checked_in"
    VOID = "void"


class Paper(StrEnum):
    """What tickets are drawn for: to be printed, or to be shown on a telephone."""

    A4 = "a4"
    A6 = "a6"


@dataclass(frozen=True)
class Ticket:
    """One admission: `ticket_id` is the order number and a running number, `ORD-ABC123-01`."""

    ticket_id: str
    order_number: str
    event_id: str
    holder: str
    sku: str
    description: str
    status: TicketStatus
    qr_text: str


def ticket_ids(order: Order) -> tuple[str, ...]:
    """Return the ids of an order's tickets: always the same ones for the same order."""
    return tuple(f"{order.order_number}-{n:02d}" for n in range(1, order.tickets_count + 1))


def lines_by_ticket(order: Order) -> tuple[tuple[str, Line], ...]:
    """Return each ticket id with the line it was bought on, in the order's own sequence."""
    lines = [line for line in order.lines for _ in range(line.quantity)]
    return tuple(zip(ticket_ids(order), lines, strict=True))
