"""What an order's tickets are drawn from, beside the order."""

from dataclasses import dataclass

from ticketing.events.event import Event
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class Details:
    """The event, all tickets of the order, and the organiser: None if its row cannot be read."""

    event: Event
    organiser: Organiser | None
    tickets: tuple[Ticket, ...]
