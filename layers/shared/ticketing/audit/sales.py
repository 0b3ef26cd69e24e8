"""Sales: tickets are sold while they are on sale, and paid before their event begins.

Organisers change the terms of a sale, so an order is judged only by terms that are older than it:
an import notes since when they apply. Terms that somebody changed by hand are not judged by.
"""

from collections.abc import Iterator
from datetime import datetime

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.events.event import CLOCKS_DIFFER, Event, TicketType
from ticketing.orders.order import Origin

AT_THE_DOOR = frozenset({Origin.TERMINAL, Origin.CASH})


def sold_while_on_sale(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order is placed while its event and all its ticket types are on sale.

    An operator may also give tickets that are off sale, but not once the event has begun; at the
    door, they are sold even then.
    """
    order, sold = snapshot.order, snapshot.sold
    if sold is None:
        return
    if order.origin in AT_THE_DOOR:
        return
    placed, is_given = order.created_at, order.origin is Origin.GIVEN
    skus = [] if is_given else [sku for sku in order.seats if sku in sold.types]
    off_sale = [f"ticket type {sku}" for sku in skus if _was_off_sale(sold.types[sku], placed)]
    is_off_sale = not is_given and _was_off_sale(sold.event, placed)
    if is_off_sale or placed > last_start(sold.event) + CLOCKS_DIFFER:
        off_sale.append("its event")
    for name in off_sale:
        text = f"The order was placed while {name} was not on sale."
        yield snapshot.breach(Rule.SOLD_OFF_SALE, text)


def paid_before_it_begins(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A payment precedes the event's start, unless a person approved it or sold at the door."""
    is_at_door = snapshot.order.origin in AT_THE_DOOR
    if snapshot.sold is None or snapshot.is_approved or is_at_door:
        return
    start = last_start(snapshot.sold.event)
    for payment in snapshot.payments:
        if payment.paid_at and payment.paid_at > start + CLOCKS_DIFFER:
            text = f"The payment was made at {payment.paid_at:%H:%M} UTC; the event had begun."
            row = f"payment {payment.transaction_id}"
            yield snapshot.breach(Rule.PAID_AFTER_START, text, row)


def last_start(event: Event) -> datetime:
    """Return the latest time at which an event was ever going to begin."""
    return max((event.starts_at, *(then.facts.starts_at for then in event.earlier)))


def _was_off_sale(sold: Event | TicketType, at: datetime) -> bool:
    off_since, window_since = sold.off_sale_since, sold.window_since
    if not sold.is_offered and off_since and at > off_since + CLOCKS_DIFFER:
        return True
    if window_since is None or at <= window_since + CLOCKS_DIFFER:
        return False
    begins, ends = sold.sale_starts_at, sold.sale_ends_at
    is_early = begins is not None and at < begins - CLOCKS_DIFFER
    return is_early or (ends is not None and at > ends + CLOCKS_DIFFER)
