"""Orders that an operator places: complimentary tickets, and sales at the door. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ticketing.errors import InvalidBasket, NotForHand
from ticketing.events.event import Event, TicketType
from ticketing.money import Money
from ticketing.orders.basket import Basket, Request, to_order
from ticketing.orders.buyer import folded
from ticketing.orders.order import Order, Origin

BY_OPERATOR = "operator-"
"""How the keys of operators' requests begin; those of the shop are random."""
MOST_TIMES = 50
"""How often the same command may place an order, with `--another`."""
KEPT = timedelta(days=2)
"""How long after the start of its event a request is remembered."""
HELD_AT_DOOR = timedelta(minutes=15)
"""How long seats are held for a sale at the door that was interrupted."""
LONGEST_EVENT = timedelta(hours=24)
"""How long after its start an event whose end is not known has tickets at the door."""


def request_of(basket: Basket, origin: Origin, times: int, event: Event, code: str = "") -> Request:
    """Return the request for the same command, given for the n-th time: `times` counts from 1.

    The key is made of what was typed, including the `code` of a payment, except the reason: an
    operator who only corrects that gives nothing twice. It is remembered for as long as the command
    is any use.
    """
    typed = replace(basket, email=folded(basket.email)).fingerprint
    key = "-".join(filter(None, (f"{BY_OPERATOR}{origin}", typed, code, f"{times}")))
    return Request(key, basket.fingerprint, event.starts_at + KEPT)


def given_order(
    basket: Basket,
    event: Event,
    ticket_types: Sequence[TicketType],
    merchant_code: str,
    order_number: str,
    payment_window: timedelta,
    now: datetime,
) -> Order:
    """Return the order for complimentary tickets, which need not be on sale and cost nothing.

    Raises `NotForHand` for an event that is cancelled or has begun, and for an unknown ticket type.
    """
    kinds = [_for_nothing(kind) for kind in ticket_types]
    order = _placed(basket, event, kinds, merchant_code, order_number, payment_window, now)
    return replace(order, origin=Origin.GIVEN, status_reason="Complimentary; not issued yet.")


def door_order(
    basket: Basket,
    event: Event,
    ticket_types: Sequence[TicketType],
    merchant_code: str,
    order_number: str,
    origin: Origin,
    now: datetime,
) -> Order:
    """Return the order for tickets sold at the door, on sale or not, until the event is over.

    The order is completed at once. If that is interrupted, its seats are held for a quarter of an
    hour.

    Raises `NotForHand` for an event that is cancelled or over, for an unknown ticket type, and for
    tickets that cost nothing.
    """
    over = event.ends_at or event.starts_at + LONGEST_EVENT
    if now >= over:
        raise NotForHand(event.event_id, "this event is over")
    open_still = replace(event, starts_at=over)
    order = _placed(
        basket, open_still, ticket_types, merchant_code, order_number, HELD_AT_DOOR, now
    )
    if order.is_free:
        raise NotForHand(event.event_id, "these tickets cost nothing: use `events give`")
    return replace(
        order,
        origin=origin,
        event_starts_at=event.starts_at,
        status_reason="Sold at the door; not issued yet.",
    )


def _placed(
    basket: Basket,
    event: Event,
    ticket_types: Sequence[TicketType],
    merchant_code: str,
    order_number: str,
    window: timedelta,
    now: datetime,
) -> Order:
    """Return the order as if the whole event were on sale, and asked for no consent."""
    offered = replace(
        event,
        on_sale=True,
        sale_starts_at=None,
        sale_ends_at=None,
        hold_minutes=None,
        about=replace(event.about, consent=False),
    )
    kinds = [
        replace(kind, on_sale=True, sale_starts_at=None, sale_ends_at=None) for kind in ticket_types
    ]
    try:
        return to_order(basket, offered, kinds, merchant_code, order_number, window, window, now)
    except InvalidBasket as error:
        known = ", ".join(sorted(kind.sku for kind in ticket_types)) or "none"
        hint = f"; its ticket types are: {known}" if error.field.endswith(".sku") else ""
        raise NotForHand(event.event_id, f"{error.reason}{hint}") from error


def refuse_shortage(basket: Basket, ticket_types: Sequence[TicketType]) -> None:
    """Raise `NotForHand` if fewer seats are left than the operator wants."""
    left = {kind.sku: max(kind.available, 0) for kind in ticket_types}
    for wanted in basket.lines:
        seats = left.get(wanted.sku, 0)
        if seats < wanted.quantity:
            text = (
                f"{seats} of {wanted.sku} are left, {wanted.quantity} are wanted; to make room, "
                "raise its capacity in the file and run `events import`"
            )
            raise NotForHand(basket.event_id, text)


def _for_nothing(kind: TicketType) -> TicketType:
    return replace(kind, price=Money(kind.price.amount * 0, kind.price.currency))
