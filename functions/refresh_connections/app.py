"""Once a night: keep the organisers' SumUp connections alive, and tell which ones will end."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.invocation import clock, time_left
from ticketing.observability import fails_in_words, follow, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look at every organiser once; answer with whose tokens were used and who is in trouble."""
    follow(context.aws_request_id)
    report = asdict(services().refresh_connections(clock, time_left(context)))
    logger.info("looked at", extra={name: len(ids) for name, ids in report.items()})
    return report
