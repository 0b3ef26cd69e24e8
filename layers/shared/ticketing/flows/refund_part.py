"""Refund a part of a payment through SumUp: the price of some tickets, or an amount.

The steps and their guarantees are those of `refund_payment`: the part is claimed on the order's row
before SumUp is asked, and only SumUp's transaction proves that the money went back. The part's
tickets become void, their seats go on sale again, and the buyer gets a mail about the money and one
with the tickets that are still valid.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.emails.mail import Mail, of_refund
from ticketing.errors import NotDecidable, PaymentProviderError
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.plan_refund import Wish
from ticketing.flows.ports import PaymentGateway, RefundsOrders
from ticketing.flows.refund_payment import Refunding
from ticketing.flows.void_tickets import mail_with_the_rest
from ticketing.observability import logger
from ticketing.orders.order import Order
from ticketing.orders.refund import Consequence, PartRefund
from ticketing.orders.transitions import part_settled
from ticketing.payments import part_refunding
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Transaction
from ticketing.payments.refunding import Step, without_response


@dataclass(frozen=True)
class RefundPart:
    """Refunds parts of payments; with `dry_run` it decides and writes nothing."""

    orders: RefundsOrders
    sumup: PaymentGateway
    notifier: Notifier
    dry_run: bool = False

    def __call__(self, order_number: str, share: Share, wish: Wish, now: datetime) -> Refunding:
        """Refund the part, or continue where an earlier run was interrupted.

        Raises `OrderNotFound`, `UnreadableOrder`, and `NotDecidable` if nothing can be done now:
        nothing was written then, and SumUp was not asked for a refund.
        """
        begun = retry_on_conflict(
            self.orders, order_number, lambda order: self._begin(order, share, wish, now)
        )
        if isinstance(begun, Refunding):
            return begun
        order, part = begun
        error = self.sumup.refund(order, part.transaction_id, part.amount.amount, now)
        seen = self.sumup.transaction(order, part.transaction_id, now)
        if error:
            logger.warning("SumUp did not accept", order=order_number, problem=str(error))
        return retry_on_conflict(
            self.orders,
            order_number,
            lambda order: self._conclude(order, part, wish, error, seen, now),
        )

    def _begin(
        self, order: Order, share: Share, wish: Wish, now: datetime
    ) -> Refunding | tuple[Order, PartRefund]:
        """Claim the part, or settle it if there is no need to ask SumUp.

        A dry run assumes that SumUp accepts.
        """
        transaction_id = part_refunding.refuse_unless_divisible(order, share)
        transaction = self.sumup.transaction(order, transaction_id, now)
        if not isinstance(transaction, Transaction):
            text = f"its transaction could not be read ({transaction})"
            raise NotDecidable(order.order_number, text)
        step, part = part_refunding.next_step(
            order, share, transaction, now, attempt=wish.attempt, again=wish.again
        )
        known = order.refund_named(part.name)
        if step is Step.NOTHING:
            return Refunding(order, part, is_new=False)
        if step is Step.UNCLEAR:
            return self._still_unclear(order, part, transaction, wish, now)
        if step is Step.SETTLE:
            return self._settle(order, part_refunding.settled(part, now), wish, now)
        if self.dry_run:
            claimed = replace(order, version=order.version + 1)
            return self._settle(claimed, part_refunding.settled(part, now), wish, now)
        if known is None or known.attempt != wish.attempt:
            self.orders.note_refund(order, part, wish.reason(), now)
        return order, part

    def _still_unclear(
        self, order: Order, part: PartRefund, shown: Transaction, wish: Wish, now: datetime
    ) -> Refunding:
        unclear = without_response(part, shown)
        if unclear == part:
            return Refunding(order, part, is_new=False)
        if not self.dry_run:
            self.orders.note_refund(order, unclear, wish.reason(), now)
        return Refunding(order, unclear)

    def _conclude(
        self,
        order: Order,
        part: PartRefund,
        wish: Wish,
        error: PaymentProviderError | None,
        seen: Transaction | PaymentProviderError,
        now: datetime,
    ) -> Refunding:
        """Record the outcome, unless another run has recorded it since."""
        known = order.refund_named(part.name)
        if known != part:
            if not isinstance(known, PartRefund):
                text = "its row has no record of the refund any more"
                raise NotDecidable(order.order_number, text)
            return Refunding(order, known, is_new=known.attempt == wish.attempt)
        found = part_refunding.after_response(part, error, seen, now)
        if found.went_back:
            return self._settle(order, found, wish, now)
        self.orders.note_refund(order, found, wish.reason(), now)
        return Refunding(order, found)

    def _settle(self, order: Order, part: PartRefund, wish: Wish, now: datetime) -> Refunding:
        reason = wish.reason(part.cause)
        settled = part_settled(order, part, reason, now)
        follows, mails = Consequence(settled.change), self._mails(settled.after, part, now)
        if not self.dry_run:
            self.orders.settle_part(order, part, reason, mails, now)
            self.notifier.queue(mails)
        return Refunding(order, part, follows, mails)

    def _mails(self, after: Order, part: PartRefund, now: datetime) -> tuple[Mail, ...]:
        if not after.takes_mail:
            return ()
        about = of_refund(after, part.name, now)
        if not part.tickets:
            return (about,)
        return about, *mail_with_the_rest(after, self.notifier.outbox, now)
