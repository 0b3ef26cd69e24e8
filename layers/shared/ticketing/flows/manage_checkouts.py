"""Ask SumUp, on behalf of the shop's function, about the checkouts of an order waiting for payment.

Strangers can reach the shop's function, so it cannot read any organiser's token. It can have only
those things done here that buyers need, and only with orders and checkouts that exist.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.brand import Brand
from ticketing.errors import (
    OrderNotFound,
    PaymentProviderError,
    UnknownOrganiser,
    UnreadableOrder,
)
from ticketing.flows.ports import OpensCheckouts, ReadsCheckouts
from ticketing.observability import logger
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.checkout_call import Ask, CheckoutAnswer, CheckoutCall, Failure
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutResult, CheckoutSeen
from ticketing.payments.payment import UNKNOWN, Checkout

Found = tuple[Checkout, ...] | Checkout | CheckoutResult


@dataclass(frozen=True)
class ManageCheckouts:
    """Creates, finds, fetches and deactivates checkouts."""

    orders: ReadsCheckouts
    sumup: OpensCheckouts
    brand: Brand

    def __call__(self, call: CheckoutCall, now: datetime) -> CheckoutAnswer:
        """Return SumUp's answer, or the reason why there is none."""
        try:
            order = self.orders.get(call.order_number)
        except (OrderNotFound, UnreadableOrder) as error:
            logger.error("not asked", ask=call.ask, problem=str(error))
            return _answer(PaymentProviderError("the order cannot be read"))
        if order.status is not OrderStatus.PENDING or order.is_free:
            logger.warning("not asked", ask=call.ask, problem="it waits for no payment")
            return _answer(PaymentProviderError("the order does not wait for a payment"))
        return _answer(self._asked(order, call, now))

    def _asked(self, order: Order, call: CheckoutCall, now: datetime) -> Found:
        match call.ask:
            case Ask.CREATE:
                return self._create(order, call, now)
            case Ask.FIND:
                return self.sumup.find(order, now)
        record = self._record(order, call)
        if record is None:
            return PaymentProviderError("the order has no such checkout")
        if call.ask is Ask.FETCH:
            return self.sumup.fetch_checkout(order, record, now)
        before = CheckoutSeen(record, Checkout(record.checkout_id, UNKNOWN))
        return self.sumup.deactivate(order, before, now)

    def _create(self, order: Order, call: CheckoutCall, now: datetime) -> Found:
        pay_until = min(order.deadline, call.pay_until or order.deadline)
        return self.sumup.create_checkout(
            replace(order, deadline=pay_until),
            f"Order {order.order_number}",
            self.brand.webhook_url,
            self._way_back(order, call),
            now,
        )

    def _way_back(self, order: Order, call: CheckoutCall) -> str:
        """Return where the buyer comes back to: the order's page, with the caller's return code.

        The caller has the secret of links; this function does not. It accepts no other page from
        the caller, because whoever took over the caller could then send buyers anywhere.
        """
        page, wanted = self.brand.order_url(order.order_number), call.redirect_url or ""
        return wanted if wanted.startswith(f"{page}&") else page

    def _record(self, order: Order, call: CheckoutCall) -> CheckoutRecord | None:
        records = self.orders.records(order) or ()
        return next((r for r in records if r.checkout_id == call.checkout_id), None)


def _answer(found: Found) -> CheckoutAnswer:
    match found:
        case tuple():
            return CheckoutAnswer(found)
        case Checkout():
            return CheckoutAnswer((found,))
        case CheckoutSeen():
            return CheckoutAnswer((found.checkout,), found.deactivation, found.sandbox)
        case PaymentProviderError() | UnknownOrganiser():
            return CheckoutAnswer(failure=Failure.of(found))
    raise NotImplementedError(found)  # every kind of answer has its case above
