"""From the verify queue: ask SumUp about each order, decide, and write."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.aws.queues import correlation_in, name_in
from ticketing.batches import Message, handle_each, partial_response
from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.verify_payment import verify_payment
from ticketing.errors import OutOfTime
from ticketing.flows.ports import TimeLeft
from ticketing.invocation import time_left
from ticketing.observability import (
    CHECKS_FAILED,
    count,
    lambda_handler,
    logger,
    redact_exceptions,
    set_log_context,
)

at_start(verify_payment)

SECONDS_NEEDED = 75.0
"""What one order needs: a question to SumUp with a new token, and to write down the answer."""


def verify(message: Message, left: TimeLeft) -> None:
    """Verify the order one message names, or give the message back if there is no time for it."""
    if left() < SECONDS_NEEDED:
        logger.warning("no time left, a message goes back to the queue")
        raise OutOfTime
    _verify(message, left)


@redact_exceptions
def _verify(message: Message, left: TimeLeft) -> None:
    began_with = correlation_in(message)
    set_log_context(began_with)
    order_number = name_in(message["body"], "order_number")
    set_log_context(began_with, order_number)
    verify_payment(services())(order_number, datetime.now(UTC), left)


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> dict[str, Any]:
    """Verify a batch; a message that fails, or that there is no time for, goes back alone."""
    verify_payment(services())  # built once, before the threads that share it
    failed = handle_each(event, lambda message: verify(message, time_left(context)))
    count(CHECKS_FAILED, sum(not isinstance(one.error, OutOfTime) for one in failed))
    return partial_response(failed)
