"""Every night: go through all that is written down and tell of every rule that does not hold."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.invocation import clock, time_left
from ticketing.observability import fails_in_words, follow, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit once; answers with what was read and found, and how far it came."""
    del event
    follow(context.aws_request_id)
    report = services().audit_orders(clock, time_left(context))
    logger.info("audited", **report.totals)
    return report.as_json
