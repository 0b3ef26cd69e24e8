"""The decision table: an order, one answer of SumUp's and the time give one decision. Pure.

Two rules stand above the table. Tickets come only from a PAID checkout that equals our own row in
every field. An answer we could not read says nothing: it never closes an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    ClientRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    RequestBlocked,
    UnknownOrganiser,
)
from ticketing.orders import schedule
from ticketing.orders.order import CLOSED, Order, OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.orders.transitions import Finding
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutRecord,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
    NothingToPay,
)
from ticketing.payments.matching import difference, transaction_differs
from ticketing.payments.payment import (
    EXPIRED,
    FAILED,
    PAID,
    PENDING,
    SUCCESSFUL,
    Checkout,
    Transaction,
)


class Action(StrEnum):
    """What comes next, strongest first. INSPECT and DEACTIVATE ask for one more answer."""

    INSPECT = "inspect"
    DEACTIVATE = "deactivate"
    ISSUE = "issue"
    REVIEW = "review"
    WAIT = "wait"
    CLOSE = "close"
    LEAVE = "leave"


@dataclass(frozen=True)
class Decision:
    """What to do, why (a word and a sentence), and when to look again.

    `trouble` is what went wrong and may pass; `alert_due`: it lasted so long that a person should
    know. `expected` and `received` are set for a mismatch, `closes_as` for CLOSE, `payment` is
    the transaction that counts. `note` is what the person said who decided, if one did.
    """

    action: Action
    reason: Reason
    explanation: str
    next_check_at: datetime | None = None
    trouble: Trouble | None = None
    alert_due: bool = False
    expected: str | None = None
    received: str | None = None
    closes_as: OrderStatus | None = None
    record: CheckoutRecord | None = None
    checkout: Checkout | None = None
    payment: Transaction | None = None
    note: str = ""

    @property
    def surplus(self) -> tuple[Transaction, ...]:
        """Return the successful attempts of this checkout beyond the one that counts."""
        taken = self.checkout.successful if self.checkout else ()
        return tuple(t for t in taken if t is not self.payment)

    @property
    def has_money(self) -> bool:
        """Return whether the checkout behind this decision took money."""
        return self.checkout is not None and self.checkout.has_money

    @property
    def seen(self) -> str:
        """Return what SumUp answered, in one line without personal data."""
        checkout = self.checkout
        if checkout is None:
            return ""
        attempts = ", ".join(f"{t.id} {t.status} {t.amount}" for t in checkout.transactions)
        return f"{checkout.id} {checkout.status} {checkout.amount} {checkout.currency} [{attempts}]"

    @property
    def finding(self) -> Finding:
        """Return what the order keeps of this decision."""
        return Finding(
            reason=self.reason,
            explanation=self.explanation,
            next_check_at=self.next_check_at,
            trouble=self.trouble,
            seen=self.seen,
            note=self.note,
            payment_status=self.checkout.status if self.checkout else None,
            checkout_id=self.checkout.id if self.checkout else None,
            transaction_id=self.payment.id if self.payment else None,
            closes_as=self.closes_as,
        )


def decide(
    order: Order, answer: CheckoutResult, now: datetime, *, honour_late: bool = True
) -> Decision:
    """Return what to do with `order` after one answer about one of its checkouts.

    `honour_late` is the event's policy at this moment: whether money for a closed order still
    buys its tickets while seats are left.
    """
    if order.status is OrderStatus.REVIEW:
        return Decision(Action.LEAVE, Reason.SETTLED, "A person decides about this order.")
    if order.rejected:
        return Decision(Action.LEAVE, Reason.SETTLED, "A person rejected this order.")
    if isinstance(answer, NothingToPay) and order.is_free and order.status is OrderStatus.PENDING:
        return Decision(Action.ISSUE, Reason.FREE, "There was nothing to pay.")
    if isinstance(answer, CheckoutMissing | NothingToPay):
        return _missing(order, now)
    if isinstance(answer, CheckoutSeen):
        return _seen(order, answer, now, honour_late=honour_late)
    return _unanswered(order, answer, now)


def strongest(decisions: Sequence[Decision]) -> Decision:
    """Return the decision that counts for an order with several checkouts.

    Money found anywhere wins; an order closes only when every one of its checkouts says so.
    """
    actions = tuple(Action)
    never = datetime.max.replace(tzinfo=UTC)
    return min(decisions, key=lambda d: (actions.index(d.action), d.next_check_at or never))


def _seen(order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool) -> Decision:
    if order.status is OrderStatus.COMPLETED:
        decision = _after_completion(order, answer, now)
    elif order.status in CLOSED and _is_given_back(order, answer.checkout):
        decision = _watch(order, now)
    elif answer.checkout.status == PAID:
        decision = _paid(order, answer, now, honour_late=honour_late)
    elif answer.checkout.id != answer.record.checkout_id:
        text = "SumUp answered about another checkout than the one asked for."
        decision = _wait_out(order, Reason.UNREADABLE, text, now)
    elif answer.checkout.successful:
        decision = _contradictory(order, answer, now)
    elif order.status in CLOSED:
        decision = _watch(order, now)
    else:
        decision = _unpaid(order, answer, now)
    return replace(decision, record=answer.record, checkout=answer.checkout)


def _paid(order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool) -> Decision:
    found = difference(order, answer.record, answer.checkout)
    if found:
        text = f"SumUp says PAID, but we expected {found.expected} and it is {found.received}."
        decision = _review(found.field, text)
        return replace(decision, expected=found.expected, received=found.received)
    if answer.sandbox:
        return _review(Reason.SANDBOX, "Paid at a sandbox merchant: no real money moved.")
    if answer.checkout.payment is None:
        text = "SumUp says PAID but lists no successful transaction."
        return _review_if_it_lasts(order, Reason.NO_TRANSACTION, text, now)
    if order.gives_back(answer.checkout.payment.id):
        return _review(Reason.REFUNDED, "Paid, but a person gives the money back.")
    if answer.transaction is None and now >= order.deadline:
        return Decision(Action.INSPECT, Reason.PAID_LATE, "Paid long ago: was it refunded since?")
    return _paid_and_inspected(order, answer, now, honour_late=honour_late)


def _paid_and_inspected(
    order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool
) -> Decision:
    late, inspected = order.status in CLOSED, answer.transaction
    if order.customer.is_erased:
        text = "Paid, and its buyer was erased: the money has to go back."
        return _review(Reason.LATE_NOT_HONOURED, text)
    if isinstance(inspected, Transaction) and inspected.refunded:
        return _review(Reason.REFUNDED, "Paid, but refunded or charged back since.")
    if isinstance(inspected, Transaction) and transaction_differs(order, inspected):
        return _review(Reason.TRANSACTION, "The transaction's amount is not the order's.")
    if late and isinstance(inspected, PaymentProviderUnavailable):
        text = "Paid after closing; whether it was refunded since cannot be read."
        if _has_lasted(order, Reason.UNREADABLE, now, schedule.ALERT_AFTER):
            return _review(Reason.LATE_NOT_HONOURED, text)
        return _wait_out(order, Reason.UNREADABLE, text, now)
    if late and not honour_late:
        return _review(Reason.LATE_NOT_HONOURED, "Paid after closing, too late for the event.")
    reason = Reason.PAID_LATE if late else Reason.PAID
    text = "Payment verified after the order was closed." if late else "Payment verified."
    return Decision(Action.ISSUE, reason, text, payment=answer.checkout.payment)


def _is_given_back(order: Order, checkout: Checkout) -> bool:
    """Whether all that was taken here went back, or is on its way, and nobody need be told."""
    return bool(checkout.successful) and all(order.gives_back(t.id) for t in checkout.successful)


def _contradictory(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """Money seems taken although the checkout does not say PAID: never issue, never close."""
    checkout, inspected = answer.checkout, answer.transaction
    text = f"SumUp says {checkout.status} yet lists a successful transaction."
    if checkout.status == EXPIRED:
        return _review(Reason.NOT_CONFIRMED, text)
    waiting = _wait_out(order, Reason.NOT_CONFIRMED, text, now)
    if now < order.deadline and not _has_lasted(order, Reason.NOT_CONFIRMED, now):
        return waiting
    if inspected is None:
        return Decision(Action.INSPECT, Reason.NOT_CONFIRMED, text)
    if isinstance(inspected, Transaction) and (
        inspected.status == SUCCESSFUL or inspected.refunded
    ):
        return _review(Reason.NOT_CONFIRMED, text)
    return waiting


def _unpaid(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    status = answer.checkout.status
    if status == EXPIRED:
        return _expired(order, answer, now)
    if status not in {PENDING, FAILED}:
        return _unknown(order, status, now)
    if answer.deactivation is not None:
        return _after_deactivation(order, answer, now)
    if now >= order.deadline:
        return Decision(Action.DEACTIVATE, Reason.WINDOW_OVER, "The time to pay is over.")
    if status == FAILED:
        text = "The last attempt to pay failed; the buyer may try again."
        return _wait(order, Reason.PAYMENT_FAILED, text, now)
    return _wait(order, Reason.AWAITING_PAYMENT, "Not paid yet.", now)


def _expired(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """An expired checkout ends an attempt; the order ends when its own time is over."""
    if now >= order.deadline:
        return _close(order, answer)
    text = "The last checkout expired unpaid; the buyer may begin another."
    return _wait(order, Reason.AWAITING_PAYMENT, text, now)


def _after_deactivation(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    failed_for_good = (
        answer.deactivation is Deactivation.PROCESSED and answer.checkout.status == FAILED
    )
    if answer.deactivation is Deactivation.DONE or failed_for_good:
        return _close(order, answer)
    text = "The time to pay is over, but SumUp is still processing a payment."
    return _wait_out(order, Reason.PAYMENT_UNDER_WAY, text, now)


def _close(order: Order, answer: CheckoutSeen) -> Decision:
    before = answer.status_before or order.payment_status
    if FAILED in {before, answer.checkout.status}:
        text = "Every attempt to pay failed and the time to pay is over."
        return Decision(Action.CLOSE, Reason.FAILED, text, closes_as=OrderStatus.FAILED)
    text = "Nobody paid in time."
    return Decision(Action.CLOSE, Reason.EXPIRED, text, closes_as=OrderStatus.EXPIRED)


def _after_completion(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """Watch the other checkouts of a completed order: a second payment must not go unseen."""
    checkout = answer.checkout
    if answer.record.checkout_id == order.paid_checkout_id:
        return Decision(Action.LEAVE, Reason.SETTLED, "Paid and completed.")
    if checkout.has_money:
        text = "Paid a second time through another checkout."
        return Decision(Action.LEAVE, Reason.SECOND_PAYMENT, text)
    if checkout.status == EXPIRED:
        return Decision(Action.LEAVE, Reason.SETTLED, "Paid and completed.")
    if answer.deactivation is None:
        return Decision(Action.DEACTIVATE, Reason.SETTLED, "Paid through another checkout.")
    return _watch(order, now)


def _watch(order: Order, now: datetime) -> Decision:
    following = schedule.late_check(order.settled_at or order.deadline, now)
    return Decision(Action.LEAVE, Reason.CLOSED, "Watched for late money.", following)


def _missing(order: Order, now: datetime) -> Decision:
    if order.status is not OrderStatus.PENDING:
        return _watch(order, now)
    if now < order.created_at + schedule.ADOPTION_GRACE:
        return _wait(order, Reason.AWAITING_PAYMENT, "Its checkout is not known yet.", now)
    text = "We hold no checkout for it and SumUp knows none by its reference."
    return _review(Reason.MISSING_CHECKOUT, text)


def _unknown(order: Order, status: str, now: datetime) -> Decision:
    text = f"SumUp gives a status we do not know: {status[:40]}."
    if _has_lasted(order, Reason.UNKNOWN_STATUS, now, schedule.UNKNOWN_STATUS_PATIENCE):
        return _review(Reason.UNKNOWN_STATUS, text)
    return _wait_out(order, Reason.UNKNOWN_STATUS, text, now)


ERRORS: tuple[tuple[type[Exception], Reason], ...] = (
    (UnknownOrganiser, Reason.RECONNECT),
    (ReconnectNeeded, Reason.RECONNECT),
    (ClientRefused, Reason.CLIENT_REFUSED),
    (AccessRefused, Reason.ACCESS_REFUSED),
    (AccessForbidden, Reason.ACCESS_FORBIDDEN),
    (RequestBlocked, Reason.BLOCKED),
    (CheckoutNotFound, Reason.NOT_FOUND),
    (PaymentProviderError, Reason.UNREADABLE),
)
"""First match wins: which reason an error among the answers gives."""


def _unanswered(
    order: Order, error: PaymentProviderError | UnknownOrganiser, now: datetime
) -> Decision:
    reason = next(reason for kind, reason in ERRORS if isinstance(error, kind))
    if reason is Reason.NOT_FOUND and _is_due_to_close(order, now):
        return _review(reason, "SumUp does not know the checkout we created for it.")
    retry_after = getattr(error, "retry_after", None)
    return _wait_out(order, reason, f"Could not ask SumUp: {error}.", now, retry_after)


def _is_due_to_close(order: Order, now: datetime) -> bool:
    return order.status is OrderStatus.PENDING and now >= order.deadline


def _wait(order: Order, reason: Reason, text: str, now: datetime) -> Decision:
    return Decision(Action.WAIT, reason, text, schedule.next_check(order, now))


def _wait_out(
    order: Order, reason: Reason, text: str, now: datetime, retry_after: float | None = None
) -> Decision:
    """Wait because something is wrong that may pass; remember since when."""
    trouble = schedule.troubled(order, reason.value, now)
    if order.status is not OrderStatus.PENDING:
        following = schedule.late_check_again(order.settled_at or order.deadline, now)
        return Decision(Action.WAIT, reason, text, following, trouble=trouble)
    following = schedule.after_trouble(order, trouble, now, retry_after)
    overdue = schedule.is_overdue(trouble, now)
    return Decision(Action.WAIT, reason, text, following, trouble=trouble, alert_due=overdue)


def _review_if_it_lasts(order: Order, reason: Reason, text: str, now: datetime) -> Decision:
    """Look twice more before calling a person."""
    if order.trouble and order.trouble.code == reason.value and order.trouble.times > 1:
        return _review(reason, text)
    return replace(_wait_out(order, reason, text, now), next_check_at=now + schedule.CHECK_EVERY)


def _has_lasted(
    order: Order, reason: Reason, now: datetime, patience: timedelta = schedule.PERSISTENT
) -> bool:
    trouble = order.trouble
    return trouble is not None and trouble.code == reason.value and now - trouble.since >= patience


def _review(reason: Reason, text: str) -> Decision:
    return Decision(Action.REVIEW, reason, text)
