"""The differences between the two sides of a payment, and what is done about each. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Consequence
from ticketing.reconciliation.consequences import Policies, consequence
from ticketing.reconciliation.payment_pair import (
    BusinessDay,
    Column,
    LedgerPayment,
    PaymentPair,
    ProviderPayment,
)


class Kind(StrEnum):
    """What differs. Reports, logs and answers show the values."""

    MONEY_WITHOUT_ORDER = "money_without_order"
    ORDER_WITHOUT_MONEY = "order_without_money"
    AMOUNT_DIFFERS = "amount_differs"
    REFUNDED = "refunded_elsewhere"
    PARTLY_REFUNDED = "partly_refunded"
    CHARGED_BACK = "charged_back"
    REFUND_UNSETTLED = "refund_unsettled"
    IN_FLIGHT = "in_flight"


class Remedy(StrEnum):
    """What is done about it. Reports show the values."""

    PUT_BACK = "checked again"
    VOID = "tickets void"
    NOTED = "noted on the order"
    PERSON = "a person decides"
    NONE = "nothing to do"


@dataclass(frozen=True)
class Finding:
    """A difference: our amount and SumUp's, None for a side that does not know the payment."""

    kind: Kind
    sentence: str
    remedy: Remedy
    transaction_id: str
    order_number: str | None = None
    code: str | None = None
    at: datetime | None = None
    column: Column | None = None
    ours: Money | None = None
    theirs: Money | None = None


def judge(pair: PaymentPair, day: BusinessDay, policies: Policies) -> Iterator[Finding]:
    """Yield what differs about a payment: whether it exists, how much it is, what went back."""
    if pair.belongs_to(day):
        match pair.theirs, pair.ours:
            case ProviderPayment() as theirs, None:
                yield _unaccepted(pair, theirs, day)
            case None, LedgerPayment() as ours:
                yield _without_money(pair, ours, day)
            case ProviderPayment() as theirs, LedgerPayment() as ours:
                if theirs.amount != ours.amount:
                    yield _differs(pair, ours, theirs)
    if pair.theirs and not pair.is_settled_by_us:
        yield from _returned(pair, pair.theirs, day, policies)


def unsettled(orders: Iterable[Order], day: BusinessDay) -> Iterator[Finding]:
    """Yield the refunds that SumUp should have settled by now."""
    for order in orders:
        for refund in order.all_refunds:
            asked_at = refund.asked_at
            if refund.is_unsettled and not (asked_at and day.is_fresh(asked_at)):
                yield Finding(
                    kind=Kind.REFUND_UNSETTLED,
                    sentence="Its refund was asked for, and nobody knows what came of it.",
                    remedy=Remedy.PERSON,
                    transaction_id=refund.transaction_id,
                    order_number=order.order_number,
                    at=asked_at,
                    ours=refund.amount,
                )


def _unaccepted(pair: PaymentPair, theirs: ProviderPayment, day: BusinessDay) -> Finding:
    """Return the finding for money that no order accepted; verification decides about tickets."""
    order = pair.order
    kind, remedy = Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON
    if order is None:
        text = "SumUp took money for an order that we do not know."
    elif theirs.is_all_back:
        text, remedy = (
            "SumUp took money that no order accepted, and all of it is back.",
            Remedy.NONE,
        )
    elif order.gives_back(pair.transaction_id):
        text, remedy = "No order accepted it, and its refund is under way.", Remedy.NONE
    elif order.status is OrderStatus.PENDING and day.is_fresh(theirs.at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Paid within the last hour, and not checked yet."
    else:
        text = f"SumUp took money that the order ({order.status}) has not accepted."
        remedy = Remedy.PUT_BACK if order.awaits_answer else Remedy.PERSON
    return _found(pair, kind, text, remedy, column=Column.GROSS, theirs=theirs.amount)


def _without_money(pair: PaymentPair, ours: LedgerPayment, day: BusinessDay) -> Finding:
    kind, remedy = Kind.ORDER_WITHOUT_MONEY, Remedy.PERSON
    text = "The order is completed, and SumUp shows no successful payment of it."
    if day.is_fresh(ours.accepted_at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Accepted within the last hour, and SumUp does not list it yet."
    return _found(pair, kind, text, remedy, column=Column.GROSS, ours=ours.amount)


def _differs(pair: PaymentPair, ours: LedgerPayment, theirs: ProviderPayment) -> Finding:
    text = f"We accepted {ours.amount}, SumUp shows {theirs.amount}."
    return _found(
        pair, Kind.AMOUNT_DIFFERS, text, Remedy.PERSON,
        column=Column.GROSS, ours=ours.amount, theirs=theirs.amount,
    )  # fmt: skip


def _returned(
    pair: PaymentPair, theirs: ProviderPayment, day: BusinessDay, policies: Policies
) -> Iterator[Finding]:
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = pair.returned_for(day, column)
        if amount:
            kind, text, remedy = _what_went_back(pair, theirs, column, day, policies)
            returned = Money(amount, theirs.amount.currency)
            yield _found(pair, kind, text, remedy, column=column, theirs=returned)


def _what_went_back(
    pair: PaymentPair, theirs: ProviderPayment, column: Column, day: BusinessDay, policies: Policies
) -> tuple[Kind, str, Remedy]:
    is_chargeback = column is Column.CHARGED_BACK
    if not theirs.is_all_back:
        kind = Kind.CHARGED_BACK if is_chargeback else Kind.PARTLY_REFUNDED
        text = "Only a part went back, which its order does not note: the tickets stay valid."
        return kind, text, Remedy.PERSON
    kind = Kind.CHARGED_BACK if is_chargeback else Kind.REFUNDED
    by = "The buyer's bank took the money back." if is_chargeback else "It was refunded elsewhere."
    if pair.order is None:
        return kind, f"{by} We do not know its order.", Remedy.PERSON
    requested = pair.requested_refund
    if requested:
        kind, by = Kind.REFUND_UNSETTLED, "SumUp shows the refund that was asked for."
        if requested.asked_at and day.is_fresh(requested.asked_at):
            return Kind.IN_FLIGHT, f"{by} It was asked for within the last hour.", Remedy.NONE
    voids = consequence(pair, policies) is Consequence.TICKETS_VOID
    if voids or (pair.ours and pair.order.voided_at):
        return kind, f"{by} Its tickets open no door any more.", Remedy.VOID
    return kind, f"{by} No tickets are void for it.", Remedy.NOTED


def _found(
    pair: PaymentPair,
    kind: Kind,
    sentence: str,
    remedy: Remedy,
    *,
    column: Column,
    ours: Money | None = None,
    theirs: Money | None = None,
) -> Finding:
    return Finding(
        kind=kind,
        sentence=sentence,
        remedy=remedy,
        transaction_id=pair.transaction_id,
        order_number=pair.order_number,
        code=pair.code,
        at=pair.at,
        column=column,
        ours=ours,
        theirs=theirs,
    )
