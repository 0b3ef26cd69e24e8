"""Carry out an operator's decision: approve or reject an order, or cancel an unpaid one.

SumUp is asked again each time. Like that of a verification, the decision is written in one
conditional transaction, with the operator and their reason in the audit trail. A repeated command
finds that it is done. A dry run reads and decides the same, but changes nothing here or at SumUp.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.errors import (
    AlreadyIssued,
    NotDecidable,
    NotStorable,
    PaymentClaimed,
    SeatsGone,
)
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.known_event import known_event
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import Events, PaymentGateway, SettlesOrders
from ticketing.orders.commands import line
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import CheckoutResult, CheckoutSeen
from ticketing.payments.decision import Decision
from ticketing.tickets.ticket import Signer, Ticket, issue


@dataclass(frozen=True)
class Decided:
    """The order as it was read, and what the decision writes.

    `decision` is None if the order was decided that way before; then nothing is written.
    `deactivated` are the checkouts that were deactivated first.
    """

    order: Order
    decision: Decision | None = None
    mails: tuple[Mail, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    deactivated: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewOrder:
    """Carries out operators' decisions; with `dry_run` it decides and writes nothing."""

    orders: SettlesOrders
    sumup: PaymentGateway
    notifier: Notifier
    signer: Signer
    events: Events
    dry_run: bool = False

    def approve(self, order_number: str, note: str, now: datetime) -> Decided:
        """Complete an order that is under review or was rejected; raises `NotDecidable`."""

        def decided(order: Order) -> Decided:
            if order.status is OrderStatus.COMPLETED:
                return Decided(order)
            if order.status is not OrderStatus.REVIEW and not order.rejected:
                text = f"it is {order.status}: only what a person must review can be approved"
                raise NotDecidable(order.order_number, text)
            problem = self._why_useless(order)
            if problem:
                helps = f"`{line('refund', order_number)}` or `{line('reject', order_number)}`"
                text = f"{problem}: give the money back or close it, with {helps}"
                raise NotDecidable(order_number, text)
            answers = [self._inspected(order, a, now) for a in self._checkouts.of(order, now)]
            return self._complete(order, manual_decision.approval(order, answers, note), now)

        return retry_on_conflict(self.orders, order_number, decided)

    def reject(self, order_number: str, note: str, now: datetime) -> Decided:
        """Close an order that is under review; raises `NotDecidable`."""

        def decided(order: Order) -> Decided:
            if order.rejected:
                return Decided(order)
            if order.status is not OrderStatus.REVIEW:
                text = f"it is {order.status}: only what a person must review can be rejected"
                raise NotDecidable(order.order_number, text)
            answers, gone = self._retired(order, now)
            decision = manual_decision.rejection(order, answers, now, note)
            return self._close(order, decision, gone, now)

        return retry_on_conflict(self.orders, order_number, decided)

    def cancel(self, order_number: str, note: str, now: datetime) -> Decided:
        """Close a pending order that is not paid; raises `NotDecidable`."""

        def decided(order: Order) -> Decided:
            if order.status in CLOSED:
                return Decided(order)
            if order.status is not OrderStatus.PENDING:
                text = f"it is {order.status}: only a pending order can be cancelled"
                raise NotDecidable(order.order_number, text)
            answers, gone = self._retired(order, now)
            decision = manual_decision.cancellation(order, answers, now, note)
            return self._close(order, decision, gone, now)

        return retry_on_conflict(self.orders, order_number, decided)

    @property
    def _checkouts(self) -> CheckoutAnswers:
        return CheckoutAnswers(self.orders, self.sumup, self.dry_run)

    def _why_useless(self, order: Order) -> str:
        """Return why tickets would be of no use to anybody; empty if they would."""
        if order.customer.is_erased:
            return "its buyer was erased"
        event = known_event(self.events, order.event_id)
        return "its event is cancelled" if event and event.cancelled else ""

    def _inspected(self, order: Order, answer: CheckoutResult, now: datetime) -> CheckoutResult:
        """Return the answer together with its transaction, if money was paid."""
        if isinstance(answer, CheckoutSeen) and answer.checkout.has_money:
            return self.sumup.fetch_transaction(order, answer, now)
        return answer

    def _retired(self, order: Order, now: datetime) -> tuple[list[CheckoutResult], tuple[str, ...]]:
        return self._checkouts.retired(order, self._checkouts.of(order, now), now)

    def _complete(self, order: Order, decision: Decision, now: datetime) -> Decided:
        mails = (to_buyer(order, MailKind.CONFIRMATION, now),)
        tickets = tuple(issue(order, self.signer))
        try:
            if self.dry_run:
                self.orders.obstacles(order, decision, tickets, mails)
            else:
                self.orders.complete(order, decision, tickets, mails, now)
        except PaymentClaimed as error:
            text = f"its payment {error.transaction_id} belongs to order {error.owner}"
            raise NotDecidable(order.order_number, text) from error
        except SeatsGone as error:
            text = (
                "its seats have been sold since: make room with `events import` and approve it "
                "again, or reject it and return the money"
            )
            raise NotDecidable(order.order_number, text) from error
        except NotStorable as error:
            text = "the tables cannot hold what SumUp says of its payment: reject or refund it"
            raise NotDecidable(order.order_number, text) from error
        except AlreadyIssued as error:
            text = "tickets or their mail exist already: find out who wrote them, with `audit`"
            raise NotDecidable(order.order_number, text) from error
        if not self.dry_run:
            self.notifier.queue(mails)
        return Decided(order, decision, mails, tickets)

    def _close(
        self, order: Order, decision: Decision, gone: tuple[str, ...], now: datetime
    ) -> Decided:
        mails = () if decision.has_money else self._expiry_mails(order, now)
        if not self.dry_run:
            self.orders.close(order, decision, mails, now)
            self.notifier.queue(mails)
        return Decided(order, decision, mails, deactivated=gone)

    def _expiry_mails(self, order: Order, now: datetime) -> tuple[Mail, ...]:
        """Return the mail that says that the time to pay is over, if it is.

        It is not for orders with money: there, only the operator knows what follows, and writes to
        the buyer.
        """
        if now < order.open_until:
            return ()
        return tuple(self.notifier.buyer_mails(order, MailKind.EXPIRED, now))
