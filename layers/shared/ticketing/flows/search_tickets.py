"""Find the ticket of somebody who cannot show it: by its number, its order, or a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ticketing.doors.device import Device
from ticketing.errors import DoorNotFound, TooManySearches, UnreadableTicket
from ticketing.flows.ports import DoorTickets, PairsDoors
from ticketing.flows.replaced_tickets import current
from ticketing.orders.order import MAX_TICKETS, ORDER_NUMBER, TICKET_ID
from ticketing.tickets.holders import folded, is_named
from ticketing.tickets.ticket import Ticket

MOST_FOUND = 10
FEWEST_LETTERS = 3
WAIT_SECONDS = 60


@dataclass(frozen=True)
class Found:
    """The tickets that were found, at most ten; `is_all` is false if there are more."""

    tickets: tuple[Ticket, ...]
    is_all: bool


@dataclass(frozen=True)
class SearchTickets:
    """Searches among the tickets of a device's event."""

    tickets: DoorTickets
    doors: PairsDoors

    def __call__(self, device: Device, query: str, now: datetime) -> Found:
        """Return the tickets found; a name is found by the beginning of any word in it, folded.

        Raises `DoorNotFound` for a steward's device, and `TooManySearches`.
        """
        if not device.is_supervisor:
            raise DoorNotFound
        if not self.doors.begin_search(device, now):
            raise TooManySearches(WAIT_SECONDS)
        found = list(islice(self._found(device.event_id, query), MOST_FOUND + 1))
        return Found(tuple(found[:MOST_FOUND]), len(found) <= MOST_FOUND)

    def _found(self, event_id: str, query: str) -> Iterator[Ticket]:
        for ticket in self._tickets(event_id, query):
            if ticket and ticket.event_id == event_id:
                yield ticket

    def _tickets(self, event_id: str, query: str) -> Iterator[Ticket | None]:
        number = "".join(query.split()).upper()
        if TICKET_ID.fullmatch(number):
            return self._of_number(number)
        if ORDER_NUMBER.fullmatch(number):
            return self._of_order(number)
        name = folded(query)
        if len(name) < FEWEST_LETTERS:
            return iter(())
        listed = self.tickets.every(event_id)
        named = (one.ticket_id for one in listed if is_named(one.holder, name))
        return (self._read(ticket_id, follow=False) for ticket_id in named)

    def _of_order(self, number: str) -> Iterator[Ticket]:
        """Yield the order's tickets as they are now; their numbers have no gaps."""
        for n in range(1, MAX_TICKETS + 1):
            try:
                ticket = current(self.tickets, f"{number}-{n:02d}")
            except UnreadableTicket:
                continue
            if ticket is None:
                return
            yield ticket

    def _of_number(self, ticket_id: str) -> Iterator[Ticket | None]:
        """Yield the ticket that was asked for and, if it was issued anew, the current one."""
        asked = self._read(ticket_id, follow=False)
        yield asked
        if asked and asked.replaced_by:
            yield self._read(asked.replaced_by)

    def _read(self, ticket_id: str, *, follow: bool = True) -> Ticket | None:
        try:
            return current(self.tickets, ticket_id) if follow else self.tickets.get(ticket_id)
        except UnreadableTicket:
            return None
