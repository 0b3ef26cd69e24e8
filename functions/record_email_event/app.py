"""From SES, through SNS: a mail was delivered, bounced, or marked as spam."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.record_email_event import record_email_event
from ticketing.observability import lambda_handler

at_start(record_email_event)


@lambda_handler
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, list[str]]:
    """Record each event; if that fails, Lambda tries again, then keeps a dead letter."""
    record = record_email_event(services())
    notifications = [each.sns.message for each in SNSEvent(event).records]
    return {"outcomes": [record(text, datetime.now(UTC)) for text in notifications]}
