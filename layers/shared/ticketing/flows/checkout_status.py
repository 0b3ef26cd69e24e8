"""How all checkouts of an order stand at SumUp, for what a person wants of it.

A dry run reads the same, and takes it for granted that SumUp would do what it is asked to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketing.errors import NotDecidable, OrderChanged, PaymentProviderError, UnknownOrganiser
from ticketing.orders.order import Order
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutRecord,
    CheckoutResult,
    CheckoutSeen,
)
from ticketing.payments.matching import is_wanted
from ticketing.payments.payment import Checkout


class Orders(Protocol):
    """What is needed of the orders table."""

    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...
    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None: ...


class Questions(Protocol):
    """What is needed of SumUp."""

    def fetch_checkout(
        self, order: Order, record: CheckoutRecord, now: datetime
    ) -> CheckoutResult: ...
    def deactivate(self, order: Order, before: CheckoutSeen, now: datetime) -> CheckoutResult: ...
    def fetch_transaction(
        self, order: Order, seen: CheckoutSeen, now: datetime
    ) -> CheckoutSeen: ...
    def find(
        self, order: Order, now: datetime
    ) -> tuple[Checkout, ...] | PaymentProviderError | UnknownOrganiser: ...


@dataclass(frozen=True)
class CheckoutAnswers:
    """The questions with whom they are put to."""

    orders: Orders
    sumup: Questions
    dry_run: bool = False

    def of(self, order: Order, now: datetime) -> list[CheckoutResult]:
        """Return how each checkout of the order stands, or why that is not known."""
        if order.is_free:
            return []
        records = self.orders.records(order)
        if records is None:
            found = self.sumup.find(order, now)
            if isinstance(found, PaymentProviderError | UnknownOrganiser):
                return [found]
            wanted = [c for c in found if is_wanted(order, order.checkout_reference, c)]
            if not wanted:
                return [CheckoutMissing()]
            records = self._adopted(order, wanted, now)
        return [self.sumup.fetch_checkout(order, record, now) for record in records]

    def inspected(self, order: Order, answer: CheckoutResult, now: datetime) -> CheckoutResult:
        """Return the answer with what the transaction resource says, where there is money."""
        if isinstance(answer, CheckoutSeen) and answer.checkout.has_money:
            return self.sumup.fetch_transaction(order, answer, now)
        return answer

    def retired(
        self, order: Order, answers: Sequence[CheckoutResult], now: datetime
    ) -> tuple[list[CheckoutResult], tuple[str, ...]]:
        """Take what can still be paid out of use; return how it stands then, and what that was."""
        gone = {id(seen): seen for seen in manual_decision.payable(answers)}
        retired = [
            self._deactivated(order, answer, now)
            if isinstance(answer, CheckoutSeen) and id(answer) in gone
            else answer
            for answer in answers
        ]
        return retired, tuple(seen.record.checkout_id for seen in gone.values())

    def _adopted(
        self, order: Order, wanted: Sequence[Checkout], now: datetime
    ) -> tuple[CheckoutRecord, ...]:
        """Attach what SumUp holds under the order's reference; a dry run looks at it all the same.

        Attached already: another one that the order lists has no row, which only a backup mends.
        """
        if {checkout.id for checkout in wanted} <= set(order.checkout_ids):
            text = "one of its checkouts has no row in the checkouts table: run `audit`"
            raise NotDecidable(order.order_number, text)
        if not self.dry_run:
            self.orders.adopt(order, wanted, now)
            raise OrderChanged(order.order_number)
        number, reference = order.order_number, order.checkout_reference
        return tuple(CheckoutRecord(c.id, number, reference, c.pay_url) for c in wanted)

    def _deactivated(self, order: Order, seen: CheckoutSeen, now: datetime) -> CheckoutResult:
        if self.dry_run:
            return manual_decision.as_if_deactivated(seen)
        return self.sumup.deactivate(order, seen, now)
