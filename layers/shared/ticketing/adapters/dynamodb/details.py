"""Read what an order's tickets and mails are made of, from three tables in one request."""

from collections.abc import Sequence
from typing import Any

from pynamodb.models import Model
from tenacity import (
    Retrying,
    TryAgain,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ticketing.adapters.dynamodb.mapping import event_from, organiser_from, ticket_from
from ticketing.adapters.dynamodb.models import EventRow, OrganiserRow, TicketRow, connection
from ticketing.adapters.dynamodb.rows import UNREADABLE
from ticketing.errors import EventNotFound, TicketsMissing, UnreadableEvent
from ticketing.events.event import Event
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.details import Details
from ticketing.tickets.ticket import Ticket

TRIES = 5
Item = dict[str, Any]
"""A row as DynamoDB returns it."""
Wanted = dict[tuple[type[Model], str], Sequence[str]]
"""The keys to read, by model and the name of its key."""
Found = dict[tuple[type[Model], str], Item]
"""The rows that exist, by model and key."""


class DetailsTable:
    """The rows of orders' events, organisers and tickets."""

    def of(self, order: Order) -> Details:
        """Return the order's event, organiser and valid tickets, read consistently.

        Raises `EventNotFound` for a missing or unreadable event, and `TicketsMissing`.
        """
        wanted = order.valid_ticket_ids
        found = _read(_around(order) | {(TicketRow, "ticket_id"): wanted})
        tickets = [found[TicketRow, name] for name in wanted if (TicketRow, name) in found]
        if len(tickets) != len(wanted):
            raise TicketsMissing(order.order_number, len(wanted), len(tickets))
        made = (ticket_from(TicketRow.from_raw_data(ticket)) for ticket in tickets)
        return _details(order, found, tuple(made))

    def without_tickets(self, order: Order) -> Details:
        """Return the order's event and organiser, read consistently; raises `EventNotFound`."""
        return _details(order, _read(_around(order)), ())


def _around(order: Order) -> Wanted:
    return {
        (EventRow, "event_id"): [order.event_id],
        (OrganiserRow, "organiser_id"): [order.organiser_id],
    }


def _details(order: Order, found: Found, tickets: tuple[Ticket, ...]) -> Details:
    return Details(
        _event(order.event_id, found.get((EventRow, order.event_id))),
        _organiser(found.get((OrganiserRow, order.organiser_id))),
        tickets,
    )


def _event(event_id: str, item: Item | None) -> Event:
    if item is None:
        raise EventNotFound(event_id)
    try:
        return event_from(EventRow.from_raw_data(item))
    except UNREADABLE as error:
        raise UnreadableEvent(event_id, str(error)) from error


def _organiser(item: Item | None) -> Organiser | None:
    try:
        return None if item is None else organiser_from(OrganiserRow.from_raw_data(item))
    except UNREADABLE:
        return None


def _read(wanted: Wanted) -> Found:
    """Return the rows that exist.

    A request has at most a hundred keys, and an order at most half as many tickets. DynamoDB may
    leave some out: they are asked for again, and if that goes on, `TryAgain` is raised.
    """
    models = {model.Meta.table_name: (model, name) for model, name in wanted}
    asked: dict[str, Any] = {
        model.Meta.table_name: {
            "Keys": [{name: {"S": key}} for key in keys],
            "ConsistentRead": True,
        }
        for (model, name), keys in wanted.items()
    }
    found: Found = {}
    for attempt in Retrying(
        retry=retry_if_exception_type(TryAgain),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    ):
        with attempt:
            answer = connection().dispatch("BatchGetItem", {"RequestItems": asked})
            for table, items in answer["Responses"].items():
                model, name = models[table]
                found |= {(model, item[name]["S"]): item for item in items}
            asked = answer.get("UnprocessedKeys") or {}
            if asked:
                raise TryAgain
    return found
