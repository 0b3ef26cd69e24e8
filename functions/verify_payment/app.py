"""From the verify queue: ask SumUp about each order, decide, and write."""

from datetime import UTC, datetime

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.aws.queues import correlation_in, name_in
from ticketing.bootstrap import services
from ticketing.bootstrap.verify_payment import verify_payment
from ticketing.invocation import time_left
from ticketing.observability import (
    CHECKS_FAILED,
    count,
    lambda_handler,
    logger,
    redact_exceptions,
    set_log_context,
)

SECONDS_NEEDED = 150.0
"""The longest one order may take: a token and four calls to SumUp, each with its retries."""
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@redact_exceptions
def verify(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Verify the order one message names."""
    began_with = correlation_in(record.raw_event)
    set_log_context(began_with)
    order_number = name_in(record.body, "order_number")
    set_log_context(began_with, order_number)
    if time_left(lambda_context)() < SECONDS_NEEDED:
        logger.warning("no time left, the next scan asks again", order=order_number)
        return
    verify_payment(services())(order_number, datetime.now(UTC))


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Verify a batch; a message that fails goes back alone."""
    answer = process_partial_response(event, verify, processor, context)
    count(CHECKS_FAILED, len(answer["batchItemFailures"]))
    return answer
