"""Verify an order: ask SumUp, decide, then complete it, wait, close it, or hand it to a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.errors import (
    AlreadyIssued,
    NotStorable,
    OutOfTime,
    PaymentClaimed,
    SeatsGone,
    UnreadableOrder,
)
from ticketing.flows.decide_order import (
    LONGEST_CALL,
    DecideOrder,
    claimed,
    no_limit,
    review_instead,
)
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import SettlesOrders, TimeLeft
from ticketing.observability import SUMUP_TROUBLE, count, logger
from ticketing.operators import alerts
from ticketing.operators.review_patterns import WINDOW, repetitions
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action, Decision, strongest
from ticketing.tickets.ticket import Signer, issue

CONNECTION_TROUBLE = frozenset(
    {Reason.RECONNECT, Reason.ACCESS_REFUSED, Reason.ACCESS_FORBIDDEN, Reason.BLOCKED}
)
NOT_THEIR_MONEY = frozenset({Reason.PAYMENT_CLAIMED, Reason.REFUNDED, Reason.SANDBOX})
"""Reasons for a review about which the buyer gets no mail.

The money belongs to another order, was returned, or comes from a sandbox.
"""


@dataclass(frozen=True)
class VerifyPayment:
    """Verifies orders."""

    orders: SettlesOrders
    decide: DecideOrder
    signer: Signer
    notifier: Notifier

    def __call__(
        self, order_number: str, now: datetime, time_left: TimeLeft = no_limit
    ) -> Decision | None:
        """Settle an order as far as possible now; None if its row is unreadable.

        Only the order's row, its event and SumUp's fresh answers decide, whoever calls and however
        often. Raises `OrderNotFound`, `OrderChanged` after too many conflicts, and `OutOfTime` if
        there is no time for a single request to SumUp.
        """
        try:
            return retry_on_conflict(
                self.orders, order_number, lambda order: self._settle(order, now, time_left)
            )
        except UnreadableOrder as error:
            logger.error("order cannot be read", order=order_number, problem=error.problem)
            links = self.notifier.admin_links
            self.notifier.alert(alerts.unreadable_order(order_number, error.problem, links), now)
            return None

    def _settle(self, order: Order, now: datetime, time_left: TimeLeft) -> Decision:
        if time_left() < LONGEST_CALL:
            raise OutOfTime
        decisions = self.decide(order, now, time_left)
        decision = strongest(decisions)
        logger.info(
            "decided", order=order.order_number, action=decision.action, reason=decision.reason
        )
        count(f"Decision_{decision.action}")
        count(SUMUP_TROUBLE, 1 if decision.trouble else 0)
        extra_money = self._extra_money(order, decision, decisions, now)
        attempt_seen = any(d.attempt_seen for d in decisions)
        return self._act(order, replace(decision, attempt_seen=attempt_seen), extra_money, now)

    def _act(
        self, order: Order, decision: Decision, extra_money: Sequence[Mail], now: datetime
    ) -> Decision:
        """Carry a decision out; return it, or the one that replaced it."""
        match decision.action:
            case Action.ISSUE:
                return self._complete(order, decision, extra_money, now)
            case Action.REVIEW:
                return self._review(order, decision, now)
            case Action.CLOSE:
                return self._close(order, decision, now)
            case _:
                return self._postpone(order, decision, extra_money, now)

    def _complete(
        self, order: Order, decision: Decision, extra_money: Sequence[Mail], now: datetime
    ) -> Decision:
        mails = [to_buyer(order, MailKind.CONFIRMATION, now), *extra_money]
        try:
            self.orders.complete(order, decision, issue(order, self.signer), mails, now)
        except PaymentClaimed as error:
            return self._review(order, claimed(decision, error), now)
        except AlreadyIssued:
            text = "Paid, but tickets or their mail exist already although it was not completed."
            return self._review(order, review_instead(decision, Reason.ALREADY_ISSUED, text), now)
        except NotStorable:
            text = "Paid, but the tables cannot hold what SumUp says of the payment."
            return self._review(order, review_instead(decision, Reason.NOT_STORABLE, text), now)
        except SeatsGone:
            text = "Paid after closing, and its seats have been sold since: refund or find seats."
            return self._review(order, review_instead(decision, Reason.SEATS_GONE, text), now)
        self.notifier.queue(mails)
        return decision

    def _review(self, order: Order, decision: Decision, now: datetime) -> Decision:
        links = self.notifier.admin_links
        mails = [self._alert_mail(order, alerts.needs_review(order, decision, links), now)]
        if decision.has_money and decision.reason not in NOT_THEIR_MONEY:
            is_cancelled = decision.reason is Reason.EVENT_CANCELLED
            kind = MailKind.EVENT_CANCELLED if is_cancelled else MailKind.UNDER_REVIEW
            mails += self.notifier.buyer_mails(order, kind, now)
        self.orders.review(order, decision, mails, now)
        self.notifier.queue(mails)
        if decision.reason is Reason.EVENT_CANCELLED:  # nobody's mistake, and no fraud
            return decision
        for pattern in repetitions(order, self.orders.reviewed_since(now - WINDOW)):
            self.notifier.alert(alerts.repeated_reviews(pattern, now, links), now)
        return decision

    def _close(self, order: Order, decision: Decision, now: datetime) -> Decision:
        """Close an order, and tell the buyer that the payment failed or the time to pay is over.

        An order that nobody tried to pay is closed silently: whoever placed it may have typed a
        stranger's address.

        The mail about the failure is not part of the transaction, because a check that left the
        order open may have stored it already. It is stored before and queued after the transaction:
        the mail describes the order as it is when the mail is sent.
        """
        if decision.reason is Reason.EVENT_CANCELLED:
            mails = self.notifier.buyer_mails(order, MailKind.EVENT_CANCELLED, now)
            self.orders.close(order, decision, mails, now)
            self.notifier.queue(mails)
            return decision
        was_tried = order.attempt_seen_at is not None or decision.attempt_seen
        if decision.closes_as is OrderStatus.EXPIRED and not was_tried:
            self.orders.close(order, decision, (), now)
            return decision
        alert = alerts.expired(order, decision, self.notifier.admin_links)
        mails = [self._alert_mail(order, alert, now)]
        failure = _failure(order, decision, now)
        if decision.closes_as is OrderStatus.EXPIRED:
            mails += self.notifier.buyer_mails(order, MailKind.EXPIRED, now)
        is_failure = decision.closes_as is OrderStatus.FAILED and not order.customer.is_erased
        is_new = is_failure and self.notifier.store(failure)
        self.orders.close(order, decision, mails, now)
        self.notifier.queue([*mails, failure] if is_new else mails)
        return decision

    def _postpone(
        self, order: Order, decision: Decision, extra_money: Sequence[Mail], now: datetime
    ) -> Decision:
        """Send the alerts and mails, then postpone: after a crash in between, they are repeated.

        An order that this very check settled, as after a lost answer, is not postponed. It keeps
        the schedule from when it was settled, which tells the audit that no check has followed.
        """
        links = self.notifier.admin_links
        for mail in extra_money if order.status is OrderStatus.COMPLETED else ():
            self.notifier.send(mail)
        if decision.reason is Reason.PAYMENT_FAILED and not order.customer.is_erased:
            self.notifier.send(_failure(order, decision, now))
        if decision.reason is Reason.CLIENT_REFUSED:
            self.notifier.alert(alerts.client_refused(decision.explanation, now, links), now)
        if decision.reason in CONNECTION_TROUBLE:
            self.notifier.alert(alerts.organiser_trouble(order, decision, now, links), now)
        if decision.alert_due:
            alert = alerts.cannot_be_checked(order, decision, self.notifier.brand, links)
            self.notifier.alert(alert, now, order.order_number)
        if order.awaits_answer and now != order.settled_at:
            self.orders.postpone(order, decision, now)
        return decision

    def _extra_money(
        self, order: Order, chosen: Decision, decisions: Sequence[Decision], now: datetime
    ) -> list[Mail]:
        """Return the alerts about money beyond the one payment that buys the tickets."""
        others = (d if d is chosen else replace(d, payment=None) for d in decisions)
        return [
            self._alert_mail(order, alerts.second_payment(order, d, self.notifier.admin_links), now)
            for d in others
            if d.reason is not Reason.SETTLED and (d.surplus or (d is not chosen and d.has_money))
        ]

    def _alert_mail(self, order: Order, alert: alerts.Alert, now: datetime) -> Mail:
        return self.notifier.alert_mail(alert, now, order.order_number)


def _failure(order: Order, decision: Decision, now: datetime) -> Mail:
    cause = decision.checkout.failure if decision.checkout else None
    return to_buyer(order, MailKind.PAYMENT_FAILED, now, cause=cause)
