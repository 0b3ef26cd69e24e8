"""Take and free seats in transactions: how many are left of each ticket type of an event."""

from collections.abc import Mapping

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.models import TicketTypeRow
from ticketing.orders.order import Order


def take_seats(t: TransactWrite, order: Order) -> None:
    """Take the order's seats, on the condition that enough are left."""
    for sku, wanted in order.seats.items():
        t.update(
            TicketTypeRow(order.event_id, sku),
            actions=[TicketTypeRow.available.set(TicketTypeRow.available - wanted)],
            condition=TicketTypeRow.available >= wanted,
        )


def free_seats(t: TransactWrite, order: Order, held: Mapping[str, int]) -> None:
    """Put these seats of the order, by ticket type, on sale again."""
    for sku, seats in held.items():
        t.update(
            TicketTypeRow(order.event_id, sku),
            actions=[TicketTypeRow.available.set(TicketTypeRow.available + seats)],
        )


def existing_seats(order: Order, seats: Mapping[str, int]) -> dict[str, int]:
    """Return an order's seats, by SKU, without those whose ticket type no longer exists."""
    return {sku: n for sku, n in seats.items() if _row(order, sku)}


def are_seats_left(order: Order) -> bool:
    """Return whether enough seats are left for the order now."""
    rows = ((_row(order, sku), wanted) for sku, wanted in order.seats.items())
    return all(row is not None and row.available >= wanted for row, wanted in rows)


def _row(order: Order, sku: str) -> TicketTypeRow | None:
    try:
        return TicketTypeRow.get(order.event_id, sku, consistent_read=True)
    except DoesNotExist:
        return None
