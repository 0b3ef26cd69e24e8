"""The tickets of an event, as its doors read them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from ticketing.adapters.dynamodb.attributes import ANY_MOMENT
from ticketing.adapters.dynamodb.mapping import ticket_from
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.adapters.dynamodb.retries import update_if
from ticketing.adapters.dynamodb.rows import UNREADABLE
from ticketing.doors.digest import PAGE, Listed, Page, Place
from ticketing.errors import UnreadableTicket
from ticketing.observability import logger
from ticketing.tickets.ticket import Ticket, TicketStatus

INDEX = TicketRow.event_index.Meta.index_name


class DoorTickets:
    """Single tickets, and the list of an event's tickets that devices keep."""

    def get(self, ticket_id: str) -> Ticket | None:
        """Return a ticket as it is now; raises `UnreadableTicket`."""
        try:
            return ticket_from(TicketRow.get(ticket_id, consistent_read=True))
        except DoesNotExist:
            return None
        except UNREADABLE as problem:
            raise UnreadableTicket(ticket_id, str(problem)) from problem

    def page(self, event_id: str, place: Place | None, limit: int = PAGE) -> Page:
        """Return a page of an event's tickets, by when they were issued or became void."""
        answer = TicketRow._get_connection().query(  # noqa: SLF001 - it has no public name
            event_id,
            range_key_condition=_since(place),
            index_name=INDEX,
            exclusive_start_key=_start(event_id, place),
            limit=limit,
        )
        last = answer.get("LastEvaluatedKey")
        following = last and Place(_moment(last), last["ticket_id"]["S"])
        return Page(tuple(_listed(answer["Items"])), following)

    def every(self, event_id: str) -> Iterator[Listed]:
        """Yield all tickets of an event that the index has."""
        place: Place | None = None
        while True:
            page = self.page(event_id, place)
            yield from page.listed
            if page.following is None:
                return
            place = page.following

    @staticmethod
    def fill(ticket: Ticket, at: datetime) -> None:
        """Put a ticket that was issued before there were doors into the index of its event."""
        lacks: Condition = TicketRow.event_id.exists() & TicketRow.changed_at.does_not_exist()
        update_if(TicketRow(ticket.ticket_id), [TicketRow.changed_at.set(at)], lacks)


def _since(place: Place | None) -> Condition | None:
    if place is None or place.ticket_id:
        return None
    since: Condition = TicketRow.changed_at >= place.changed_at
    return since


def _start(event_id: str, place: Place | None) -> dict[str, dict[str, str]] | None:
    if place is None or place.ticket_id is None:
        return None
    return {
        "event_id": {"S": event_id},
        "changed_at": {"S": _text(place.changed_at)},
        "ticket_id": {"S": place.ticket_id},
    }


def _listed(items: Iterable[dict[str, Any]]) -> Iterator[Listed]:
    """Yield what can be read: one badly edited row must not keep the rest from a device."""
    for item in items:
        try:
            yield Listed(
                ticket_id=item["ticket_id"]["S"],
                sku=item["sku"]["S"],
                admits=int(item["admits"]["N"]) if "admits" in item else 1,
                is_valid=item["status"]["S"] == TicketStatus.VALID,
                holder=item["holder"]["S"],
                changed_at=_moment(item),
            )
        except (KeyError, *UNREADABLE) as problem:
            logger.error(
                "a ticket cannot be listed", ticket=item["ticket_id"]["S"], problem=str(problem)
            )


def _text(moment: datetime) -> str:
    return str(ANY_MOMENT.serialize(moment))  # type: ignore[no-untyped-call]  # pynamodb leaves it so


def _moment(item: dict[str, Any]) -> datetime:
    return ANY_MOMENT.deserialize(item["changed_at"]["S"])
