"""The facts that a comparison needs from SumUp's answers.

SumUp may leave out any field. If a fact that is needed is missing, `UnreadableAnswer` is raised.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ticketing.errors import InvalidMoney, UnreadableAnswer
from ticketing.money import Money
from ticketing.payments.payment import Transaction
from ticketing.reconciliation.payment_pair import BusinessDay, GivenBack, ProviderPayment
from ticketing.reconciliation.statement import NOT_TAKEN, TAKEN, Entry, Movement, Payout


def money_of(fact: Entry | Transaction) -> Money:
    return _money(fact.amount, fact.currency)


def time_of(fact: Entry | Transaction) -> datetime:
    if fact.at is None:
        raise UnreadableAnswer("a payment does not say when it was made")
    return fact.at


def took_money(entry: Entry) -> bool:
    """Return whether a line of the history is a payment that took money."""
    if entry.took_money or entry.status in NOT_TAKEN:
        return entry.took_money
    raise UnreadableAnswer(f"the history has a payment of the unknown status {entry.status!r}")


def taken(transaction: Transaction) -> ProviderPayment | None:
    """Return the payment in a transaction; None if it took no money."""
    if transaction.status in NOT_TAKEN:
        return None
    if transaction.status not in TAKEN:
        raise UnreadableAnswer(f"a payment has the unknown status {transaction.status!r}")
    return ProviderPayment(money_of(transaction), time_of(transaction), transaction.code)


def given_back(
    transaction: Transaction | None, entry: Entry | None, amount: Money, day: BusinessDay
) -> tuple[GivenBack, ...]:
    """Return what went back of a payment before the day ended.

    The events of its transaction say so exactly. Without events, its line in the history has to do.
    """
    if transaction and transaction.events:
        return tuple(_events(transaction, amount.currency, day))
    if entry and entry.refunded > 0:
        back = _money(entry.refunded, amount.currency)
        return (GivenBack(Movement.REFUND, back.amount),)
    if entry and entry.charged_back:
        return (GivenBack(Movement.CHARGE_BACK, amount.amount),)
    if entry and entry.went_back:
        raise UnreadableAnswer("money went back, and SumUp does not say how much")
    return ()


def exact(payout: Payout) -> Payout:
    """Return the payout with exactly its currency's decimal places in the amounts."""
    amount, fee = (_money(one, payout.currency).amount for one in (payout.amount, payout.fee))
    return replace(payout, amount=amount, fee=fee)


def _events(transaction: Transaction, currency: str, day: BusinessDay) -> Iterator[GivenBack]:
    for event in transaction.events:
        if event.at and event.at >= day.end:
            continue
        if event.is_unknown:
            raise UnreadableAnswer("a refund or chargeback does not say how it stands")
        if event.is_done:
            yield GivenBack(Movement(event.kind), _money(event.amount, currency).amount, event.at)


def _money(amount: Decimal | None, currency: str | None) -> Money:
    if amount is None or currency is None:
        raise UnreadableAnswer("a payment has no amount, or no currency")
    try:
        return Money(amount, currency)
    except InvalidMoney as error:
        raise UnreadableAnswer(str(error)) from error
