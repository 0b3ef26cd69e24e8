"""Plan a refund: which of an order's money goes back, the next step, and what follows."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from ticketing.errors import NotDecidable
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.ports import PaymentGateway, RefundsOrders
from ticketing.orders.order import Order
from ticketing.orders.refund import Cause, Consequence
from ticketing.payments import captures, manual_decision, refunding
from ticketing.payments.captures import Capture
from ticketing.payments.checkout_result import CheckoutResult
from ticketing.payments.payment import Extent, Transaction
from ticketing.payments.refunding import Step


@dataclass(frozen=True)
class Wish:
    """What an operator asks for: the reason, perhaps a transaction, and whether to ask SumUp again.

    `attempt` distinguishes this run from any other that asks for the same.
    """

    note: str
    transaction_id: str | None = None
    again: bool = False
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex)

    def reason(self, cause: Cause = Cause.ASKED) -> str:
        """Return the entry for the audit trail."""
        return f"{cause}: {self.note}"


@dataclass(frozen=True)
class Plan:
    """What was found at SumUp, the next step, and the checkouts deactivated for it.

    `taken` is the capture to refund, `money` is every capture of the order.
    """

    step: Step
    order: Order
    taken: Capture
    money: tuple[Capture, ...]
    transaction: Transaction
    consequence: Consequence
    deactivated: tuple[str, ...] = ()

    @property
    def before(self) -> Decimal:
        """The amount that went back before, if that is only a part of the payment."""
        is_part = self.transaction.extent is Extent.PART
        return self.transaction.returned.amount if is_part else Decimal(0)


@dataclass(frozen=True)
class PlanRefund:
    """Plans refunds. A `dry_run` deactivates no checkout."""

    orders: RefundsOrders
    sumup: PaymentGateway
    dry_run: bool

    def __call__(self, order: Order, wish: Wish, now: datetime) -> Plan:
        """Return the plan; raises `NotDecidable` if nothing can be done now."""
        refunding.refuse_unless_settled(order)
        checkouts = CheckoutAnswers(self.orders, self.sumup, self.dry_run)
        answers = checkouts.of(order, now)
        money = captures.money_of(order, answers)
        taken = captures.choose(order, money, wish.transaction_id)
        owner = self.orders.payment_owner(taken.transaction_id)
        if owner and owner != order.order_number:
            text = f"transaction {taken.transaction_id} bought the tickets of order {owner}"
            raise NotDecidable(order.order_number, text)
        transaction = self.sumup.transaction(order, taken.transaction_id, now)
        if not isinstance(transaction, Transaction):
            text = f"its transaction could not be read ({transaction})"
            raise NotDecidable(order.order_number, text)
        step = refunding.next_step(order, transaction, now, attempt=wish.attempt, again=wish.again)
        follows = refunding.consequence(order, taken, money)
        if step is Step.NOTHING and follows is not Consequence.NONE:
            step = Step.SETTLE
        plan = Plan(step, order, taken, money, transaction, follows)
        if follows is Consequence.REJECTED and step in {Step.ASK, Step.SETTLE}:
            return _without_payable(plan, checkouts, answers, wish, now)
        return plan


def _without_payable(
    plan: Plan,
    checkouts: CheckoutAnswers,
    answers: Sequence[CheckoutResult],
    wish: Wish,
    now: datetime,
) -> Plan:
    """Deactivate what can still be paid, because the refund will close the order as rejected.

    While the order might still be paid, `NotDecidable` is raised before SumUp is asked. A refund
    that SumUp shows as done is recorded all the same, and the order stays under review.
    """
    known = plan.order.refund_of(plan.taken.transaction_id)
    retired, gone = checkouts.retired(plan.order, answers, now)
    try:
        manual_decision.rejection(plan.order, retired, now, wish.note)
    except NotDecidable:
        if plan.step is Step.ASK or (known and known.went_back):
            raise
        return replace(plan, consequence=Consequence.NONE)
    return replace(plan, deactivated=gone)
