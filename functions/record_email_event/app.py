"""From SES, by SNS: what became of a mail that left."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.observability import fails_in_words, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:
    """Record each event; what cannot be recorded fails, is tried again, then a dead letter."""
    del context
    record = services().record_email_event
    notifications = [each.sns.message for each in SNSEvent(event).records]
    return {"outcomes": [record(text, datetime.now(UTC)) for text in notifications]}
