"""From the verify queue: ask SumUp about each order, decide, and write."""

from datetime import UTC, datetime

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.aws.queues import correlation_in, name_in
from ticketing.batches import ConcurrentBatchProcessor
from ticketing.bootstrap import services
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

SECONDS_NEEDED = 75.0
"""What one order needs: a question to SumUp with a new token, and to write down the answer."""
processor = ConcurrentBatchProcessor()


def verify(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Verify the order one message names, or give the message back if there is no time for it."""
    left = time_left(lambda_context)
    if left() < SECONDS_NEEDED:
        logger.warning("no time left, a message goes back to the queue")
        raise OutOfTime
    _verify(record, left)


@redact_exceptions
def _verify(record: SQSRecord, left: TimeLeft) -> None:
    began_with = correlation_in(record.raw_event)
    set_log_context(began_with)
    order_number = name_in(record.body, "order_number")
    set_log_context(began_with, order_number)
    verify_payment(services())(order_number, datetime.now(UTC), left)


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Verify a batch; a message that fails, or that there is no time for, goes back alone."""
    verify_payment(services())  # built once, before the threads that share it
    answer = process_partial_response(event, verify, processor, context)
    failures = [error for _, error, _ in processor.exceptions]
    count(CHECKS_FAILED, sum(not isinstance(error, OutOfTime) for error in failures))
    return answer
