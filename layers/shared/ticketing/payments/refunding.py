"""Decide about refunds: whether to ask SumUp, and what is known afterwards. Pure.

SumUp takes no idempotency key for a refund, and its response may be lost. So only the transaction
itself proves that money went back. A request without a response has an unknown outcome and is not
repeated until a person asks for that. A request is never for more than what is left, so even then
the buyer gets back no more than they paid.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

from ticketing.errors import (
    InvalidMoney,
    NotDecidable,
    NoTurn,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
)
from ticketing.money import Money, format_amount
from ticketing.orders.commands import line
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.payments.captures import Capture
from ticketing.payments.payment import REFUNDED, SUCCESSFUL, Extent, Transaction

IN_HAND = timedelta(minutes=5)
"""The longest that a run takes to ask SumUp, including timeouts; no other run interferes before."""
ASK_AGAIN_AFTER = timedelta(hours=1)
"""How long SumUp has to show a refund before the request may be repeated. It answers within 25
seconds or times out, and shows the refund within moments; an hour outlasts its usual outages."""
R = TypeVar("R", bound=Refund)
NO_AMOUNT = "SumUp does not say how much was paid"


class Step(StrEnum):
    """What comes next for a refund."""

    ASK = "ask"
    SETTLE = "settle"
    UNCLEAR = "unclear"
    NOTHING = "nothing"


def refuse_unless_settled(order: Order) -> None:
    """Raise `NotDecidable` if the order's money may still buy its tickets, or if it has none."""
    if order.is_free:
        raise NotDecidable(order.order_number, "it is free: there is no money to give back")
    if order.origin is Origin.CASH:
        text = f"it was paid in cash: hand the cash back, and `{line('void', order.order_number)}`"
        raise NotDecidable(order.order_number, text)
    if order.status is OrderStatus.PENDING:
        number = order.order_number
        check, cancel = line("poll", number), line("cancel", number)
        text = f"it is {order.status}: have it checked with `{check}`, or unpaid, `{cancel}`"
        raise NotDecidable(number, text)


def next_step(
    order: Order, transaction: Transaction, now: datetime, *, attempt: str, again: bool
) -> Step:
    """Return the next step for this transaction; `NotDecidable` says why there is none.

    `attempt` identifies this run. `again`: a person wants to repeat a request whose outcome is
    unknown.
    """
    refund = order.refund_of(transaction.id)
    if refund and refund.went_back:
        return Step.NOTHING
    refuse_unless_clear(order, transaction)
    if transaction.extent is Extent.ALL:
        return Step.SETTLE
    part = next((p for p in order.parts if p.is_unsettled), None)
    if part:
        text = f"it is not known whether {part.amount} of it went back: type that command again"
        raise NotDecidable(order.order_number, text)
    if refund is None or not refund.is_unsettled or refund.attempt == attempt:
        return Step.ASK
    return after_earlier(order, refund, now, again=again)


def after_earlier(order: Order, refund: Refund, now: datetime, *, again: bool) -> Step:
    """Return the next step after an earlier request whose outcome is unknown."""
    asked_at = refund.asked_at or now
    if refund.status is RefundStatus.ASKED and now < asked_at + IN_HAND:
        text = f"SumUp has been asked since {asked_at:%H:%M:%S} UTC: try again in some minutes"
        raise NotDecidable(order.order_number, text)
    if again and now < asked_at + ASK_AGAIN_AFTER:
        from_ = asked_at + ASK_AGAIN_AFTER
        text = f"SumUp was asked at {asked_at:%H:%M} UTC, and may be again from {from_:%H:%M} on"
        raise NotDecidable(order.order_number, text)
    return Step.ASK if again else Step.UNCLEAR


def refuse_unless_clear(order: Order, transaction: Transaction) -> None:
    """Raise `NotDecidable` if SumUp does not show enough to refund this transaction now."""
    problem = _objection(order, transaction)
    if problem:
        raise NotDecidable(order.order_number, problem)


def rest(transaction: Transaction) -> Decimal | None:
    """Return the amount to request after an earlier partial refund; None means all of it."""
    if transaction.extent is not Extent.PART or transaction.amount is None:
        return None
    return transaction.amount - transaction.returned.amount


def asked(order: Order, transaction: Transaction, attempt: str, now: datetime) -> Refund:
    """Return the refund to store before SumUp is asked."""
    amount = without_parts(order, transaction)
    return Refund(str(transaction.id), RefundStatus.ASKED, amount, now, attempt)


def as_if_refunded(refund: Refund, now: datetime) -> Refund:
    """Return the refund as it will be if SumUp makes it: for a dry run."""
    return replace(refund, status=RefundStatus.REFUNDED, settled_at=now)


