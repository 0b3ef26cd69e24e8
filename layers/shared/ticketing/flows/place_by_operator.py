"""Place the order that an operator asks for, once however often the same command is typed."""

from collections.abc import Iterable, Iterator

from ticketing.errors import NotForHand, OrderChanged, SeatsGone
from ticketing.flows.ports import PlacesByOperator, SellsTickets
from ticketing.orders.basket import Basket, Request
from ticketing.orders.box_office import refuse_shortage
from ticketing.orders.order import Order


def placed_before(orders: PlacesByOperator, requests: Iterable[Request]) -> Iterator[str]:
    """Yield the numbers of the orders that these requests became, up to the first without one."""
    for request in requests:
        repeated = orders.requested(request.key)
        if repeated is None:
            return
        yield repeated.order_number


def place(
    orders: PlacesByOperator,
    events: SellsTickets,
    order: Order,
    basket: Basket,
    request: Request,
    reason: str,
) -> Order:
    """Place the order and return it, or the one that the same command has placed meanwhile.

    Raises `NotForHand` if there are not enough seats.
    """
    number = order.order_number
    try:
        orders.place(order, request, reason=reason)
    except OrderChanged:  # placed by the same command, or by this one unanswered
        repeated = orders.requested(request.key)
        if repeated is None:
            raise
        number = repeated.order_number
    except SeatsGone as error:
        refuse_shortage(basket, events.ticket_types(basket.event_id))
        text = "somebody else took the seats; try again"
        raise NotForHand(order.event_id, text) from error
    return orders.get(number)
