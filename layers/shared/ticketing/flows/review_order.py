"""What a person decides about an order: approve or reject it after a review, or cancel it unpaid.

SumUp is asked anew each time; the decision is one conditional transaction of the same kind as
that of a check, with the person and their reason in the audit trail. Whoever asks twice finds
that it was done. A dry run reads and decides the same, and writes nothing, at SumUp neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.errors import (
    AlreadyIssued,
    NotDecidable,
    PaymentClaimed,
    SeatsGone,
)
from ticketing.flows import checkout_status
from ticketing.flows.checkout_status import CheckoutAnswers, Questions
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.observability import logger
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.payments import manual_decision
from ticketing.payments.checkout_result import CheckoutResult
from ticketing.payments.decision import Decision
from ticketing.tickets.ticket import Signer, Ticket, issue


class Orders(checkout_status.Orders, Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def obstacles(
        self, order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None: ...
    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...
    def close(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...


class Mails(Protocol):
    """What is needed of the outbox."""

    def has(self, mail_id: str) -> bool: ...


class Deliveries(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class Decided:
    """What a person's decision comes to: the order as it was read, and what is written.

    No `decision`: it stood already, and nothing is written. `deactivated` are the checkouts that
    are taken out of use first.
    """

    order: Order
    decision: Decision | None = None
    mails: tuple[Mail, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    deactivated: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewOrder:
    """The flow with everything it talks to. `dry_run` decides and writes nothing."""

    orders: Orders
    sumup: Questions
    outbox: Mails
    deliveries: Deliveries
    signer: Signer
    dry_run: bool = False

    def approve(self, order_number: str, note: str, now: datetime) -> Decided:
        """Complete an order after its review, or one that was rejected; `NotDecidable` if not."""

        def decided(order: Order) -> Decided:
            if order.status is OrderStatus.COMPLETED:
                return Decided(order)
            if order.status is not OrderStatus.REVIEW and not order.rejected:
                text = f"it is {order.status}: only what a person must review can be approved"
                raise NotDecidable(order.order_number, text)
            if order.customer.is_erased:
                text = "its buyer was erased: give the money back with `refund`, or reject it"
                raise NotDecidable(order.order_number, text)
            checkouts = self._checkouts
            answers = [checkouts.inspected(order, a, now) for a in checkouts.of(order, now)]
            return self._complete(order, manual_decision.approval(order, answers, note), now)

        return retry_on_conflict(self.orders, order_number, decided)

    def reject(self, order_number: str, note: str, now: datetime) -> Decided:
        """Close an order after its review, for good; raises `NotDecidable`."""

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
        """Close a pending order that nobody has paid; raises `NotDecidable`."""

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

    def _retired(self, order: Order, now: datetime) -> tuple[list[CheckoutResult], tuple[str, ...]]:
        return self._checkouts.retired(order, self._checkouts.of(order, now), now)

    # ------------------------------------------------------------------ writing it down

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
                "its seats were sold meanwhile: make room with `events import` and approve it "
                "again, or reject it and return the money"
            )
            raise NotDecidable(order.order_number, text) from error
        except AlreadyIssued as error:
            text = "tickets or their mail exist already: find out who wrote them, with `audit`"
            raise NotDecidable(order.order_number, text) from error
        self._nudge(mails)
        return Decided(order, decision, mails, tickets)

    def _close(
        self, order: Order, decision: Decision, gone: tuple[str, ...], now: datetime
    ) -> Decided:
        mails = () if decision.has_money else self._farewell(order, now)
        if not self.dry_run:
            self.orders.close(order, decision, mails, now)
        self._nudge(mails)
        return Decided(order, decision, mails, deactivated=gone)

    def _farewell(self, order: Order, now: datetime) -> tuple[Mail, ...]:
        """Return the mail that the time to pay is over, once it is and if nobody said so yet.

        About money that is there, a person writes: only they know what becomes of it.
        """
        if now < order.deadline or not order.takes_mail:
            return ()
        mail = to_buyer(order, MailKind.EXPIRED, now)
        return () if self.outbox.has(mail.mail_id) else (mail,)

    def _nudge(self, mails: Sequence[Mail]) -> None:
        """Have the mails sent at once; if this is lost, the next scan finds them."""
        if mails and not self.dry_run and self.deliveries.send([m.mail_id for m in mails]):
            logger.warning("mail not queued, the scan will find it")
