"""What an order's tickets are drawn from, apart from the order."""

from dataclasses import dataclass

from ticketing.events.event import Event
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class Details:
    """An order's event, its valid tickets, and its organiser, None if that row cannot be read."""

    event: Event
    organiser: Organiser | None
    tickets: tuple[Ticket, ...]
