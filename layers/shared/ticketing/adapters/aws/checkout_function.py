"""SumUp as the shop's function reaches it: through the one function that has organisers' tokens.

As with SumUp itself, a call that was cut off may have had its effect, so it is never repeated here.
A checkout that was created is found by its reference at the next attempt or verification.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ticketing.errors import PaymentProviderError, PaymentProviderUnavailable, UnknownOrganiser
from ticketing.failures import describe
from ticketing.observability import AWS_TROUBLE, count, current_correlation_id, logger
from ticketing.orders.order import Order
from ticketing.payments.checkout_call import Ask, CheckoutAnswer, CheckoutCall, Failure
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutResult, CheckoutSeen
from ticketing.payments.payment import Checkout

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

ONE_ATTEMPT = Config(connect_timeout=2, read_timeout=23, retries={"total_max_attempts": 1})
"""A second longer than the function may run, yet within the time that API Gateway allows."""


class CheckoutFunction:
    """Has the checkouts of orders created, found, fetched and deactivated."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        """Invoke this function with a client that was made with `ONE_ATTEMPT`."""
        self._client, self._function_name = client, function_name

    def create_checkout(
        self, order: Order, description: str, return_url: str, redirect_url: str, now: datetime
    ) -> Checkout | PaymentProviderError | UnknownOrganiser:
        """Create the order's checkout, or return the one that an earlier try created."""
        del description, return_url, now  # the function writes its own
        call = CheckoutCall(
            Ask.CREATE, order.order_number, pay_until=order.deadline, redirect_url=redirect_url
        )
        answer = self._call(call)
        return answer.failure.error if answer.failure else answer.checkouts[0]

    def find(
        self, order: Order, now: datetime
    ) -> tuple[Checkout, ...] | PaymentProviderError | UnknownOrganiser:
        """Return the checkouts that SumUp has under the order's reference."""
        del now
        answer = self._call(CheckoutCall(Ask.FIND, order.order_number))
        return answer.failure.error if answer.failure else answer.checkouts

    def fetch_checkout(self, order: Order, record: CheckoutRecord, now: datetime) -> CheckoutResult:
        """Return the checkout as it is now."""
        del now
        return self._seen(Ask.FETCH, order, record)

    def deactivate(self, order: Order, before: CheckoutSeen, now: datetime) -> CheckoutResult:
        """Deactivate the checkout, and return it as the function saw it afterwards."""
        del now
        after = self._seen(Ask.DEACTIVATE, order, before.record)
        if not isinstance(after, CheckoutSeen):
            return after
        return replace(after, status_before=before.checkout.status)

    def _seen(self, ask: Ask, order: Order, record: CheckoutRecord) -> CheckoutResult:
        answer = self._call(CheckoutCall(ask, order.order_number, record.checkout_id))
        if answer.failure:
            return answer.failure.error
        (checkout,) = answer.checkouts
        return CheckoutSeen(record, checkout, answer.deactivation, sandbox=answer.sandbox)

    def _call(self, call: CheckoutCall) -> CheckoutAnswer:
        """Return the answer, which has either a failure or what was asked for."""
        called = replace(call, correlation_id=current_correlation_id())
        try:
            response = self._client.invoke(
                FunctionName=self._function_name, Payload=json.dumps(called.as_json).encode()
            )
            document = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as error:
            return _unavailable(describe(error))
        if response.get("FunctionError"):
            return _unavailable(_kind_of(document))
        answer = CheckoutAnswer.read(document)
        if not answer.failure and not answer.checkouts and call.ask is not Ask.FIND:
            return CheckoutAnswer.read(None)
        return answer


def _unavailable(problem: str) -> CheckoutAnswer:
    """Return an answer for an unknown outcome, and count a failure of AWS, which has an alarm."""
    count(AWS_TROUBLE)
    logger.error("AWS failed", problem=problem)
    error = PaymentProviderUnavailable(f"the function that asks SumUp gave no answer: {problem}")
    return CheckoutAnswer(failure=Failure.of(error))


def _kind_of(document: Any) -> str:  # noqa: ANN401  # whatever Lambda says of a failure
    return str(document.get("errorType")) if isinstance(document, dict) else "it failed"