def settled(order: Order, transaction: Transaction, now: datetime) -> Refund:
    """Return the refund of money that SumUp shows as back in full; one recorded before stays."""
    known, charged_back = order.refund_of(transaction.id), transaction.returned.charged_back
    if known and known.went_back:
        return known
    return Refund(
        transaction_id=str(transaction.id),
        status=RefundStatus.CHARGED_BACK if charged_back else RefundStatus.REFUNDED,
        amount=without_parts(order, transaction),
        asked_at=known.asked_at if known else None,
        attempt=known.attempt if known else "",
        settled_at=now,
    )


def after_response(
    order: Order,
    refund: Refund,
    error: PaymentProviderError | None,
    shown: Transaction | PaymentProviderError,
    now: datetime,
) -> Refund:
    """Return the refund after the response and a fresh look at the transaction.

    Only the transaction proves a refund. `error` is what the response said, None for success.
    """
    if isinstance(shown, Transaction) and shown.extent is Extent.ALL:
        return settled(order, shown, now)
    return without_proof(refund, error, shown)


def without_proof(
    refund: R, error: PaymentProviderError | None, shown: Transaction | PaymentProviderError
) -> R:
    """Return the refund after a response, if the transaction does not show that it was made."""
    if error is not None and not is_unclear(error):
        return _with(refund, RefundStatus.REFUSED, str(error))
    if error is not None:
        return _with(refund, RefundStatus.UNKNOWN, str(error))
    if isinstance(shown, Transaction):
        return _with(refund, RefundStatus.UNKNOWN, f"SumUp said yes, and shows {_back(shown)}")
    return _with(refund, RefundStatus.UNKNOWN, f"SumUp said yes, and was not seen since ({shown})")


def without_response(refund: R, transaction: Transaction) -> R:
    """Return the refund of an earlier request whose outcome SumUp does not show."""
    known = refund.problem or "nobody saw what SumUp answered"
    problem = known.partition("; SumUp shows")[0]
    return _with(refund, RefundStatus.UNKNOWN, f"{problem}; SumUp shows {_back(transaction)}")


def is_unclear(error: PaymentProviderError) -> bool:
    """Return whether the refund may have been made in spite of this error.

    A request that SumUp's firewall or rate limit rejects was never processed, and one that had no
    turn was never sent.
    """
    was_limited = error.status == HTTPStatus.TOO_MANY_REQUESTS
    was_not_processed = was_limited or isinstance(error, (RequestBlocked, NoTurn))
    return isinstance(error, PaymentProviderUnavailable) and not was_not_processed


def consequence(order: Order, capture: Capture, money: Sequence[Capture]) -> Consequence:
    """Return what follows for the order once `capture` is back; `money` is every capture it has."""
    if order.status is OrderStatus.COMPLETED:
        is_void = capture.bought_tickets and order.voided_at is None
        return Consequence.TICKETS_VOID if is_void else Consequence.NONE
    others = (one for one in money if one.transaction_id != capture.transaction_id)
    is_last = all(order.is_back(one.transaction_id, one.amount) for one in others)
    if order.status is OrderStatus.REVIEW and is_last:
        return Consequence.REJECTED
    return Consequence.NONE


def again_at(refund: Refund) -> datetime | None:
    """Return when the request may be repeated; None if there was no request."""
    return refund.asked_at + ASK_AGAIN_AFTER if refund.asked_at else None


def _objection(order: Order, transaction: Transaction) -> str | None:
    merchant, extent = transaction.merchant_code, transaction.extent
    if merchant not in {None, order.merchant_code}:
        return f"its money went to merchant {merchant}"
    if extent is Extent.AMOUNT_UNKNOWN:
        return "SumUp says that money went back, and not how much: see its dashboard"
    if extent is Extent.UNDER_WAY:
        return "SumUp is giving money back and is not done: try again later"
    if transaction.status not in {SUCCESSFUL, REFUNDED} and extent is not Extent.ALL:
        return f"SumUp calls its transaction {transaction.status}: there is nothing to give back"
    if (transaction.amount or 0) <= 0 or not transaction.currency:
        return NO_AMOUNT
    return None


def without_parts(order: Order, transaction: Transaction) -> Money:
    """Return what was paid with a transaction, less the parts that the order notes as refunded."""
    return _paid_less(order.back_in_parts(transaction.id), order, transaction)


def paid(order: Order, transaction: Transaction) -> Money:
    """Return what was paid with a transaction; raise `NotDecidable` if SumUp does not say."""
    return _paid_less(Decimal(0), order, transaction)


def _paid_less(back: Decimal, order: Order, transaction: Transaction) -> Money:
    amount, currency = transaction.amount, transaction.currency
    if amount is None or currency is None:
        raise NotDecidable(order.order_number, NO_AMOUNT)
    try:
        return Money(amount - back, currency)
    except InvalidMoney as error:
        text = f"SumUp's answer makes no sense ({error})"
        raise NotDecidable(order.order_number, text) from error


def _back(transaction: Transaction) -> str:
    back = transaction.returned.amount
    shown = format_amount(back, transaction.currency) if back else "nothing"
    return f"that {shown} went back"


def _with(refund: R, status: RefundStatus, problem: str) -> R:
    return replace(refund, status=status, problem=problem)
