"""Ask SumUp about one order and settle it: complete, wait, close, or hand it to a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ticketing.brand import Brand
from ticketing.emails.mail import Mail, MailKind, to_buyer, to_operators
from ticketing.errors import (
    AlreadyIssued,
    EventNotFound,
    OrderChanged,
    PaymentClaimed,
    PaymentProviderError,
    SeatsGone,
    UnknownOrganiser,
    UnreadableOrder,
)
from ticketing.events.event import Event, LatePayment
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.observability import SUMUP_TROUBLE, count, logger
from ticketing.operators import alerts
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import Alert
from ticketing.operators.review_patterns import WINDOW, repetitions
from ticketing.orders.order import CLOSED, Order, OrderStatus, ReviewedOrder
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import (
    Answer,
    CheckoutMissing,
    CheckoutRecord,
    CheckoutSeen,
    NothingToPay,
)
from ticketing.payments.decision import Action, Decision, decide, strongest
from ticketing.payments.matching import is_wanted
from ticketing.payments.payment import Checkout
from ticketing.tickets.issue import Signer, issue
from ticketing.tickets.ticket import Ticket

CONNECTION_TROUBLE = frozenset(
    {Reason.RECONNECT, Reason.ACCESS_REFUSED, Reason.ACCESS_FORBIDDEN, Reason.BLOCKED}
)
NOT_THEIR_MONEY = frozenset({Reason.PAYMENT_CLAIMED, Reason.REFUNDED, Reason.SANDBOX})
"""Reviews over money that is another order's, went back, or is none: no reason to thank a buyer."""


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...
    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None: ...
    def postpone(self, order: Order, decision: Decision, now: datetime) -> None: ...
    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...
    def review(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...
    def close(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...
    def reviewed_since(self, since: datetime) -> tuple[ReviewedOrder, ...]: ...


class Questions(Protocol):
    """What is needed of SumUp."""

    def fetch_checkout(self, order: Order, record: CheckoutRecord, now: datetime) -> Answer: ...
    def deactivate(self, order: Order, before: CheckoutSeen, now: datetime) -> Answer: ...
    def fetch_transaction(
        self, order: Order, seen: CheckoutSeen, now: datetime
    ) -> CheckoutSeen: ...
    def find(
        self, order: Order, now: datetime
    ) -> tuple[Checkout, ...] | PaymentProviderError | UnknownOrganiser: ...


class Events(Protocol):
    """What is needed of the events table."""

    def get(self, event_id: str) -> Event: ...


class Mails(Protocol):
    """What is needed of the outbox."""

    def add_once(self, mail: Mail) -> bool: ...
    def has(self, mail_id: str) -> bool: ...


class Deliveries(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class VerifyPayment:
    """The flow with everything it talks to."""

    orders: Orders
    sumup: Questions
    events: Events
    outbox: Mails
    deliveries: Deliveries
    signer: Signer
    brand: Brand
    console: AdminLinks

    def __call__(self, order_number: str, now: datetime) -> Decision | None:
        """Settle one order as far as it can be settled now; None if its row is unreadable.

        Whoever asks for it, and however often, the outcome is the same: the order's own row and
        SumUp's fresh answer decide. Raises `OrderNotFound`, and `OrderChanged` when the order
        keeps changing under us.
        """
        try:
            return retry_on_conflict(
                self.orders, order_number, lambda order: self._settle(order, now)
            )
        except UnreadableOrder as error:
            logger.error("order cannot be read", order=order_number, problem=error.problem)
            self._tell(alerts.unreadable_order(order_number, error.problem, self.console), now)
            return None

    def _settle(self, order: Order, now: datetime) -> Decision:
        decisions = self._decisions(order, now)
        decision = strongest(decisions)
        logger.info(
            "decided", order=order.order_number, action=decision.action, reason=decision.reason
        )
        count(f"Decision_{decision.action}")
        count(SUMUP_TROUBLE, 1 if decision.trouble else 0)
        return self._act(order, decision, self._extra_money(order, decision, decisions, now), now)

    def _decisions(self, order: Order, now: datetime) -> list[Decision]:
        if order.status is OrderStatus.PENDING and order.is_free:
            return [decide(order, NothingToPay(), now)]
        records = self.orders.records(order)
        if records is None:
            return [self._without_record(order, now)]
        return [self._decide(order, record, now) for record in records]

    def _decide(self, order: Order, record: CheckoutRecord, now: datetime) -> Decision:
        """Decide about one checkout; inspecting and deactivating happen at most once each."""
        honour_late = self._honours_late(order, now)
        answer = (
            self.sumup.fetch_checkout(order, record, now)
            if order.awaits_answer
            else CheckoutMissing()
        )
        while True:
            decision = decide(order, answer, now, honour_late=honour_late)
            if decision.action is Action.INSPECT and isinstance(answer, CheckoutSeen):
                answer = self.sumup.fetch_transaction(order, answer, now)
            elif decision.action is Action.DEACTIVATE and isinstance(answer, CheckoutSeen):
                answer = self.sumup.deactivate(order, answer, now)
            else:
                return decision

    def _without_record(self, order: Order, now: datetime) -> Decision:
        """Adopt what SumUp holds under the order's reference, or say that there is nothing."""
        if order.is_free or not order.awaits_answer:
            return decide(order, CheckoutMissing(), now)
        found = self.sumup.find(order, now)
        if isinstance(found, (PaymentProviderError, UnknownOrganiser)):
            return decide(order, found, now)
        wanted = [c for c in found if is_wanted(order, order.checkout_reference, c)]
        if not wanted or self._has_attached(order, wanted):
            return decide(order, CheckoutMissing(), now)
        try:
            self.orders.adopt(order, wanted, now)
        except PaymentClaimed as error:
            return _claimed(decide(order, CheckoutMissing(), now), error)
        raise OrderChanged(order.order_number)

    def _has_attached(self, order: Order, wanted: Sequence[Checkout]) -> bool:
        """Return whether adopting these would bring nothing new: it is another that is missing."""
        ids = tuple(checkout.id for checkout in wanted)
        known = set(ids) <= set(order.checkout_ids)
        return known and self.orders.records(replace(order, checkout_ids=ids)) is not None

    def _honours_late(self, order: Order, now: datetime) -> bool:
        if order.status not in CLOSED:
            return True
        try:
            event = self.events.get(order.event_id)
        except EventNotFound:
            return False
        return event.late_payment is LatePayment.HONOUR and now < event.starts_at

    def _act(
        self, order: Order, decision: Decision, extra_money: Sequence[Mail], now: datetime
    ) -> Decision:
        """Carry a decision out; return it, or the one that took its place."""
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
            return self._review(order, _claimed(decision, error), now)
        except AlreadyIssued:
            text = "Paid, but tickets or their mail exist already although it was not completed."
            return self._review(order, _instead(decision, Reason.ALREADY_ISSUED, text), now)
        except SeatsGone:
            text = "Paid after closing, and its seats were sold meanwhile: refund or find seats."
            return self._review(order, _instead(decision, Reason.SEATS_GONE, text), now)
        for mail in mails:
            self._nudge(mail)
        return decision

    def _review(self, order: Order, decision: Decision, now: datetime) -> Decision:
        mails = [self._mail(alerts.needs_review(order, decision, self.console), now, order)]
        if decision.has_money and decision.reason not in NOT_THEIR_MONEY:
            mails += self._news(order, MailKind.UNDER_REVIEW, now)
        self.orders.review(order, decision, mails, now)
        for mail in mails:
            self._nudge(mail)
        for pattern in repetitions(order, self.orders.reviewed_since(now - WINDOW)):
            self._tell(alerts.repeated_reviews(pattern, now, self.console), now)
        return decision

    def _close(self, order: Order, decision: Decision, now: datetime) -> Decision:
        """Tell the buyer that it failed, unless they know that, or else that it has ended.

        The failure may have been told by a check that did not move the order, so it is stored
        before closing, and sent after: it says what is so by then.
        """
        mails = [self._mail(alerts.expired(order, decision, self.console), now, order)]
        failure = _failure(order, decision, now)
        if decision.closes_as is OrderStatus.EXPIRED:
            mails += self._news(order, MailKind.EXPIRED, now)
        tells = decision.closes_as is OrderStatus.FAILED and not order.customer.is_erased
        told = not tells or not self.outbox.add_once(failure)
        self.orders.close(order, decision, mails, now)
        for mail in mails if told else [*mails, failure]:
            self._nudge(mail)
        return decision

    def _postpone(
        self, order: Order, decision: Decision, extra_money: Sequence[Mail], now: datetime
    ) -> Decision:
        """Tell first, then note: a worker that dies in between tells the same once more.

        A look in the very moment the order was settled, as after a lost answer, leaves the schedule
        that settling made: the audit tells a look since from the settling itself by its time.
        """
        for mail in extra_money if order.status is OrderStatus.COMPLETED else ():
            self._send_once(mail)
        if decision.reason is Reason.PAYMENT_FAILED and not order.customer.is_erased:
            self._send_once(_failure(order, decision, now))
        if decision.reason is Reason.CLIENT_REFUSED:
            self._tell(alerts.client_refused(decision.explanation, now, self.console), now)
        if decision.reason in CONNECTION_TROUBLE:
            self._tell(alerts.organiser_trouble(order, decision, now, self.console), now)
        if decision.alert_due:
            told = alerts.cannot_be_checked(order, decision, self.brand, self.console)
            self._tell(told, now, order.order_number)
        if order.awaits_answer and now != order.settled_at:
            self.orders.postpone(order, decision, now)
        return decision

    def _extra_money(
        self, order: Order, chosen: Decision, decisions: Sequence[Decision], now: datetime
    ) -> list[Mail]:
        """Return the alerts about money beyond the one payment that buys the tickets."""
        others = (d if d is chosen else replace(d, payment=None) for d in decisions)
        return [
            self._mail(alerts.second_payment(order, d, self.console), now, order)
            for d in others
            if d.reason is not Reason.SETTLED and (d.surplus or (d is not chosen and d.has_money))
        ]

    def _news(self, order: Order, kind: MailKind, now: datetime) -> list[Mail]:
        """Return the mail that tells the buyer so, unless one did before or none is wanted.

        Only who moves the order stores such a mail, in the same transaction, which fails if another
        has moved it since: what is read here still holds then.
        """
        if not order.takes_mail:
            return []
        mail = to_buyer(order, kind, now)
        return [] if self.outbox.has(mail.mail_id) else [mail]

    def _tell(self, told: Alert, now: datetime, order_number: str | None = None) -> None:
        self._send_once(to_operators(told, self.brand, now, order_number))

    def _mail(self, told: Alert, now: datetime, order: Order) -> Mail:
        return to_operators(told, self.brand, now, order.order_number)

    def _send_once(self, mail: Mail) -> None:
        if self.outbox.add_once(mail):
            self._nudge(mail)

    def _nudge(self, mail: Mail) -> None:
        """Have the mail sent at once; if this is lost, the next scan finds it in the outbox."""
        if self.deliveries.send([mail.mail_id]):
            logger.warning("mail not queued, the scan will find it", mail=mail.mail_id)


def _failure(order: Order, decision: Decision, now: datetime) -> Mail:
    cause = decision.checkout.failure if decision.checkout else None
    return to_buyer(order, MailKind.PAYMENT_FAILED, now, cause=cause)


def _claimed(decision: Decision, error: PaymentClaimed) -> Decision:
    text = f"Its payment {error.transaction_id} belongs to order {error.owner}."
    return _instead(decision, Reason.PAYMENT_CLAIMED, text)


def _instead(decision: Decision, reason: Reason, text: str) -> Decision:
    return replace(decision, action=Action.REVIEW, reason=reason, explanation=text)
