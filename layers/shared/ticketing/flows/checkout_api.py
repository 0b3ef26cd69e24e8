"""Place an order, open its checkout, and open another one when the buyer tries to pay again."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    UnknownOrganiser,
)
from ticketing.events.event import Event
from ticketing.flows.ports import OpensCheckouts, Organisers, PlacesOrders, Queue, SellsTickets
from ticketing.observability import TURNED_AWAY, count, logger
from ticketing.orders.basket import Basket, Request, new_order_number, shortages, to_order
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutSeen, Deactivation
from ticketing.payments.payment import EXPIRED, Checkout

KEPT = timedelta(days=1)
"""How long an idempotency key is remembered."""
HINT_EVERY = timedelta(seconds=10)
"""The least time between two checks that visits to an order's page cause."""


@dataclass(frozen=True)
class Placed:
    """An order and its checkout; None while SumUp cannot be reached, or if the order is free."""

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
    verifications: Queue
    brand: Brand
    payment_window: timedelta

    def order(self, basket: Basket, key: str, now: datetime) -> Placed:
        """Place an order for a basket and open its checkout; the same key gives the same order.

        Raises `InvalidBasket`, `SoldOut`, `EventNotFound`, `RequestReused`, `TooManyAtOnce`.
        """
        try:
            placed = self._repeated(basket, key) or self._place(basket, key, now)
        except OrderChanged:  # the same request was sent twice, and the other one was stored
            repeated = self._repeated(basket, key)
            if repeated is None:
                raise
            placed = repeated
        return Placed(placed, self._checkout(placed, now))

    def pay_again(self, order_number: str, now: datetime) -> Placed:
        """Open a new checkout after deactivating the one before.

        Raises `NotPayable` with a reason for the buyer, and `PaymentProviderUnavailable`.
        """
        order = self.orders.get(order_number)
        self._require_payable(order, now)
        records = self.orders.records(order)
        if records:
            self._retire(order, records[-1], now)
            self.orders.retry_payment(order, f"{order_number}-{len(records) + 1}", now)
            order = self.orders.get(order_number)
        checkout = self._open(order, now)
        if checkout is None or checkout.pay_url is None:
            raise PaymentProviderUnavailable("SumUp cannot be reached at the moment")
        return Placed(order, checkout)

    def hint(self, order: Order, now: datetime) -> None:
        """Queue a verification of a pending order, unless it was checked a moment ago."""
        seen = order.checked_at or order.created_at
        if order.status is OrderStatus.PENDING and now - seen >= HINT_EVERY:
            self.verifications.send([order.order_number])

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
        merchant_code = self._merchant_of(event)
        order = to_order(
            basket, event, kinds, merchant_code, new_order_number(), self.payment_window, now
        )
        try:
            self.orders.place(order, Request(key, basket.fingerprint, now + KEPT))
        except SeatsGone as error:
            kinds = self.events.ticket_types(basket.event_id)
            raise SoldOut(shortages(basket, kinds)) from error
        except TooManyAtOnce:
            count(TURNED_AWAY)
            raise
        count("OrdersPlaced")
        logger.info("placed", order=order.order_number)
        return order

    def _merchant_of(self, event: Event) -> str:
        """Return the account that is paid. Nothing is sold for an organiser without one."""
        merchant_code = self.organisers.get(event.organiser_id).merchant_code
        if not merchant_code:
            raise UnknownOrganiser(event.organiser_id, "it was never connected")
        return merchant_code

    def _checkout(self, order: Order, now: datetime) -> CheckoutRecord | None:
        if order.is_free:
            self.verifications.send([order.order_number])
            return None
        if order.status is not OrderStatus.PENDING:
            return None
        records = self.orders.records(order)
        return records[-1] if records else self._open(order, now)

    def _open(self, order: Order, now: datetime) -> CheckoutRecord | None:
        """Create a checkout, and record it before the buyer can pay it."""
        checkout = self.sumup.create_checkout(
            order,
            f"Order {order.order_number}",
            self.brand.webhook_url,
            self.brand.order_url(order.order_number),
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

    @staticmethod
    def _require_payable(order: Order, now: datetime) -> None:
        if order.status is not OrderStatus.PENDING:
            raise NotPayable(order.order_number, "this order is not waiting for a payment")
        if order.is_free:
            raise NotPayable(order.order_number, "there is nothing to pay")
        if now >= order.deadline:
            raise NotPayable(order.order_number, "the time to pay for this order is over")

    def _retire(self, order: Order, record: CheckoutRecord, now: datetime) -> None:
        """Make sure that the old checkout can no longer be paid, and was not."""
        seen = self.sumup.fetch_checkout(order, record, now)
        if isinstance(seen, CheckoutSeen) and not seen.checkout.has_money and not _is_over(seen):
            seen = self.sumup.deactivate(order, seen, now)
        if not isinstance(seen, CheckoutSeen):
            raise PaymentProviderUnavailable("SumUp cannot be reached at the moment")
        if seen.checkout.has_money:
            self.verifications.send([order.order_number])
            raise NotPayable(order.order_number, "a payment has arrived and is being checked")
        if seen.deactivation is Deactivation.UNDER_WAY:
            raise NotPayable(order.order_number, "a payment is being processed right now")


class SoldOut(SeatsGone):
    """Raised when a basket asks for more seats than are left.

    `shortages` has the field of each line that asks for too many, and what is left.
    """

    def __init__(self, shortages: Sequence[tuple[str, str]]) -> None:
        self.shortages = tuple(shortages)
        super().__init__("(new)")


def _is_over(seen: CheckoutSeen) -> bool:
    return seen.checkout.status == EXPIRED
