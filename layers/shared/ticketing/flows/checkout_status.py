"""Fetch all checkouts of an order from SumUp, for a decision that a person makes.

A dry run reads the same, and assumes that SumUp would do what it is asked to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import NotDecidable, OrderChanged, PaymentProviderError, UnknownOrganiser
from ticketing.flows.ports import KeepsCheckouts, OpensCheckouts
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


@dataclass(frozen=True)
class CheckoutAnswers:
    """Fetches an order's checkouts and deactivates them."""

    orders: KeepsCheckouts
    sumup: OpensCheckouts
    dry_run: bool = False

    def of(self, order: Order, now: datetime) -> list[CheckoutResult]:
        """Return SumUp's answer about each checkout of the order.

        Raises `OrderChanged` after attaching checkouts that the order did not know.
        """
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

    def retired(
        self, order: Order, answers: Sequence[CheckoutResult], now: datetime
    ) -> tuple[list[CheckoutResult], tuple[str, ...]]:
        """Deactivate the checkouts that can still be paid.

        Returns SumUp's answers afterwards, and the ids of the deactivated checkouts.
        """
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
        """Attach the checkouts that SumUp has under the reference, and raise `OrderChanged`.

        A dry run only returns them. If they are attached already, another checkout of the order has
        lost its row, and only a backup can restore that.
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
