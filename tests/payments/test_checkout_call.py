"""Checkouts and errors on their way between two functions, as JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from tests.support.builders import NOW
from ticketing.errors import (
    CheckoutNotFound,
    ClientRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.payments.checkout_call import Ask, CheckoutAnswer, CheckoutCall, Failure
from ticketing.payments.checkout_result import Deactivation
from ticketing.payments.payment import Checkout, MoneyBack, Returned, Transaction

PAYMENT = Transaction(
    "tx-1",
    "SUCCESSFUL",
    Decimal("45.00"),
    "GBP",
    "TAAA1BBB2C",
    "MC0001",
    refunded=True,
    returned=Returned(Decimal("0.10"), under_way=True),
    events=(MoneyBack("REFUND", "PENDING", Decimal("0.10"), NOW),),
    at=NOW,
)
PAID = Checkout(
    "chk-1",
    "PAID",
    "ORD-ABC123-1",
    Decimal("44.999999999999999"),
    "GBP",
    "MC0001",
    "tx-1",
    (PAYMENT, replace(PAYMENT, id=None, amount=None, status="FAILED")),
    datetime(2026, 6, 1, 14, tzinfo=UTC),
    "https://pay.sumup.com/x",
)


def sent(answer: CheckoutAnswer) -> CheckoutAnswer:
    return CheckoutAnswer.read(json.loads(json.dumps(answer.as_json)))


@pytest.mark.parametrize(
    "answer",
    [
        CheckoutAnswer(),
        CheckoutAnswer((Checkout("chk-1", "PENDING"),)),
        CheckoutAnswer((PAID, Checkout("chk-2", "EXPIRED")), sandbox=True),
        CheckoutAnswer((PAID,), Deactivation.UNDER_WAY),
    ],
)
def test_checkouts_arrive_as_they_were_read(answer: CheckoutAnswer) -> None:
    assert sent(answer) == answer


def test_an_amount_keeps_its_digits() -> None:
    (checkout,) = sent(CheckoutAnswer((PAID,))).checkouts

    assert str(checkout.amount) == "44.999999999999999"
    assert str(checkout.transactions[0].amount) == "45.00"


@pytest.mark.parametrize(
    "error",
    [
        PaymentProviderError("no", 400, "MISSING"),
        CheckoutNotFound("404", 404),
        ClientRefused("401", 401),
        PaymentProviderUnavailable("429", 429, retry_after=2.5),
        UnreadableAnswer("a page"),
        UnknownOrganiser("jersey-live", "there is no such row"),
    ],
)
def test_an_error_keeps_its_kind_and_its_facts(error: PaymentProviderError) -> None:
    failure = sent(CheckoutAnswer(failure=Failure.of(error))).failure

    assert failure is not None
    arrived = failure.error
    assert type(arrived) is type(error)
    assert arrived.attributes == error.attributes
    assert str(arrived) == str(error)


def test_an_error_of_a_newer_version_is_an_error_all_the_same() -> None:
    arrived = Failure("SumUpOnStrike", {"problem": "x"}).error

    assert type(arrived) is PaymentProviderError


@pytest.mark.parametrize("document", [None, [], "x", {"checkouts": [{"id": 1}]}, {"checkouts": {}}])
def test_anything_else_is_an_unreadable_answer(document: object) -> None:
    answer = CheckoutAnswer.read(document)

    assert answer.failure is not None
    assert isinstance(answer.failure.error, UnreadableAnswer)
    assert answer.checkouts == ()


def test_a_call_arrives_as_it_was_made() -> None:
    call = CheckoutCall(
        Ask.CREATE,
        "ORD-ABC123",
        pay_until=NOW,
        redirect_url="https://tickets.example.com/orders/?n=ORD-ABC123&r=a1",
        correlation_id="JKJ=",
    )

    assert CheckoutCall.read(json.loads(json.dumps(call.as_json))) == call


@pytest.mark.parametrize("event", [{}, {"ask": "refund", "order_number": "ORD-ABC123"}])
def test_nothing_else_can_be_asked(event: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CheckoutCall.read(event)
