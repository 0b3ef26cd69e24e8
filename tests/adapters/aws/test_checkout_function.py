"""SumUp through the function that has organisers' tokens: every way in which it may not answer."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.builders import CHECKOUT_ID, NOW, a_record, an_order, later
from ticketing.adapters.aws.checkout_function import CheckoutFunction
from ticketing.errors import CheckoutNotFound, PaymentProviderUnavailable, UnreadableAnswer
from ticketing.payments.checkout_call import Ask, CheckoutAnswer, CheckoutCall, Failure
from ticketing.payments.checkout_result import CheckoutSeen, Deactivation
from ticketing.payments.payment import Checkout

UNPAID = Checkout(CHECKOUT_ID, "PENDING")
GONE = CheckoutAnswer((Checkout(CHECKOUT_ID, "EXPIRED"),), Deactivation.DONE)


class Lambda:
    """Lambda with one function, which gives one answer."""

    def __init__(self, document: Any, *, failed: bool = False) -> None:  # noqa: ANN401  # may be anything
        self.called: list[CheckoutCall] = []
        self._document, self._failed = document, failed

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  # boto3's
        assert FunctionName == "tickets-manage-checkouts"
        self.called.append(CheckoutCall.read(json.loads(Payload)))
        if isinstance(self._document, Exception):
            raise self._document
        given = self._document
        text = given if isinstance(given, bytes) else json.dumps(given).encode()
        failed = {"FunctionError": "Unhandled"} if self._failed else {}
        return {"Payload": io.BytesIO(text), **failed}


BACK = "https://tickets.example.com/orders/?n=ORD-ABC123&r=a1"


def through(answers: Lambda) -> CheckoutFunction:
    return CheckoutFunction(answers, "tickets-manage-checkouts")  # type: ignore[arg-type]  # a fake


def created(answers: Lambda) -> object:
    return through(answers).create_checkout(an_order(), "any", "any", BACK, NOW)


def test_only_numbers_a_deadline_and_the_way_back_are_sent() -> None:
    answers = Lambda(CheckoutAnswer((UNPAID,)).as_json)

    assert created(answers) == UNPAID

    (call,) = answers.called
    assert (call.ask, call.order_number) == (Ask.CREATE, "ORD-ABC123")
    assert (call.pay_until, call.redirect_url) == (an_order().deadline, BACK)


def test_a_deactivation_says_how_the_checkout_was_before() -> None:
    answers = Lambda(GONE.as_json)
    before = CheckoutSeen(a_record(), Checkout(CHECKOUT_ID, "FAILED"))

    seen = through(answers).deactivate(an_order(), before, later(minutes=1))

    assert isinstance(seen, CheckoutSeen)
    assert (seen.checkout.status, seen.status_before) == ("EXPIRED", "FAILED")
    assert seen.deactivation is Deactivation.DONE
    assert seen.record == a_record()


def test_nothing_found_is_an_answer() -> None:
    assert through(Lambda(CheckoutAnswer().as_json)).find(an_order(), NOW) == ()


def test_an_error_of_sumup_keeps_its_kind() -> None:
    failure = Failure.of(CheckoutNotFound("404", 404))
    answers = Lambda(CheckoutAnswer(failure=failure).as_json)

    assert isinstance(created(answers), CheckoutNotFound)
    seen = through(answers).fetch_checkout(an_order(), a_record(), NOW)
    assert isinstance(seen, CheckoutNotFound)


THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
NO_ANSWER: dict[str, Lambda] = {
    "throttled": Lambda(THROTTLED),
    "lost": Lambda(ReadTimeoutError(endpoint_url="https://lambda")),
    "failed": Lambda({"errorType": "KeyError", "errorMessage": "'jane@example.com'"}, failed=True),
    "cut off": Lambda({"errorMessage": "Task timed out"}, failed=True),
    "not JSON": Lambda(b"<html>"),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_no_answer_is_never_an_unpaid_checkout(name: str) -> None:
    answers = NO_ANSWER[name]
    answers.called.clear()

    error = created(answers)

    assert isinstance(error, PaymentProviderUnavailable)
    assert "jane@example.com" not in str(error)
    assert len(answers.called) == 1, "it is not repeated"


@pytest.mark.parametrize("document", [None, [], {"checkouts": "x"}, CheckoutAnswer().as_json])
def test_an_answer_without_the_checkout_is_unreadable(document: object) -> None:
    answers = Lambda(document)

    assert isinstance(created(answers), UnreadableAnswer)
    assert isinstance(
        through(answers).fetch_checkout(an_order(), a_record(), NOW), UnreadableAnswer
    )
