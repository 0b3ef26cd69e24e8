"""Give complimentary tickets: place an order that costs nothing, and have it checked.

Verification then completes it like any free order. If the command crashes before it queues the
check, the next scan does. A repeated command finds the order that it placed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.errors import NotForHand
from ticketing.flows.place_by_operator import place, placed_before
from ticketing.flows.ports import Organisers, PlacesByOperator, SellsTickets
from ticketing.flows.request_check import RequestCheck
from ticketing.flows.seller import merchant_of
from ticketing.observability import logger
from ticketing.orders.basket import Basket, new_order_number
from ticketing.orders.box_office import MOST_TIMES, given_order, refuse_shortage, request_of
from ticketing.orders.order import Order, OrderStatus, Origin


@dataclass(frozen=True)
class Given:
    """The order, and the `earlier` ones that the same command placed.

    `is_new`: this run placed it, or a dry run would have. `is_queued`: no check of it was refused
    by the queue, so its tickets need not wait for the next scan.
    """

    order: Order
    earlier: tuple[str, ...] = ()
    is_new: bool = False
    is_queued: bool = True


@dataclass(frozen=True)
class GiveTickets:
    """Gives tickets; with `dry_run` it decides and writes nothing."""

    orders: PlacesByOperator
    events: SellsTickets
    organisers: Organisers
    request_check: RequestCheck
    payment_window: timedelta
    dry_run: bool = False

    def __call__(self, basket: Basket, note: str, now: datetime, *, another: bool = False) -> Given:
        """Give these tickets once, or once more with `another`.

        Raises `EventNotFound`, `NotForHand`, `UnknownOrganiser` and `TooManyAtOnce`.
        """
        event = self.events.get(basket.event_id)
        requests = [
            request_of(basket, Origin.GIVEN, times, event) for times in range(1, MOST_TIMES + 1)
        ]
        earlier = tuple(placed_before(self.orders, requests))
        if earlier and not another:
            return self._checked(Given(self.orders.get(earlier[0]), earlier), now)
        if len(earlier) == MOST_TIMES:
            raise NotForHand(event.event_id, f"this was given {MOST_TIMES} times already")
        kinds = self.events.ticket_types(basket.event_id)
        order = given_order(
            basket,
            event,
            kinds,
            merchant_of(event, self.organisers),
            new_order_number(),
            self.payment_window,
            now,
        )
        if self.dry_run:
            refuse_shortage(basket, kinds)
            return Given(order, earlier, is_new=True)
        request = requests[len(earlier)]
        placed = place(self.orders, self.events, order, basket, request, f"give: {note}")
        is_new = placed.order_number == order.order_number
        if is_new:
            logger.info("given", order=order.order_number)
        return self._checked(Given(placed, earlier, is_new), now)

    def _checked(self, given: Given, now: datetime) -> Given:
        """Have the order checked, unless its tickets are issued or nothing may be written."""
        if self.dry_run or given.order.status is not OrderStatus.PENDING:
            return given
        queued = self.request_check(given.order, now)
        return Given(given.order, given.earlier, given.is_new, is_queued=queued)
