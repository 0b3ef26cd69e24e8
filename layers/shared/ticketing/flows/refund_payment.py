"""Give a buyer's money back through SumUp: once, with a person's reason, and never on a guess.

Look, claim, ask, look again, settle; each write names the order it expects. SumUp is asked once by
each claim, and only its own transaction says that the money went back. Whatever is cut off in
between is found by the same command later: it looks, and settles what it finds.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ticketing.emails.mail import Mail, of_refund
from ticketing.errors import NotDecidable, PaymentProviderError
from ticketing.flows import checkout_status
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.observability import logger
from ticketing.orders.order import Order
from ticketing.orders.refund import Cause, Consequence, Refund, RefundStatus
from ticketing.payments import captures, manual_decision, refunding
from ticketing.payments.captures import Capture
from ticketing.payments.checkout_result import CheckoutResult
from ticketing.payments.payment import Extent, Transaction
from ticketing.payments.refunding import Step


class Orders(checkout_status.Orders, Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def payment_owner(self, transaction_id: str) -> str | None: ...
    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None: ...
    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...


class Questions(checkout_status.Questions, Protocol):
    """What is needed of SumUp."""

    def transaction(
        self, order: Order, transaction_id: str, now: datetime
    ) -> Transaction | PaymentProviderError: ...
    def refund(
        self, order: Order, transaction_id: str, amount: Decimal | None, now: datetime
    ) -> PaymentProviderError | None: ...


class Deliveries(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class Wish:
    """What a person wants: the reason, which transaction if they name one, and whether once more.

    `attempt` tells this run from any other that asks for the same.
    """

    note: str
    transaction_id: str | None = None
    again: bool = False
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Refunding:
    """What a wish comes to: the order as it was read, what is known of the refund, what follows.

    `is_new`: there was something to write. `deactivated` are the checkouts taken out of use first,
    `before` is the part that had gone back before anybody asked here.
    """

    order: Order
    refund: Refund
    consequence: Consequence = Consequence.NONE
    mails: tuple[Mail, ...] = ()
    deactivated: tuple[str, ...] = ()
    before: Decimal = Decimal(0)
    is_new: bool = True


@dataclass(frozen=True)
class _Plan:
    """What was found and what comes next, before SumUp is asked for anything."""

    step: Step
    order: Order
    taken: Capture
    money: tuple[Capture, ...]
    transaction: Transaction
    consequence: Consequence
    deactivated: tuple[str, ...] = ()

    @property
    def before(self) -> Decimal:
        """Return the part that went back before."""
        is_part = self.transaction.extent is Extent.PART
        return self.transaction.returned.amount if is_part else Decimal(0)


@dataclass(frozen=True)
class RefundPayment:
    """The flow with everything it talks to. `dry_run` decides and writes nothing."""

    orders: Orders
    sumup: Questions
    deliveries: Deliveries
    dry_run: bool = False

    def __call__(self, order_number: str, wish: Wish, now: datetime) -> Refunding:
        """Give the money back, or go on where an earlier run was cut off.

        Raises `OrderNotFound`, `UnreadableOrder`, and `NotDecidable` where nothing can be done now;
        then nothing was written, and SumUp was not asked to give anything back.
        """
        begun = retry_on_conflict(
            self.orders, order_number, lambda order: self._begin(order, wish, now)
        )
        if isinstance(begun, Refunding):
            return begun
        transaction_id, rest = begun.taken.transaction_id, refunding.rest(begun.transaction)
        said = self.sumup.refund(begun.order, transaction_id, rest, now)
        seen = self.sumup.transaction(begun.order, transaction_id, now)
        if said:
            logger.warning("SumUp did not say yes", order=order_number, problem=str(said))
        return retry_on_conflict(
            self.orders,
            order_number,
            lambda order: self._conclude(order, begun, wish, said, seen, now),
        )

    # ------------------------------------------------------------------ before SumUp is asked

    def _begin(self, order: Order, wish: Wish, now: datetime) -> Refunding | _Plan:
        """Settle what needs no asking, or claim the refund; a dry run takes a yes for granted."""
        plan = self._plan(order, wish, now)
        known = order.refund_of(plan.taken.transaction_id)
        if plan.step is Step.NOTHING and known:
            return Refunding(order, known, is_new=False)
        if plan.step is Step.UNCLEAR and known:
            return self._still_unclear(order, known, plan, wish, now)
        if plan.step is Step.SETTLE:
            refund = refunding.settled(order, plan.transaction, now)
            return self._settle(order, refund, plan, _reason(wish, refund.cause), now)
        asked = refunding.asked(order, plan.transaction, wish.attempt, now)
        if self.dry_run:
            yes = refunding.as_if_refunded(asked, now)
            claimed = replace(order, version=order.version + 1)
            return self._settle(claimed, yes, plan, _reason(wish), now)
        if known is None or known.attempt != wish.attempt:
            self.orders.note_refund(order, asked, _reason(wish), now)
        return plan

    def _plan(self, order: Order, wish: Wish, now: datetime) -> _Plan:
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
        plan = _Plan(step, order, taken, money, transaction, follows)
        return self._retired(plan, checkouts, answers, wish, now)

    def _retired(
        self,
        plan: _Plan,
        checkouts: CheckoutAnswers,
        answers: Sequence[CheckoutResult],
        wish: Wish,
        now: datetime,
    ) -> _Plan:
        """Take what could still be paid out of use before the order ends as by a rejection.

        Money that SumUp shows to be back is noted in any case; the order then stays under review.
        """
        ends = plan.step in {Step.ASK, Step.SETTLE}
        if plan.consequence is not Consequence.REJECTED or not ends:
            return plan
        known = plan.order.refund_of(plan.taken.transaction_id)
        retired, gone = checkouts.retired(plan.order, answers, now)
        try:
            manual_decision.rejection(plan.order, retired, now, wish.note)
        except NotDecidable:
            if plan.step is Step.ASK or (known and known.went_back):
                raise
            return replace(plan, consequence=Consequence.NONE)
        return replace(plan, deactivated=gone)

    def _still_unclear(
        self, order: Order, known: Refund, plan: _Plan, wish: Wish, now: datetime
    ) -> Refunding:
        unclear = refunding.without_response(known, plan.transaction)
        if unclear == known:
            return Refunding(order, known, is_new=False)
        if not self.dry_run:
            self.orders.note_refund(order, unclear, _reason(wish), now)
        return Refunding(order, unclear, before=plan.before)

    # ------------------------------------------------------------------ after SumUp was asked

    def _conclude(
        self,
        order: Order,
        plan: _Plan,
        wish: Wish,
        said: PaymentProviderError | None,
        seen: Transaction | PaymentProviderError,
        now: datetime,
    ) -> Refunding:
        """Write down what came of it, unless somebody who looked meanwhile has done so."""
        known = order.refund_of(plan.taken.transaction_id)
        if known is None:
            raise NotDecidable(order.order_number, "its row does not tell of the refund any more")
        is_ours = known.attempt == wish.attempt
        if not is_ours or known.status is not RefundStatus.ASKED:
            return Refunding(order, known, is_new=is_ours)
        refund, reason = refunding.after_response(order, known, said, seen, now), _reason(wish)
        if refund.went_back:
            return self._settle(order, refund, plan, reason, now)
        self.orders.note_refund(order, refund, reason, now)
        return Refunding(order, refund, deactivated=plan.deactivated, before=plan.before)

    def _settle(
        self, order: Order, refund: Refund, plan: _Plan, reason: str, now: datetime
    ) -> Refunding:
        consequence = plan.consequence
        if consequence is not refunding.consequence(order, plan.taken, plan.money):
            consequence = Consequence.NONE
        mails = (of_refund(order, refund.transaction_id, now),) if order.takes_mail else ()
        if not self.dry_run:
            self.orders.settle_refund(order, refund, consequence, reason, mails, now)
            self._nudge(mails)
        return Refunding(order, refund, consequence, mails, plan.deactivated, plan.before)

    def _nudge(self, mails: Sequence[Mail]) -> None:
        """Have the mails sent at once; if this is lost, the next scan finds them."""
        if mails and self.deliveries.send([m.mail_id for m in mails]):
            logger.warning("mail not queued, the scan will find it")


def _reason(wish: Wish, cause: Cause = Cause.ASKED) -> str:
    return f"{cause}: {wish.note}"
