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
from ticketing.bootstrap.deliver_tickets import deliver_tickets, send_lost_tickets
from ticketing.emails.mail import order_in
from ticketing.errors import OutOfTime
from ticketing.invocation import time_left
from ticketing.observability import (
    DELIVERIES_FAILED,
    count,
    lambda_handler,
    logger,
    redact_exceptions,
    set_log_context,
)

LOST = "lost#"
"""How the name of a request for lost tickets begins; no mail's does."""
SECONDS_NEEDED = 30.0
"""The longest one mail may take: no mail is begun whose sending could be cut off."""
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@redact_exceptions
def deliver(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Send the mail one message names, or the mails that a request for lost tickets leads to."""
    began_with = correlation_in(record.raw_event)
    set_log_context(began_with)
    mail_id = name_in(record.body, "mail_id")
    set_log_context(began_with, order_in(mail_id))
    if mail_id.startswith(LOST) and time_left(lambda_context)() < SECONDS_NEEDED:
        raise OutOfTime  # no scan knows of such a request, so its message has to come again
    if time_left(lambda_context)() < SECONDS_NEEDED:
        logger.warning("no time left, the next scan asks again", mail=mail_id)
        return
    now = datetime.now(UTC)
    mails = send_lost_tickets(services())(mail_id, now) if mail_id.startswith(LOST) else [mail_id]
    for each in mails:
        if time_left(lambda_context)() < SECONDS_NEEDED:
            break  # the rest is stored, and the next scan finds it
        outcome = deliver_tickets(services())(each, now)
        logger.info("delivery tried", mail=each, outcome=outcome)


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Send a batch; a message that fails goes back alone."""
    answer = process_partial_response(event, deliver, processor, context)
    count(DELIVERIES_FAILED, len(answer["batchItemFailures"]))
    return answer
