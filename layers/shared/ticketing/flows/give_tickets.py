"""Give complimentary tickets: place an order that costs nothing, and have it checked.

The verification then completes it as any free order. After a crash in between it is checked when it
is due, which is at once. A repeated command finds the order that it has placed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.errors import NotForHand, OrderChanged, SeatsGone, UnknownOrganiser
from ticketing.flows.ports import Organisers, PlacesByOperator, SellsTickets
from ticketing.flows.request_check import RequestCheck
from ticketing.observability import logger
from ticketing.orders.basket import Basket, Request, new_order_number
from ticketing.orders.box_office import MOST_TIMES, given_order, refuse_shortage, request_of
from ticketing.orders.order import Order, OrderStatus, Origin


@dataclass(frozen=True)
class Given:
    """The order, and those of the same command before it.

    `is_new`: this command placed it, or would have. `is_queued`: a check of it is under way, so
    that its tickets follow within a minute and not with the next scan.
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
        """Give these tickets, once unless `another` says once more.

        Raises `EventNotFound`, `NotForHand`, `UnknownOrganiser` and `TooManyAtOnce`.
        """
        event = self.events.get(basket.event_id)
        requests = [
            request_of(basket, Origin.GIVEN, times, event) for times in range(1, MOST_TIMES + 1)
        ]
        earlier = tuple(self._placed(requests))
        if earlier and not another:
            return self._checked(Given(self.orders.get(earlier[0]), earlier), now)
        if len(earlier) == MOST_TIMES:
            raise NotForHand(event.event_id, f"this was given {MOST_TIMES} times already")
        kinds = self.events.ticket_types(basket.event_id)
        order = given_order(
            basket,
            event,
            kinds,
            self._merchant_of(event.organiser_id),
            new_order_number(),
            self.payment_window,
            now,
        )
        if self.dry_run:
            refuse_shortage(basket, kinds)
            return Given(order, earlier, is_new=True)
        return self._checked(self._place(order, basket, requests[len(earlier)], earlier, note), now)

    def _placed(self, requests: list[Request]) -> Iterator[str]:
        """Yield the orders of this command, the first one first."""
        for request in requests:
            repeated = self.orders.requested(request.key)
            if repeated is None:
                return
            yield repeated.order_number

    def _place(
        self,
        order: Order,
        basket: Basket,
        request: Request,
        earlier: tuple[str, ...],
        note: str,
    ) -> Given:
        try:
            self.orders.place(order, request, reason=f"give: {note}")
        except OrderChanged:  # placed by the same command, or by this one unanswered
            repeated = self.orders.requested(request.key)
            if repeated is None:
                raise
            is_mine = repeated.order_number == order.order_number
            return Given(self.orders.get(repeated.order_number), earlier, is_new=is_mine)
        except SeatsGone as error:
            refuse_shortage(basket, self.events.ticket_types(basket.event_id))
            text = "somebody else took the seats; try again"
            raise NotForHand(order.event_id, text) from error
        logger.info("given", order=order.order_number)
        return Given(self.orders.get(order.order_number), earlier, is_new=True)

    def _checked(self, given: Given, now: datetime) -> Given:
        """Have the order checked, unless its tickets are issued or nothing may be written."""
        if self.dry_run or given.order.status is not OrderStatus.PENDING:
            return given
        queued = self.request_check(given.order, now)
        return Given(given.order, given.earlier, given.is_new, is_queued=queued)

    def _merchant_of(self, organiser_id: str) -> str:
        """Return the account of the organiser, which every order names though nothing is paid."""
        merchant_code = self.organisers.get(organiser_id).merchant_code
        if not merchant_code:
            raise UnknownOrganiser(organiser_id, "it was never connected")
        return merchant_code
