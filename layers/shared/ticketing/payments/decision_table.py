"""The decision table: an order, one answer from SumUp and the time give one decision. Pure.

Two rules stand above the table. Tickets that cost money are issued only for a PAID checkout that
equals our own row in every field. An answer that could not be read proves nothing: it never closes
an order.
"""

from dataclasses import replace
from datetime import datetime

from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    ClientRefused,
    PaymentProviderError,
    ReconnectNeeded,
    RequestBlocked,
    UnknownOrganiser,
)
from ticketing.orders import schedule
from ticketing.orders.order import CLOSED, Order, OrderStatus, Origin
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
    NothingToPay,
)
from ticketing.payments.decision import Action, Decision
from ticketing.payments.matching import Difference, difference, inspected_difference
from ticketing.payments.patience import (
    has_lasted,
    review,
    review_if_it_lasts,
    wait,
    wait_out,
    watch,
)
from ticketing.payments.payment import (
    EXPIRED,
    FAILED,
    NOT_TAKEN,
    PAID,
    PENDING,
    TAKEN,
    Checkout,
    Transaction,
)

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
"""The reason for an error in place of an answer; the first match wins."""


def decide(
    order: Order, answer: CheckoutResult, now: datetime, *, honour_late: bool = True
) -> Decision:
    """Return what to do with `order` after one answer about one of its checkouts.

    `honour_late` is the event's policy right now: whether a late payment still buys tickets, as
    long as seats are left.
    """
    if _shows_attempt(answer) and order.attempt_seen_at is None:
        order = replace(order, attempt_seen_at=now)
    if order.status is OrderStatus.REVIEW:
        return Decision(Action.LEAVE, Reason.SETTLED, "A person decides about this order.")
    if order.rejected:
        return Decision(Action.LEAVE, Reason.SETTLED, "A person rejected this order.")
    if isinstance(answer, NothingToPay) and order.is_free and order.status is OrderStatus.PENDING:
        given = "The tickets are complimentary. " if order.origin is Origin.GIVEN else ""
        return Decision(Action.ISSUE, Reason.FREE, f"{given}There was nothing to pay.")
    if isinstance(answer, CheckoutMissing | NothingToPay):
        return _missing(order, answer, now)
    if isinstance(answer, CheckoutSeen):
        return _seen(order, answer, now, honour_late=honour_late)
    return _unanswered(order, answer, now)


def _shows_attempt(answer: CheckoutResult) -> bool:
    """Return whether the buyer has begun to pay, and so has time until the deadline."""
    return isinstance(answer, CheckoutSeen) and answer.shows_attempt


def _seen(order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool) -> Decision:
    if order.status is OrderStatus.COMPLETED:
        decision = _after_completion(order, answer, now)
    elif order.status in CLOSED and _is_given_back(order, answer.checkout):
        decision = watch(order, now)
    elif answer.checkout.status == PAID:
        decision = _paid(order, answer, now, honour_late=honour_late)
    elif answer.checkout.id != answer.record.checkout_id:
        text = "SumUp answered about another checkout than the one asked for."
        decision = wait_out(order, Reason.UNREADABLE, text, now)
    elif answer.checkout.successful:
        decision = _contradictory(order, answer, now)
    elif order.status in CLOSED:
        decision = watch(order, now)
    else:
        decision = _unpaid(order, answer, now)
    return replace(
        decision,
        record=answer.record,
        checkout=answer.checkout,
        attempt_seen=answer.shows_attempt,
    )


def _paid(order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool) -> Decision:
    found = difference(order, answer.record, answer.checkout)
    if found:
        return _mismatch(found)
    if answer.sandbox:
        return review(Reason.SANDBOX, "Paid at a sandbox merchant: no real money moved.")
    if answer.checkout.payment is None:
        text = "SumUp says PAID but lists no successful transaction."
        return review_if_it_lasts(order, Reason.NO_TRANSACTION, text, now)
    if order.gives_back(answer.checkout.payment.id):
        return review(Reason.REFUNDED, "Paid, but a person gives the money back.")
    is_late = order.status in CLOSED or now >= order.deadline
    if answer.transaction is None and is_late:
        return Decision(Action.INSPECT, Reason.PAID_LATE, "Paid long ago: was it refunded since?")
    return _paid_and_inspected(order, answer, now, honour_late=honour_late)


