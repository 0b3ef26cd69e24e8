"""Find the ticket of somebody whose phone is lost or empty: by its number, its order, or a name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ticketing.doors.device import Device
from ticketing.errors import DoorNotFound, TooManySearches, UnreadableTicket
from ticketing.flows.ports import DoorTickets, PairsDoors
from ticketing.orders.order import MAX_TICKETS, ORDER_NUMBER
from ticketing.tickets.holders import folded, is_named
from ticketing.tickets.ticket import Ticket

MOST_FOUND = 10
FEWEST_LETTERS = 3
TICKET = re.compile(rf"({ORDER_NUMBER.pattern})-[0-9]{{2}}(-R[0-9]{{1,3}})?")
WAIT_SECONDS = 60


@dataclass(frozen=True)
class Found:
    """The tickets found, at most ten; `is_all` is false if there are more."""

    tickets: tuple[Ticket, ...]
    is_all: bool


@dataclass(frozen=True)
class SearchTickets:
    """Searches among the tickets of a device's event."""

    tickets: DoorTickets
    doors: PairsDoors

    def __call__(self, device: Device, query: str, now: datetime) -> Found:
        """Return what there is; names are searched by the beginning of a word, folded.

        Raises `DoorNotFound` for a steward's device, and `TooManySearches`.
        """
        if not device.is_supervisor:
            raise DoorNotFound
        if not self.doors.begin_search(device, now):
            raise TooManySearches(WAIT_SECONDS)
        found = list(islice(self._found(device.event_id, query), MOST_FOUND + 1))
        return Found(tuple(found[:MOST_FOUND]), len(found) <= MOST_FOUND)

    def _found(self, event_id: str, query: str) -> Iterator[Ticket]:
        for ticket_id in self._ids(event_id, query):
            try:
                ticket = self.tickets.get(ticket_id)
            except UnreadableTicket:
                continue
            if ticket and ticket.event_id == event_id:
                yield ticket

    def _ids(self, event_id: str, query: str) -> Iterator[str] | Sequence[str]:
        number = "".join(query.split()).upper()
        if TICKET.fullmatch(number):
            return [number]
        if ORDER_NUMBER.fullmatch(number):
            return [f"{number}-{n:02d}" for n in range(1, MAX_TICKETS + 1)]
        name = folded(query)
        if len(name) < FEWEST_LETTERS:
            return []
        listed = self.tickets.every(event_id)
        return (one.ticket_id for one in listed if is_named(one.holder, name))
