"""The list of guests of an event: every ticket that opens the door, by name. Pure.

It has names but no addresses. It also lists the rows that could not be read, so that a door knows
of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ticketing.events.event import Event
from ticketing.orders.order import Origin
from ticketing.tickets.holders import folded
from ticketing.tickets.ticket import Ticket, TicketStatus


@dataclass(frozen=True)
class Guest:
    """One ticket: its holder, its type, how many people it admits, and whether it was scanned.

    `origin` is None if the ticket was bought in the shop.
    """

    name: str
    ticket_id: str
    kind: str
    admits: int
    order_number: str
    is_in: bool = False
    origin: Origin | None = None


@dataclass(frozen=True)
class GuestList:
    """The guests at a given moment, by name; `void` counts the tickets that are not on the list.

    A reissued ticket is counted once, as its replacement.
    """

    event: Event
    made_at: datetime
    guests: tuple[Guest, ...]
    void: int = 0
    unreadable: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        return sum(guest.admits for guest in self.guests)

    @property
    def given(self) -> int:
        """How many of the tickets are complimentary."""
        return sum(guest.origin is Origin.GIVEN for guest in self.guests)


def guest_list(
    event: Event, tickets: Iterable[Ticket], unreadable: tuple[str, ...], made_at: datetime
) -> GuestList:
    guests: list[Guest] = []
    void = 0
    for ticket in tickets:
        if ticket.status is TicketStatus.VOID:
            void += ticket.replaced_by is None
        else:
            guests.append(_guest(ticket))
    guests.sort(key=_place)
    return GuestList(event, made_at, tuple(guests), void, tuple(sorted(unreadable)))


def _guest(ticket: Ticket) -> Guest:
    return Guest(
        name=ticket.holder,
        ticket_id=ticket.ticket_id,
        kind=ticket.description,
        admits=ticket.admits,
        order_number=ticket.order_number,
        is_in=ticket.places < ticket.admits,
        origin=ticket.origin,
    )


def _place(guest: Guest) -> tuple[str, str, str]:
    return folded(guest.name), guest.order_number, guest.ticket_id
