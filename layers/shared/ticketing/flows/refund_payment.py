"""Refund a payment through SumUp, at most once.

The steps are: plan, claim the refund on the order's row, ask SumUp, read the transaction again,
settle. Each write requires that the order has not changed since it was read. SumUp is asked once
for each claim, and only its transaction proves that the money went back. After an interruption, run
the same command again: it reads the transaction and settles what it finds.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ticketing.emails.mail import Mail, of_refund
from ticketing.errors import NotDecidable, PaymentProviderError
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.plan_refund import Plan, PlanRefund, Wish
from ticketing.flows.ports import PaymentGateway, RefundsOrders
from ticketing.observability import logger
from ticketing.orders.order import Order
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.payments import refunding
from ticketing.payments.payment import Transaction
from ticketing.payments.refunding import Step


@dataclass(frozen=True)
class Refunding:
    """The order as it was read, the refund as it stands now, and its consequence.

    `is_new` is false if there was nothing to write. `deactivated` are the checkouts that were
    deactivated first, `before` is the amount that had gone back before this command.
    """

    order: Order
    refund: Refund
    consequence: Consequence = Consequence.NONE
    mails: tuple[Mail, ...] = ()
    deactivated: tuple[str, ...] = ()
    before: Decimal = Decimal(0)
    is_new: bool = True


@dataclass(frozen=True)
class RefundPayment:
    """Refunds payments; with `dry_run` it decides and writes nothing."""

    orders: RefundsOrders
    sumup: PaymentGateway
    notifier: Notifier
    dry_run: bool = False

    def __call__(self, order_number: str, wish: Wish, now: datetime) -> Refunding:
        """Refund the money, or continue where an earlier run was interrupted.

        Raises `OrderNotFound`, `UnreadableOrder`, and `NotDecidable` if nothing can be done now:
        nothing was written then, and SumUp was not asked for a refund.
        """
        begun = retry_on_conflict(
            self.orders, order_number, lambda order: self._begin(order, wish, now)
        )
        if isinstance(begun, Refunding):
            return begun
        transaction_id, rest = begun.taken.transaction_id, refunding.rest(begun.transaction)
        error = self.sumup.refund(begun.order, transaction_id, rest, now)
        seen = self.sumup.transaction(begun.order, transaction_id, now)
        if error:
            logger.warning("SumUp did not accept", order=order_number, problem=str(error))
        return retry_on_conflict(
            self.orders,
            order_number,
            lambda order: self._conclude(order, begun, wish, error, seen, now),
        )

    def _begin(self, order: Order, wish: Wish, now: datetime) -> Refunding | Plan:
        """Claim the refund, or settle it if there is no need to ask SumUp.

        A dry run assumes that SumUp accepts.
        """
        plan = PlanRefund(self.orders, self.sumup, self.dry_run)(order, wish, now)
        known = order.refund_of(plan.taken.transaction_id)
        if plan.step is Step.NOTHING and known:
            return Refunding(order, known, is_new=False)
        if plan.step is Step.UNCLEAR and known:
            return self._still_unclear(order, known, plan, wish, now)
        if plan.step is Step.SETTLE:
            refund = refunding.settled(order, plan.transaction, now)
            return self._settle(order, refund, plan, wish.reason(refund.cause), now)
        asked = refunding.asked(order, plan.transaction, wish.attempt, now)
        if self.dry_run:
            refunded = refunding.as_if_refunded(asked, now)
            claimed = replace(order, version=order.version + 1)
            return self._settle(claimed, refunded, plan, wish.reason(), now)
        if known is None or known.attempt != wish.attempt:
            self.orders.note_refund(order, asked, wish.reason(), now)
        return plan

    def _still_unclear(
        self, order: Order, known: Refund, plan: Plan, wish: Wish, now: datetime
    ) -> Refunding:
        unclear = refunding.without_response(known, plan.transaction)
        if unclear == known:
            return Refunding(order, known, is_new=False)
        if not self.dry_run:
            self.orders.note_refund(order, unclear, wish.reason(), now)
        return Refunding(order, unclear, before=plan.before)

    def _conclude(
        self,
        order: Order,
        plan: Plan,
        wish: Wish,
        error: PaymentProviderError | None,
        seen: Transaction | PaymentProviderError,
        now: datetime,
    ) -> Refunding:
        """Record the outcome, unless another run has recorded it since."""
        known = order.refund_of(plan.taken.transaction_id)
        if known is None:
            raise NotDecidable(order.order_number, "its row has no record of the refund any more")
        is_ours = known.attempt == wish.attempt
        if not is_ours or known.status is not RefundStatus.ASKED:
            return Refunding(order, known, is_new=is_ours)
        refund = refunding.after_response(order, known, error, seen, now)
        if refund.went_back:
            return self._settle(order, refund, plan, wish.reason(), now)
        self.orders.note_refund(order, refund, wish.reason(), now)
        return Refunding(order, refund, deactivated=plan.deactivated, before=plan.before)

    def _settle(
        self, order: Order, refund: Refund, plan: Plan, reason: str, now: datetime
    ) -> Refunding:
        consequence = plan.consequence
        if consequence is not refunding.consequence(order, plan.taken, plan.money):
            consequence = Consequence.NONE
        mails = (of_refund(order, refund.transaction_id, now),) if order.takes_mail else ()
        if not self.dry_run:
            self.orders.settle_refund(order, refund, consequence, reason, mails, now)
            self.notifier.queue(mails)
        return Refunding(order, refund, consequence, mails, plan.deactivated, plan.before)
