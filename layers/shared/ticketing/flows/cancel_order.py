"""Settle one order of a cancelled event: void its tickets or close it, and tell its buyer once.

The mail is stored in the transaction that settles the order. Money is not given back here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing.emails.mail import Mail, MailKind, mail_id
from ticketing.errors import NotDecidable
from ticketing.flows.checkout_status import CheckoutAnswers
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import PaymentGateway, VoidsOrders
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.event_cancellation import closing


class Settled(StrEnum):
    """What became of an order."""

    VOID = "its tickets are void"
    VOID_BEFORE = "its tickets were void before"
    CLOSED = "closed unpaid"
    CLOSED_BEFORE = "closed before"
    ON_HOLD = "on hold"
    PAID = "paid, and to be checked"


class Told(StrEnum):
    """Whether the buyer gets a mail about the cancellation, and if not, why not.

    `NOBODY`: there was nothing to tell.
    """

    NOW = "now"
    BEFORE = "before"
    UNWANTED = "they marked our mail as spam"
    ERASED = "they were erased"
    NOBODY = "nobody"


@dataclass(frozen=True)
class SettledOrder:
    """An order as it was read, what became of it, and whether its buyer is told."""

    order: Order
    settled: Settled
    told: Told = Told.NOBODY


@dataclass(frozen=True)
class CancelOrder:
    """Settles orders; `verify` checks a paid one, and puts it on hold. A dry run writes nothing."""

    orders: VoidsOrders
    sumup: PaymentGateway
    notifier: Notifier
    verify: Callable[[str, datetime], object]
    dry_run: bool = False

    def __call__(self, order_number: str, note: str, now: datetime) -> SettledOrder:
        """Settle the order as far as possible now.

        Raises `NotDecidable` while a pending order may have been paid, and whatever reading or
        verifying the order raises.
        """
        done = self._settle(order_number, note, now)
        if done.settled is Settled.PAID and not self.dry_run:
            self.verify(order_number, now)
            done = self._settle(order_number, note, now)
            if done.settled is Settled.PAID:
                text = "it is paid, and its payment could not be checked: try again in some minutes"
                raise NotDecidable(order_number, text)
        return done

    def _settle(self, order_number: str, note: str, now: datetime) -> SettledOrder:
        return retry_on_conflict(
            self.orders, order_number, lambda order: self._as_read(order, note, now)
        )

    def _as_read(self, order: Order, note: str, now: datetime) -> SettledOrder:
        match order.status:
            case OrderStatus.COMPLETED if order.voided_at is None:
                return self._void(order, note, now)
            case OrderStatus.COMPLETED:
                return self._known(order, Settled.VOID_BEFORE)
            case OrderStatus.REVIEW:
                return self._tell(order, now)
            case OrderStatus.PENDING:
                return self._close(order, note, now)
        return self._known(order, Settled.CLOSED_BEFORE)

    def _void(self, order: Order, note: str, now: datetime) -> SettledOrder:
        told, mails = self._mails(order, now)
        if not self.dry_run:
            self.orders.void(order, note, mails, now)
            self.notifier.queue(mails)
        return SettledOrder(order, Settled.VOID, told)

    def _close(self, order: Order, note: str, now: datetime) -> SettledOrder:
        checkouts = CheckoutAnswers(self.orders, self.sumup, self.dry_run)
        answers, _ = checkouts.retired(order, checkouts.of(order, now), now)
        decision = closing(order, answers, now, note)
        if decision is None:
            return SettledOrder(order, Settled.PAID)
        told, mails = self._mails(order, now)
        if not self.dry_run:
            self.orders.close(order, decision, mails, now)
            self.notifier.queue(mails)
        return SettledOrder(order, Settled.CLOSED, told)

    def _tell(self, order: Order, now: datetime) -> SettledOrder:
        """Only tell the buyer: an order stays on hold until its money is back."""
        told, mails = self._mails(order, now)
        for mail in mails if not self.dry_run else ():
            self.notifier.send(mail)
        return SettledOrder(order, Settled.ON_HOLD, told)

    def _known(self, order: Order, settled: Settled) -> SettledOrder:
        is_told = self.notifier.outbox.has(mail_id(order.order_number, MailKind.EVENT_CANCELLED))
        return SettledOrder(order, settled, Told.BEFORE if is_told else Told.NOBODY)

    def _mails(self, order: Order, now: datetime) -> tuple[Told, list[Mail]]:
        if order.customer.is_erased:
            return Told.ERASED, []
        if order.complained_at:
            return Told.UNWANTED, []
        mails = self.notifier.buyer_mails(order, MailKind.EVENT_CANCELLED, now)
        return (Told.NOW if mails else Told.BEFORE), mails
