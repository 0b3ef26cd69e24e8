"""Decide about refunding a part of a payment: the price of some tickets, or an amount. Pure.

As with a whole refund, only the transaction proves that money went back: it must show that much
more as returned than before SumUp was asked. A part is settled before the next is asked for, so
what SumUp shows belongs to one part only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ticketing.errors import InvalidMoney, NotDecidable, PaymentProviderError
from ticketing.money import Money
from ticketing.orders.order import MAX_PARTS, Order, refuse_foreign
from ticketing.orders.refund import PartRefund, RefundStatus
from ticketing.payments import refunding
from ticketing.payments.payment import Extent, Transaction
from ticketing.payments.refunding import Step


@dataclass(frozen=True)
class Share:
    """The part that an operator wants to refund: some tickets, or an amount in major units.

    `is_back`: it was refunded already, in SumUp's dashboard. `another`: the same amount as before
    is to be refunded once more.
    """

    tickets: tuple[str, ...] = ()
    amount: Decimal | None = None
    is_back: bool = False
    another: bool = False


def refuse_unless_divisible(order: Order, share: Share) -> str:
    """Return the id of the transaction to refund a part of; `NotDecidable` if there is none."""
    refunding.refuse_unless_settled(order)
    if not (order.admits or any(part.is_unsettled for part in order.parts)):
        text = "it has no valid tickets: only what is left of a payment for them has parts"
        raise NotDecidable(order.order_number, text)
    if order.transaction_id is None:
        text = "SumUp named no transaction of its payment: see its dashboard"
        raise NotDecidable(order.order_number, text)
    refuse_foreign(order, share.tickets)
    return order.transaction_id


def known_part(order: Order, share: Share) -> PartRefund | None:
    """Return the part that this share refers to, if the order notes one already."""
    for part in reversed(order.parts):
        is_same = part.tickets == share.tickets and share.amount in {None, part.amount.amount}
        is_meant = is_same and (share.tickets or share.amount is not None)
        if is_meant and (part.is_unsettled or not share.another):
            return part
    return None


def next_step(
    order: Order,
    share: Share,
    transaction: Transaction,
    now: datetime,
    *,
    attempt: str,
    again: bool,
) -> tuple[Step, PartRefund]:
    """Return the next step for a share, and its part; `NotDecidable` says why there is none."""
    part = known_part(order, share)
    if part and part.went_back:
        return Step.NOTHING, part
    refunding.refuse_unless_clear(order, transaction)
    if part and is_shown(part, transaction):
        return Step.SETTLE, part
    _refuse_unless_alone(order, part, transaction)
    if part and part.is_unsettled and part.attempt != attempt:
        step = refunding.after_earlier(order, part, now, again=again)
        return step, _asked(part, attempt, now) if step is Step.ASK else part
    if part and part.is_unsettled:
        return Step.ASK, part
    number = part.number if part else len(order.parts) + 1
    if number > MAX_PARTS:
        raise NotDecidable(order.order_number, f"{MAX_PARTS} parts of it went back already")
    new = replace(_new(order, share, transaction), number=number)
    return (Step.SETTLE, new) if share.is_back else (Step.ASK, _asked(new, attempt, now))


def is_shown(part: PartRefund, transaction: Transaction) -> bool:
    """Return whether the transaction proves that the part went back."""
    if part.status is RefundStatus.REFUSED:
        return False
    return transaction.returned.amount >= part.back_before + part.amount.amount


def settled(part: PartRefund, now: datetime) -> PartRefund:
    return replace(part, status=RefundStatus.REFUNDED, settled_at=now, problem="")


def after_response(
    part: PartRefund,
    error: PaymentProviderError | None,
    shown: Transaction | PaymentProviderError,
    now: datetime,
) -> PartRefund:
    """Return the part after the response and a fresh look at the transaction."""
    if isinstance(shown, Transaction) and is_shown(part, shown):
        return settled(part, now)
    return refunding.without_proof(part, error, shown)


def _asked(part: PartRefund, attempt: str, now: datetime) -> PartRefund:
    return replace(
        part, status=RefundStatus.ASKED, asked_at=now, attempt=attempt, settled_at=None, problem=""
    )


def _refuse_unless_alone(order: Order, part: PartRefund | None, transaction: Transaction) -> None:
    """Raise `NotDecidable` if another refund of the same money went back or may be under way."""
    if order.gives_back(transaction.id) or transaction.extent is Extent.ALL:
        text = "all of its money went back or was asked for: type `refund` without a part"
        raise NotDecidable(order.order_number, text)
    other = next((p for p in order.parts if p.is_unsettled and p != part), None)
    if other:
        text = f"it is not known whether {other.amount} of it went back: type that command again"
        raise NotDecidable(order.order_number, text)


def _new(order: Order, share: Share, transaction: Transaction) -> PartRefund:
    """Return the part for a share that the order does not note yet."""
    _refuse_void(order, share)
    back = transaction.returned.amount
    paid = refunding.paid(order, transaction)
    if share.is_back:
        unnoted = _money(order, back - order.back_in_parts(transaction.id), paid.currency)
        _refuse_unless_shown(order, share, unnoted)
        amount, before = unnoted, back - unnoted.amount
    else:
        left = _money(order, paid.amount - back, paid.currency)
        amount, before = _amount(order, share, left), back
    return PartRefund(
        str(transaction.id), RefundStatus.ASKED, amount, tickets=share.tickets, back_before=before
    )


def _refuse_unless_shown(order: Order, share: Share, unnoted: Money) -> None:
    """Raise `NotDecidable` unless that much went back without a request of ours."""
    if unnoted.amount <= 0:
        text = "SumUp shows nothing that went back beside what is noted already"
        raise NotDecidable(order.order_number, text)
    if share.amount is not None and share.amount != unnoted.amount:
        text = f"SumUp shows {unnoted} that went back and is not noted"
        raise NotDecidable(order.order_number, text)


def _amount(order: Order, share: Share, left: Money) -> Money:
    """Return the amount to ask for; `NotDecidable` unless it is less than what is left."""
    wanted = share.amount if share.amount is not None else price_of(order, share.tickets)
    if wanted <= 0:
        text = "there is no money in it: `void` makes free tickets void"
        raise NotDecidable(order.order_number, text)
    amount = _money(order, wanted, left.currency)
    if amount.amount > left.amount:
        text = f"only {left} of its payment is left, and {amount} is wanted"
        raise NotDecidable(order.order_number, text)
    if amount == left:
        text = f"{left} is all that is left of its payment: type `refund` without a part"
        raise NotDecidable(order.order_number, text)
    return amount


def _refuse_void(order: Order, share: Share) -> None:
    void = [i for i in share.tickets if i not in order.valid_ticket_ids]
    if void:
        raise NotDecidable(order.order_number, f"{', '.join(void)} is void already")
    if share.tickets and set(share.tickets) == set(order.valid_ticket_ids):
        text = "these are all its valid tickets: `refund` without a part gives all back"
        raise NotDecidable(order.order_number, text)


def price_of(order: Order, ticket_ids: Sequence[str]) -> Decimal:
    """Return what these tickets of an order cost."""
    prices = (line.unit_price for i, line in order.ticket_lines if i in ticket_ids)
    return sum(prices, Decimal(0))


def _money(order: Order, amount: Decimal, currency: str) -> Money:
    try:
        return Money(amount, currency)
    except InvalidMoney as error:
        raise NotDecidable(order.order_number, str(error)) from error
