"""A payment as we booked it, paired with what SumUp shows of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ticketing.money import Money
from ticketing.orders.order import Order
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.reconciliation.statement import Movement

IN_FLIGHT = timedelta(hours=1)
"""How long a payment may take to show in SumUp's lists or in our tables, and a refund to settle.

Open orders are checked every few minutes. SumUp's lists and transactions lag behind its checkouts.
"""


class Column(StrEnum):
    """The sum that a difference is part of."""

    GROSS = "gross"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True)
class BusinessDay:
    """The day from `start` to before `end`, reconciled at `now`."""

    start: datetime
    end: datetime
    now: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def is_fresh(self, at: datetime) -> bool:
        """Return whether something that happened then may not show everywhere yet."""
        return at > self.now - IN_FLIGHT


@dataclass(frozen=True)
class GivenBack:
    """Money of a payment that went back to the buyer; `at` is None if SumUp does not say when."""

    kind: Movement
    amount: Decimal
    at: datetime | None = None

    @property
    def column(self) -> Column:
        return Column.CHARGED_BACK if self.kind is Movement.CHARGE_BACK else Column.REFUNDED


@dataclass(frozen=True)
class ProviderPayment:
    """A payment that took money, as SumUp shows it, with what went back before the day's end."""

    amount: Money
    at: datetime
    code: str | None = None
    returned: tuple[GivenBack, ...] = ()

    @property
    def is_all_back(self) -> bool:
        return sum((r.amount for r in self.returned), Decimal(0)) >= self.amount.amount

    @property
    def refund_status(self) -> RefundStatus:
        """The status of a refund of the whole payment; if a bank took any of it, a chargeback."""
        charged = any(r.kind is Movement.CHARGE_BACK for r in self.returned)
        return RefundStatus.CHARGED_BACK if charged else RefundStatus.REFUNDED


@dataclass(frozen=True)
class LedgerPayment:
    """A payment that we accepted for an order."""

    transaction_id: str
    order_number: str
    checkout_id: str | None
    merchant_code: str
    amount: Money
    accepted_at: datetime
    code: str | None = None


@dataclass(frozen=True)
class PaymentPair:
    """A payment from both sides; at least one side knows it.

    `order` is read only if there is something to judge: it is None for a payment on which both
    sides agree, and if the order does not exist.
    """

    transaction_id: str
    theirs: ProviderPayment | None = None
    ours: LedgerPayment | None = None
    order_number: str | None = None
    order: Order | None = None

    @property
    def at(self) -> datetime | None:
        """When it was paid, by SumUp's time if there is one."""
        if self.theirs:
            return self.theirs.at
        return self.ours.accepted_at if self.ours else None

    @property
    def code(self) -> str | None:
        """SumUp's transaction code, which payouts name."""
        known = self.theirs and self.theirs.code
        return known or (self.ours.code if self.ours else None)

    @property
    def refund(self) -> Refund | None:
        """The refund of it that our order notes."""
        return self.order.refund_of(self.transaction_id) if self.order else None

    @property
    def requested_refund(self) -> Refund | None:
        """The refund if we requested it. If SumUp refused ours, any refund was made elsewhere."""
        refund = self.refund
        if refund is None or refund.asked_at is None or refund.status is RefundStatus.REFUSED:
            return None
        return refund

    @property
    def back_in_parts(self) -> Decimal:
        """How much of it our order notes as refunded in parts."""
        return self.order.back_in_parts(self.transaction_id) if self.order else Decimal(0)

    @property
    def is_settled_by_us(self) -> bool:
        requested = self.requested_refund
        return self._is_noted_in_parts or (requested is not None and requested.went_back)

    @property
    def _is_noted_in_parts(self) -> bool:
        """Whether only a part went back, all of which our order notes."""
        if self.theirs is None or self.theirs.is_all_back or not self.theirs.returned:
            return False
        return sum(r.amount for r in self.theirs.returned) <= self.back_in_parts

    def belongs_to(self, day: BusinessDay) -> bool:
        return self.at is not None and day.holds(self.at)

    def returned_for(self, day: BusinessDay, column: Column) -> Decimal:
        """Return how much of what went back belongs in the report of this day."""
        returned = self.theirs.returned if self.theirs else ()
        wanted = (r for r in returned if r.column is column and self._is_reported_on(day, r))
        return sum((r.amount for r in wanted), Decimal(0))

    def _is_reported_on(self, day: BusinessDay, returned: GivenBack) -> bool:
        if returned.at is None or day.holds(returned.at):
            return True
        return returned.at < day.start and self._is_learned_late(day, returned)

    def _is_learned_late(self, day: BusinessDay, returned: GivenBack) -> bool:
        """Return whether money went back before this day without being in an earlier report.

        A bank may date its chargeback long ago. Parts were reported on their own days, because no
        order notes them: they are not reported again when the rest comes back.
        """
        refund = self.refund
        if self.theirs is None or not self.theirs.is_all_back:
            return False
        if returned.kind is Movement.REFUND and any(
            _completes(r, day) for r in self.theirs.returned
        ):
            return False
        if refund is None or not refund.went_back:
            return True
        return refund.settled_at is not None and refund.settled_at >= day.end


def _completes(returned: GivenBack, day: BusinessDay) -> bool:
    """Return whether this may have completed the refund: it is of this day, or a chargeback."""
    in_day = returned.at is None or day.holds(returned.at)
    return in_day or returned.kind is Movement.CHARGE_BACK
