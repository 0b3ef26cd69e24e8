"""Give up an unpaid order at its buyer's request: its seats are on sale again at once.

Its checkouts are deactivated first. If one of them may have been paid, the order stays open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import NotDecidable, NotGivenUp, PaymentClaimed
from ticketing.flows.book_attempt import book_attempt
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import GivesOrdersUp, OpensCheckouts
from ticketing.flows.request_check import RequestCheck
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
)
from ticketing.sentence import sentence


@dataclass(frozen=True)
class GiveUpOrder:
    """Closes orders that their buyers give up."""

    orders: GivesOrdersUp
    sumup: OpensCheckouts
    request_check: RequestCheck

    def __call__(self, order_number: str, now: datetime) -> None:
        """Close the order, unless it is closed already; raises `NotGivenUp` and `TooManyAttempts`.

        It counts as an attempt to pay, so SumUp is asked no more often, and not for both at once.
        """
        order = self.orders.get(order_number)
        if order.status in CLOSED:
            return
        if order.status is not OrderStatus.PENDING or order.is_free:
            raise NotGivenUp(
                order_number, sentence("only an order that waits for a payment can be given up")
            )
        book_attempt(self.orders, order, now)
        retry_on_conflict(self.orders, order_number, lambda read: self._close(read, now))

    def _close(self, order: Order, now: datetime) -> None:
        if order.status in CLOSED:
            return
        checkouts = CheckoutAnswers(self.orders, self.sumup)
        answers: list[CheckoutResult] = []
        try:
            answers, _ = checkouts.retired(order, checkouts.of(order, now), now)
            decision = manual_decision.surrender(order, answers, now)
        except (NotDecidable, PaymentClaimed) as error:
            self.request_check(order, now)
            raise NotGivenUp(order.order_number, _reason(answers)) from error
        self.orders.close(order, decision, (), now)


def _reason(answers: Sequence[CheckoutResult]) -> str:
    """Return the reason for the buyer; without answers, our own rows contradict each other."""
    seen = [answer for answer in answers if isinstance(answer, CheckoutSeen)]
    if any(answer.checkout.has_money for answer in seen):
        return sentence("a payment has arrived and is being checked")
    if any(answer.deactivation is Deactivation.UNDER_WAY for answer in seen):
        return sentence(
            "a payment is being processed right now; please check again in a few minutes"
        )
    if any(isinstance(answer, CheckoutMissing) for answer in answers):
        return sentence("its payment page is still being made; please try again in ten minutes")
    return sentence("it is not certain that nothing was paid; please try again in a few minutes")
