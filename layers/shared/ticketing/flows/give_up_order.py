"""Give an unpaid order up, because its buyer asks for that: its seats are on sale again at once.

Its checkouts are taken out of use first. If one of them may have been paid, the order stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import NotDecidable, NotGivenUp, TooManyAttempts
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import GivesOrdersUp, OpensCheckouts
from ticketing.flows.request_check import RequestCheck
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.orders.schedule import PAY_EVERY, seconds_to_pay_again
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import CheckoutResult, CheckoutSeen


@dataclass(frozen=True)
class GiveUpOrder:
    """Closes orders that their buyers give up."""

    orders: GivesOrdersUp
    sumup: OpensCheckouts
    request_check: RequestCheck

    def __call__(self, order_number: str, now: datetime) -> None:
        """Close the order, unless it is closed; raises `NotGivenUp` and `TooManyAttempts`.

        SumUp is asked as often as for attempts to pay, and not at the same time as for one.
        """
        order = self.orders.get(order_number)
        if order.status in CLOSED:
            return
        if order.status is not OrderStatus.PENDING or order.is_free:
            raise NotGivenUp(order_number, "only an order that waits for a payment can be given up")
        wait = seconds_to_pay_again(order, now)
        if wait or not self.orders.book_attempt(order, now):
            raise TooManyAttempts(wait or PAY_EVERY.seconds)
        retry_on_conflict(self.orders, order_number, lambda read: self._close(read, now))

    def _close(self, order: Order, now: datetime) -> None:
        if order.status in CLOSED:
            return
        checkouts = CheckoutAnswers(self.orders, self.sumup)
        answers, _ = checkouts.retired(order, checkouts.of(order, now), now)
        try:
            decision = manual_decision.surrender(order, answers, now)
        except NotDecidable as error:
            self.request_check(order, now)
            raise NotGivenUp(order.order_number, _reason(answers)) from error
        self.orders.close(order, decision, (), now)


def _reason(answers: Sequence[CheckoutResult]) -> str:
    if any(isinstance(a, CheckoutSeen) and a.checkout.has_money for a in answers):
        return "a payment has arrived and is being checked"
    return "SumUp does not say whether it was paid; please try again in some minutes"
