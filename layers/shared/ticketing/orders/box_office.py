"""Orders that an operator places for somebody: complimentary tickets. Pure."""

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
"""The keys of operators' requests begin so; those of the shop are random."""
MOST_TIMES = 50
"""How often the same may be asked for with `--another`."""
KEPT = timedelta(days=2)
"""How long after its event has begun a request is remembered."""


def request_of(basket: Basket, origin: Origin, times: int, event: Event) -> Request:
    """Return the request that the same command becomes, `times` counting from 1.

    The key is made of what was typed, but for the reason: who corrects only that gives nothing
    twice. It is remembered as long as the command can be typed.
    """
    typed = replace(basket, email=folded(basket.email)).fingerprint
    key = f"{BY_OPERATOR}{origin}-{typed}-{times}"
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
    """Return the order for complimentary tickets: on sale or not, they cost nothing.

    Raises `NotForHand` for an event that is cancelled or has begun, and for an unknown ticket type.
    """
    offered = replace(
        event,
        on_sale=True,
        sale_starts_at=None,
        sale_ends_at=None,
        about=replace(event.about, consent=False),
    )
    kinds = [_for_nothing(kind) for kind in ticket_types]
    try:
        order = to_order(
            basket, offered, kinds, merchant_code, order_number, payment_window, payment_window, now
        )
    except InvalidBasket as error:
        known = ", ".join(sorted(kind.sku for kind in ticket_types)) or "none"
        hint = f"; its ticket types are: {known}" if error.field.endswith(".sku") else ""
        raise NotForHand(event.event_id, f"{error.reason}{hint}") from error
    return replace(order, origin=Origin.GIVEN, status_reason="Complimentary; not issued yet.")


def refuse_shortage(basket: Basket, ticket_types: Sequence[TicketType]) -> None:
    """Raise `NotForHand` if fewer seats are left than an operator wants."""
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
    return replace(
        kind,
        price=Money(kind.price.amount * 0, kind.price.currency),
        on_sale=True,
        sale_starts_at=None,
        sale_ends_at=None,
    )
