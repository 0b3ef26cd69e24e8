"""Events with their ticket types, tickets, orders and payments, as reports read them.

A report must not leave anything out silently, so rows are read raw, and each one that makes no
sense is named. No index has whole tickets or orders by their event, so these tables are read from
end to end, a page at a time; DynamoDB sends only the rows of the event.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from ticketing.adapters.dynamodb.audit_rows import ORDER, TICKET, Item, Kind
from ticketing.adapters.dynamodb.mapping import about_from, event_from, order_from, ticket_type_from
from ticketing.adapters.dynamodb.models import (
    EventRow,
    OrderRow,
    PaymentRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.audit.order_snapshot import Unreadable
from ticketing.audit.reading import Place
from ticketing.errors import UnreadableOrder
from ticketing.events.event import Event, TicketType
from ticketing.money import Money
from ticketing.orders.order import PAYMENT_WINDOW, Order, OrderStatus
from ticketing.reports.rows import Rows
from ticketing.reports.sales import Paid
from ticketing.tickets.ticket import Ticket

ROWS_PAGE = 2000
"""The most rows of a page; DynamoDB ends it after a megabyte anyway."""
UNDECIDED = (OrderStatus.PENDING, OrderStatus.REVIEW)
"""Orders that hold seats without being sold. There are few, however much was sold before."""


def _whole_event(row: EventRow) -> Event:
    """Return an event; if the texts of its page are unreadable, a report has to know."""
    return replace(event_from(row), about=about_from(row))


def _type_of_event(row: TicketTypeRow) -> tuple[str, TicketType]:
    return row.event_id, ticket_type_from(row)


def _paid(row: PaymentRow) -> Paid:
    at = _when(row.paid_at, row.accepted_at)
    return Paid(row.transaction_id, row.order_number, Money(row.amount, row.currency), at)


def _when(paid_at: datetime | None, accepted_at: datetime) -> datetime:
    """Return SumUp's time of a payment if SumUp gave one, or else ours."""
    return paid_at or accepted_at


EVENT = Kind("event", EventRow, _whole_event, ("event_id",))
TICKET_TYPE = Kind("ticket type", TicketTypeRow, _type_of_event, ("event_id", "sku"))
PAYMENT = Kind("payment", PaymentRow, _paid, ("transaction_id",))


class EventRecords:
    """Events and everything about them, for reading only."""

    def __init__(self, payment_window: timedelta = PAYMENT_WINDOW) -> None:
        """`payment_window` applies to orders whose row sets no deadline."""
        self._payment_window = payment_window

    def events(self) -> Iterator[Rows[Event]]:
        return _pages(EVENT)

    def event(self, event_id: str) -> Rows[Event]:
        """Return one event; `read` is 0 if there is no such row."""
        return _read(EVENT, EVENT.items([(event_id,)]).values())

    def ticket_types(self, event_id: str | None = None) -> Iterator[Rows[tuple[str, TicketType]]]:
        """Yield the ticket types of one event or of all, each with the id of its event."""
        return _pages(TICKET_TYPE, TicketTypeRow.event_id == event_id if event_id else None)

    def tickets(self, event_id: str) -> Iterator[Rows[Ticket]]:
        """Yield the tickets of an event, and those that do not say which event they are for."""
        return _pages(TICKET, _of(event_id, TicketRow))

    def orders(self, event_id: str) -> Iterator[Rows[Order]]:
        """Yield the orders of an event, and those that do not say which event they are for."""
        for page in _pages(ORDER, _of(event_id, OrderRow)):
            yield self._as_orders(page)

    def undecided(self) -> Iterator[Rows[Order]]:
        """Yield the orders of all events that may hold seats without being sold."""
        for status in UNDECIDED:
            rows = OrderRow.status_index.query(status.value, attributes_to_get=["order_number"])
            items = ORDER.items((row.order_number,) for row in rows).values()
            page = self._as_orders(_read(ORDER, items))
            yield replace(page, found=tuple(o for o in page.found if o.status is status))

    @staticmethod
    def payments(transaction_ids: Iterable[str]) -> Rows[Paid]:
        """Return the payments with these ids that were accepted."""
        keys = ((one,) for one in dict.fromkeys(transaction_ids))
        return _read(PAYMENT, PAYMENT.items(keys).values())

    def _as_orders(self, page: Rows[OrderRow]) -> Rows[Order]:
        found: list[Order] = []
        unreadable = list(page.unreadable)
        for row in page.found:
            try:
                found.append(order_from(row, self._payment_window))
            except UnreadableOrder as error:
                unreadable.append(f"order {row.order_number}: {error.problem}")
        return Rows(tuple(found), tuple(unreadable), page.read)


def _of(event_id: str, row: type[TicketRow | OrderRow]) -> Condition:
    """Return the condition for rows of an event, or rows whose `event_id` was edited away."""
    is_of_it: Condition = (row.event_id == event_id) | ~row.event_id.is_type()
    return is_of_it


def _pages(kind: Kind, where: Condition | None = None) -> Iterator[Rows[Any]]:
    place: Place | None = None
    while True:
        items, read, place = kind.page_where(place, ROWS_PAGE, where)
        yield replace(_read(kind, items), read=read)
        if place is None:
            return


def _read(kind: Kind, items: Iterable[Item]) -> Rows[Any]:
    read = [kind.read(item) for item in items]
    unreadable = (one for one in read if isinstance(one, Unreadable))
    return Rows(
        found=tuple(one for one in read if not isinstance(one, Unreadable)),
        unreadable=tuple(f"{one.row}: {one.problem}" for one in unreadable),
        read=len(read),
    )