def _mismatch(found: Difference) -> Decision:
    text = f"SumUp says PAID, but we expected {found.expected} and it is {found.received}."
    return replace(review(found.field, text), expected=found.expected, received=found.received)


def _paid_and_inspected(
    order: Order, answer: CheckoutSeen, now: datetime, *, honour_late: bool
) -> Decision:
    late, inspected = order.status in CLOSED, answer.transaction
    if order.customer.is_erased:
        text = "Paid, and its buyer was erased: the money has to go back."
        return review(Reason.LATE_NOT_HONOURED, text)
    if isinstance(inspected, PaymentProviderError):
        return _uninspected(order, inspected, now)
    if inspected and (objection := _objection(order, inspected, now)):
        return objection
    if late and not honour_late:
        return review(Reason.LATE_NOT_HONOURED, "Paid after closing, too late for the event.")
    reason = Reason.PAID_LATE if late else Reason.PAID
    text = "Payment verified after the order was closed." if late else "Payment verified."
    return Decision(Action.ISSUE, reason, text, payment=answer.checkout.payment)


def _uninspected(order: Order, error: PaymentProviderError, now: datetime) -> Decision:
    """Paid late, but whether the money is still there cannot be read: never issue on that."""
    text = f"Paid late; whether it was refunded since cannot be read: {error}."
    lasted = has_lasted(order, Reason.UNREADABLE, now, schedule.ALERT_AFTER)
    if lasted or _is_watched_enough(order, now):
        return review(Reason.LATE_NOT_HONOURED, text)
    return wait_out(order, Reason.UNREADABLE, text, now, getattr(error, "retry_after", None))


def _objection(order: Order, inspected: Transaction, now: datetime) -> Decision | None:
    """Return what to do if the transaction itself does not show the money; None if it does."""
    if inspected.refunded:
        return review(Reason.REFUNDED, "Paid, but refunded or charged back since.")
    if inspected.status in NOT_TAKEN:
        text = f"SumUp says PAID, but calls its transaction {inspected.status}."
        return review(Reason.NOT_CONFIRMED, text)
    if inspected.status not in TAKEN:
        unknown = _unknown(order, inspected.status, now)
        is_last = _is_watched_enough(order, now)
        return review(unknown.reason, unknown.explanation) if is_last else unknown
    found = inspected_difference(order, inspected)
    return _mismatch(found) if found else None


def _is_watched_enough(order: Order, now: datetime) -> bool:
    """Return whether money has waited long enough.

    This is a limit of its own, because troubles may alternate, and each change starts a new count.
    """
    return now >= (order.settled_at or order.deadline) + schedule.LATE_WATCH


def _is_given_back(order: Order, checkout: Checkout) -> bool:
    """Return whether all money taken here went back, or is on its way, so that nobody need act."""
    return bool(checkout.successful) and all(order.gives_back(t.id) for t in checkout.successful)


