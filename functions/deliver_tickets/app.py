"""From the delivery queue: send each mail, tickets attached, once."""

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
from ticketing.emails.mail import order_in
from ticketing.invocation import time_left
from ticketing.observability import (
    DELIVERIES_FAILED,
    count,
    fails_in_words,
    follow,
    logger,
    metrics,
)

SECONDS_NEEDED = 30.0
"""The longest one mail may take; a send is never begun that could be cut off."""
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@fails_in_words
def deliver(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Send the mail one message names."""
    began_with = correlation_in(record.raw_event)
    follow(began_with)
    mail_id = name_in(record.body, "mail_id")
    follow(began_with, order_in(mail_id))
    if time_left(lambda_context)() < SECONDS_NEEDED:
        logger.warning("no time left, the next scan asks again", mail=mail_id)
        return
    outcome = services().deliver_tickets(mail_id, datetime.now(UTC))
    logger.info("delivery tried", mail=mail_id, outcome=outcome)


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Send a batch; a message that fails goes back alone."""
    answer = process_partial_response(event, deliver, processor, context)
    count(DELIVERIES_FAILED, len(answer["batchItemFailures"]))
    return answer
