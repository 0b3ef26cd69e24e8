"""Place an order, open its checkout, and open another one when the buyer tries to pay again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ticketing.brand import Brand
from ticketing.errors import (
    NotPayable,
    OrderChanged,
    PaymentClaimed,
    PaymentProviderUnavailable,
    RequestReused,
    SeatsGone,
    TooManyAtOnce,
    TooManyAttempts,
    TooManyUnpaid,
)
from ticketing.events.event import Event
from ticketing.events.sale import payment_refusal
from ticketing.flows.book_attempt import book_attempt
from ticketing.flows.ports import OpensCheckouts, Organisers, PlacesOrders, SellsTickets
from ticketing.flows.request_check import RequestCheck
from ticketing.flows.seller import merchant_of
from ticketing.observability import TURNED_AWAY, count, logger
from ticketing.orders.access import OrderAccess
from ticketing.orders.basket import Basket, Request, new_order_number, shortages, to_order
from ticketing.orders.limits import Limits
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.schedule import MOST_ATTEMPTS
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutSeen, Deactivation
from ticketing.payments.payment import EXPIRED, Checkout
from ticketing.sentence import sentence

KEPT = timedelta(days=1)
"""How long an idempotency key is remembered."""


@dataclass(frozen=True)
class Placed:
    """An order and its checkout.

    The checkout is always a fresh one, because SumUp's page for it lasts only half an hour. It is
    None while SumUp cannot be reached, if the order is free, and if a repeated request finds that
    the order has a checkout already or cannot have one: then the buyer goes on to the order's page.
    """

    order: Order
    checkout: CheckoutRecord | None

    @property
    def pay_url(self) -> str | None:
        return self.checkout.pay_url if self.checkout else None


@dataclass(frozen=True)
class CheckoutApi:
    """The steps of a purchase."""

    orders: PlacesOrders
    events: SellsTickets
    organisers: Organisers
    sumup: OpensCheckouts
    request_check: RequestCheck
    access: OrderAccess
    brand: Brand
    payment_window: timedelta
    hold: timedelta
    limits: Limits

    def order(self, basket: Basket, key: str, now: datetime) -> Placed:
        """Place an order for a basket and open its checkout; the same key returns the same order.

        Raises `InvalidBasket`, `SoldOut`, `EventNotFound`, `RequestReused`, `TooManyAtOnce` and
        `LimitReached`.
        """
        repeated, mine = self._repeated(basket, key), ""
        try:
            placed = repeated or self._place(basket, key, now)
            mine = "" if repeated else placed.order_number
        except OrderChanged as error:  # stored by the same request, or by this one unanswered
            repeated = self._repeated(basket, key)
            if repeated is None:
                raise
            placed, mine = repeated, error.order_number
        is_new = placed.order_number == mine
        return Placed(placed, self._checkout(placed, now, is_new=is_new))

    def pay_again(self, order_number: str, now: datetime) -> Placed:
        """Open a new checkout, after deactivating the previous one.

        Raises `NotPayable` with a reason for the buyer, `TooManyAttempts` and
        `PaymentProviderUnavailable`.
        """
        order = self.orders.get(order_number)
        event = self.events.get(order.event_id)
        self._require_payable(order, event, now)
        book_attempt(self.orders, order, now)
        records = self.orders.records(order)
        if records:
            seen = self._retire(order, records[-1], now)
            reference = f"{order_number}-{len(records) + 1}"
            self.orders.retry_payment(order, reference, seen, now)
            order = self.orders.get(order_number)
        checkout = self._open(order, event, now)
        if checkout is None or checkout.pay_url is None:
            raise PaymentProviderUnavailable("SumUp cannot be reached at the moment")
        return Placed(order, checkout)

    def visit(self, order: Order, now: datetime) -> None:
        """Have a pending order checked, because somebody is looking at its page."""
        if order.status is OrderStatus.PENDING:
            self.request_check(order, now)

    def _repeated(self, basket: Basket, key: str) -> Order | None:
        """Return the order of an earlier request with this key, if there is one.

        Raises `RequestReused` if that request had another basket.
        """
        repeated = self.orders.requested(key)
        if repeated is None:
            return None
        if repeated.fingerprint != basket.fingerprint:
            raise RequestReused
        return self.orders.get(repeated.order_number)

    def _place(self, basket: Basket, key: str, now: datetime) -> Order:
        event = self.events.get(basket.event_id)
        kinds = self.events.ticket_types(basket.event_id)
        order = to_order(
            basket,
            event,
            kinds,
            merchant_of(event, self.organisers),
            new_order_number(),
            self.payment_window,
            self.hold,
            now,
        )
        allowances = self.limits.of(order, kinds)
        if allowances.seats:
            order = replace(order, held_in=allowances.seats.key)
        try:
            self.orders.place(order, Request(key, basket.fingerprint, now + KEPT), allowances)
        except SeatsGone as error:
            kinds = self.events.ticket_types(basket.event_id)
            raise SoldOut(shortages(basket, kinds)) from error
        except (TooManyAtOnce, TooManyUnpaid):
            count(TURNED_AWAY)
            raise
        count("OrdersPlaced")
        logger.info("placed", order=order.order_number)
        return order

    def _checkout(self, order: Order, now: datetime, *, is_new: bool) -> CheckoutRecord | None:
        """Open the order's checkout; None if it has one already, or cannot have one now.

        A repeated request may come hours later, when SumUp's page is gone, so it never returns a
        checkout that an earlier request opened. It is limited as attempts to pay again are.
        """
        if order.status is not OrderStatus.PENDING:
            return None
        if order.is_free:
            self.request_check(order, now)
            return None
        if order.checkout_ids:
            return None
        event = self.events.get(order.event_id)
        if not is_new:
            try:
                self._require_payable(order, event, now)
                book_attempt(self.orders, order, now)
            except (NotPayable, TooManyAttempts):
                return None
        return self._open(order, event, now)

    def _open(self, order: Order, event: Event, now: datetime) -> CheckoutRecord | None:
        """Create a checkout, and record it before the buyer can pay it."""
        checkout = self.sumup.create_checkout(
            replace(order, deadline=min(order.deadline, event.starts_at)),
            f"Order {order.order_number}",
            self.brand.webhook_url,
            self._way_back(order),
            now,
        )
        if not isinstance(checkout, Checkout):
            logger.warning("no checkout yet", order=order.order_number, problem=str(checkout))
            return None
        try:
            self.orders.adopt(order, [checkout], now)
        except (OrderChanged, PaymentClaimed):
            records = self.orders.records(self.orders.get(order.order_number))
            return records[-1] if records else None
        reference = order.checkout_reference
        return CheckoutRecord(checkout.id, order.order_number, reference, checkout.pay_url)

    def _way_back(self, order: Order) -> str:
        code = self.access.return_code(order.order_number, order.deadline)
        return self.brand.return_url(order.order_number, code, order.customer.language)

    @staticmethod
    def _require_payable(order: Order, event: Event, now: datetime) -> None:
        if order.status is not OrderStatus.PENDING:
            raise NotPayable(
                order.order_number, sentence("this order is not waiting for a payment")
            )
        if order.is_free:
            raise NotPayable(order.order_number, sentence("there is nothing to pay"))
        if reason := payment_refusal(event):
            raise NotPayable(order.order_number, reason)
        if now >= min(order.open_until, event.starts_at):
            raise NotPayable(order.order_number, sentence("the time to pay for this order is over"))
        if len(order.checkout_ids) >= MOST_ATTEMPTS:
            text = sentence(
                "{most} attempts to pay this order failed; cancel it and order again",
                most=MOST_ATTEMPTS,
            )
            raise NotPayable(order.order_number, text)

    def _retire(self, order: Order, record: CheckoutRecord, now: datetime) -> CheckoutSeen:
        """Make sure that the old checkout is unpaid and can no longer be paid; return it."""
        seen = self.sumup.fetch_checkout(order, record, now)
        if isinstance(seen, CheckoutSeen) and not seen.checkout.has_money and not _is_over(seen):
            seen = self.sumup.deactivate(order, seen, now)
        if not isinstance(seen, CheckoutSeen):
            raise PaymentProviderUnavailable("SumUp cannot be reached at the moment")
        if seen.checkout.has_money:
            self.request_check(order, now)
            raise NotPayable(
                order.order_number, sentence("a payment has arrived and is being checked")
            )
        if seen.deactivation is Deactivation.UNDER_WAY:
            raise NotPayable(order.order_number, sentence("a payment is being processed right now"))
        return seen


class SoldOut(SeatsGone):
    """Raised when a basket asks for more seats than are left.

    `shortages` has the field of each line that asks for too many, and a sentence with what is left.
    """

    def __init__(self, shortages: Sequence[tuple[str, str]]) -> None:
        self.shortages = tuple(shortages)
        super().__init__("(new)")


def _is_over(seen: CheckoutSeen) -> bool:
    return seen.checkout.status == EXPIRED
