"""What a comparison reads from SumUp's answers, and what it refuses to guess."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.reconciliation.test_compare import BUSINESS_DAY, END, NOON, PRICE
from tests.support.builders import a_transaction
from ticketing.errors import UnreadableAnswer
from ticketing.payments.payment import MoneyBack, Transaction
from ticketing.reconciliation.payment_pair import GivenBack, ProviderPayment
from ticketing.reconciliation.provider_facts import (
    exact,
    given_back,
    money_of,
    taken,
    time_of,
    took_money,
)
from ticketing.reconciliation.statement import Entry, Movement, Payout


def entry(**changes: Any) -> Entry:  # noqa: ANN401  # of any field
    facts: dict[str, Any] = {"kind": "PAYMENT", "status": "SUCCESSFUL", "amount": PRICE.amount}
    return Entry("tx-1", **(facts | {"currency": "GBP", "at": NOON} | changes))


def back(**changes: Any) -> MoneyBack:  # noqa: ANN401  # of any field
    facts: dict[str, Any] = {"kind": "REFUND", "status": "REFUNDED", "amount": PRICE.amount}
    return MoneyBack(**(facts | {"at": NOON} | changes))


def returned(transaction: Transaction | None, line: Entry | None) -> tuple[GivenBack, ...]:
    return given_back(transaction, line, PRICE, BUSINESS_DAY)


def test_money_and_time_are_those_of_the_answer() -> None:
    assert (money_of(entry()), time_of(entry())) == (PRICE, NOON)
    assert took_money(entry())
    assert not took_money(entry(status="FAILED"))


def test_a_successful_transaction_is_a_payment_and_a_failed_one_is_none() -> None:
    transaction = a_transaction(at=NOON)

    assert taken(transaction) == ProviderPayment(PRICE, NOON, "TAAA1")
    assert taken(a_transaction(status="FAILED")) is None


def test_a_payout_has_the_digits_of_its_currency() -> None:
    payout = Payout(
        id="1",
        kind="PAYOUT",
        amount=Decimal("44.2"),
        fee=Decimal("0.8"),
        currency="GBP",
        on=date(2026, 6, 2),
        succeeded=True,
        reference="r",
        code="TAAA1",
    )

    result = exact(payout)

    assert (str(result.amount), str(result.fee)) == ("44.20", "0.80")
    assert (result.id, result.currency) == ("1", "GBP")


RETURNED = {
    "nothing known": (None, None, ()),
    "nothing returned": (a_transaction(), entry(), ()),
    "part, by the history": (
        None,
        entry(refunded=Decimal("0.50")),
        (GivenBack(Movement.REFUND, Decimal("0.50")),),
    ),
    "charged back, by the history": (
        None,
        entry(status="CHARGE_BACK"),
        (GivenBack(Movement.CHARGE_BACK, PRICE.amount),),
    ),
    "by the transaction's own events": (
        a_transaction(
            events=(
                back(at=END),
                back(amount=Decimal(5), at=END - timedelta(seconds=1)),
                back(kind="CHARGE_BACK", amount=Decimal(40), at=None),
            )
        ),
        entry(refunded=PRICE.amount),
        (
            GivenBack(Movement.REFUND, Decimal("5.00"), END - timedelta(seconds=1)),
            GivenBack(Movement.CHARGE_BACK, Decimal("40.00")),
        ),
    ),
}


@pytest.mark.parametrize(("transaction", "line", "expected"), RETURNED.values(), ids=RETURNED)
def test_what_went_back(
    transaction: Transaction | None, line: Entry | None, expected: tuple[GivenBack, ...]
) -> None:
    assert returned(transaction, line) == expected


UNREADABLE: dict[str, tuple[Callable[[], object], str]] = {
    "no time": (lambda: time_of(entry(at=None)), "a payment does not say when it was made"),
    "no amount": (lambda: money_of(entry(amount=None)), "a payment has no amount, or no currency"),
    "no currency": (
        lambda: money_of(entry(currency=None)),
        "a payment has no amount, or no currency",
    ),
    "an unknown status in the history": (
        lambda: took_money(entry(status="ODD")),
        "the history has a payment of the unknown status 'ODD'",
    ),
    "an unknown status of a transaction": (
        lambda: taken(a_transaction(status="ODD")),
        "a payment has the unknown status 'ODD'",
    ),
    "a refund of an unknown amount": (
        lambda: returned(None, entry(status="REFUNDED")),
        "money went back, and SumUp does not say how much",
    ),
    "a refund in an unknown state": (
        lambda: returned(a_transaction(events=(back(status=None),)), None),
        "a refund or chargeback does not say how it stands",
    ),
}


@pytest.mark.parametrize(("read", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_without_a_needed_fact_is_unreadable(
    read: Callable[[], object], problem: str
) -> None:
    with pytest.raises(UnreadableAnswer, match=f"^{re.escape(problem)}$"):
        read()


def test_an_impossible_amount_is_unreadable_and_named() -> None:
    with pytest.raises(UnreadableAnswer, match=r"45\.001"):
        money_of(entry(amount=Decimal("45.001")))
