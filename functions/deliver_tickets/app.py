"""From the delivery queue: send each mail, tickets attached, once."""

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.aws.queues import correlation_in, name_in
from ticketing.batches import ConcurrentBatchProcessor
from ticketing.bootstrap import services
from ticketing.bootstrap.deliver_tickets import deliver_message
from ticketing.emails.mail import order_in
from ticketing.invocation import clock, time_left
from ticketing.observability import (
    DELIVERIES_FAILED,
    count,
    lambda_handler,
    redact_exceptions,
    set_log_context,
)

processor = ConcurrentBatchProcessor()


@redact_exceptions
def deliver(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Send the mail that a message names, or those that a request for lost tickets leads to."""
    began_with = correlation_in(record.raw_event)
    set_log_context(began_with)
    name = name_in(record.body, "mail_id")
    set_log_context(began_with, order_in(name))
    deliver_message(services())(name, clock(), time_left(lambda_context))


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Send a batch; a message that fails goes back alone."""
    deliver_message(services())  # built once, before the threads that share it
    answer = process_partial_response(event, deliver, processor, context)
    count(DELIVERIES_FAILED, len(answer["batchItemFailures"]))
    return answer