def _contradictory(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """Money seems to be taken although the checkout is not PAID: never issue, never close."""
    checkout, inspected = answer.checkout, answer.transaction
    text = f"SumUp says {checkout.status} yet lists a successful transaction."
    if checkout.status == EXPIRED:
        return review(Reason.NOT_CONFIRMED, text)
    waiting = wait_out(order, Reason.NOT_CONFIRMED, text, now)
    if now < order.deadline and not has_lasted(order, Reason.NOT_CONFIRMED, now):
        return waiting
    if inspected is None:
        return Decision(Action.INSPECT, Reason.NOT_CONFIRMED, text)
    if isinstance(inspected, Transaction) and (inspected.status in TAKEN or inspected.refunded):
        return review(Reason.NOT_CONFIRMED, text)
    return waiting


def _unpaid(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    status = answer.checkout.status
    if status == EXPIRED:
        return _expired(order, answer, now)
    if status not in {PENDING, FAILED}:
        return _unknown(order, status, now)
    if answer.deactivation is not None:
        return _after_deactivation(order, answer, now)
    if now >= order.open_until:
        return Decision(Action.DEACTIVATE, Reason.WINDOW_OVER, "The time to pay is over.")
    if status == FAILED:
        text = "The last attempt to pay failed; the buyer may try again."
        return wait(order, Reason.PAYMENT_FAILED, text, now)
    return wait(order, Reason.AWAITING_PAYMENT, "Not paid yet.", now)


def _expired(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """An expired checkout ends one attempt to pay; the order ends in its own time."""
    if now >= order.open_until:
        return _close(order, answer)
    text = "The last checkout expired unpaid; the buyer may begin another."
    return wait(order, Reason.AWAITING_PAYMENT, text, now)


def _after_deactivation(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    failed_for_good = (
        answer.deactivation is Deactivation.PROCESSED and answer.checkout.status == FAILED
    )
    if answer.deactivation is Deactivation.DONE or failed_for_good:
        return _close(order, answer)
    text = "The time to pay is over, but SumUp is still processing a payment."
    return wait_out(order, Reason.PAYMENT_UNDER_WAY, text, now)


def _close(order: Order, answer: CheckoutSeen) -> Decision:
    before = answer.status_before or order.payment_status
    if FAILED in {before, answer.checkout.status}:
        text = "Every attempt to pay failed and the time to pay is over."
        return Decision(Action.CLOSE, Reason.FAILED, text, closes_as=OrderStatus.FAILED)
    text = "Nobody paid in time."
    return Decision(Action.CLOSE, Reason.EXPIRED, text, closes_as=OrderStatus.EXPIRED)


def _after_completion(order: Order, answer: CheckoutSeen, now: datetime) -> Decision:
    """Watch the other checkouts of a completed order: a second payment must be noticed."""
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
    return watch(order, now)


def _missing(order: Order, answer: CheckoutMissing | NothingToPay, now: datetime) -> Decision:
    """Decide without a checkout. SumUp has said that there is none; it was not an outage.

    A buyer gets the URL of a checkout only after we have recorded it. So without a record, and
    without anything at SumUp, nobody can have paid, and they may begin again while the order is
    open.
    """
    if order.status is not OrderStatus.PENDING:
        return watch(order, now)
    was_payable = bool(order.checkout_ids) or answer != CheckoutMissing()
    if not was_payable and now < order.open_until:
        return wait(order, Reason.AWAITING_PAYMENT, "It has no checkout to pay yet.", now)
    text = "We hold no checkout for it and SumUp knows none by its reference."
    if not _is_sure_to_be_missing(order, now):
        return replace(wait_out(order, Reason.MISSING_CHECKOUT, text, now), alert_due=False)
    if was_payable:
        return review(Reason.MISSING_CHECKOUT, text)
    text = "Nobody paid in time, and SumUp has no checkout for it."
    return Decision(Action.CLOSE, Reason.EXPIRED, text, closes_as=OrderStatus.EXPIRED)


def _is_sure_to_be_missing(order: Order, now: datetime) -> bool:
    """Return whether SumUp said so for long enough, or so late that nothing can still appear.

    Consecutive answers have to span the grace. Since they may alternate with failures for ever, one
    answer is enough once the deadline is long past.
    """
    lasted = has_lasted(order, Reason.MISSING_CHECKOUT, now, schedule.ADOPTION_GRACE)
    return lasted or now >= order.deadline + schedule.ALERT_AFTER


def _unknown(order: Order, status: str, now: datetime) -> Decision:
    text = f"SumUp gives a status we do not know: {status[:40]}."
    if has_lasted(order, Reason.UNKNOWN_STATUS, now, schedule.UNKNOWN_STATUS_PATIENCE):
        return review(Reason.UNKNOWN_STATUS, text)
    return wait_out(order, Reason.UNKNOWN_STATUS, text, now)


def _unanswered(
    order: Order, error: PaymentProviderError | UnknownOrganiser, now: datetime
) -> Decision:
    reason = next(reason for kind, reason in ERRORS if isinstance(error, kind))
    if reason is Reason.NOT_FOUND and _is_due_to_close(order, now):
        return review(reason, "SumUp does not know the checkout we created for it.")
    retry_after = getattr(error, "retry_after", None)
    return wait_out(order, reason, f"Could not ask SumUp: {error}.", now, retry_after)


def _is_due_to_close(order: Order, now: datetime) -> bool:
    return order.status is OrderStatus.PENDING and now >= order.open_until
