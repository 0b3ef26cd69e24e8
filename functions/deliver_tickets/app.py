"""From the delivery queue: send each mail, tickets attached, once."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.aws.queues import correlation_in, name_in
from ticketing.batches import Message, handle_each, partial_response
from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.deliver_tickets import deliver_message
from ticketing.emails.mail import order_in
from ticketing.flows.ports import TimeLeft
from ticketing.invocation import clock, time_left
from ticketing.observability import (
    MAILS_FAILED,
    count,
    lambda_handler,
    redact_exceptions,
    set_log_context,
)

at_start(deliver_message)


@redact_exceptions
def deliver(message: Message, left: TimeLeft) -> None:
    """Send the mail that a message names, or those that a request for lost tickets leads to."""
    began_with = correlation_in(message)
    set_log_context(began_with)
    name = name_in(message["body"], "mail_id")
    set_log_context(began_with, order_in(name))
    deliver_message(services())(name, clock(), left)


@lambda_handler
def handler(event: dict[str, object], context: LambdaContext) -> dict[str, Any]:
    """Send a batch; a message that fails goes back alone."""
    deliver_message(services())  # built once, before the threads that share it
    failed = handle_each(event, lambda message: deliver(message, time_left(context)))
    count(MAILS_FAILED, len(failed))
    return partial_response(failed)
