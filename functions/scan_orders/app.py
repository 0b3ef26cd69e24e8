"""Every five minutes: find the orders and mails that are due and put them on their queues."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.invocation import clock, time_left
from ticketing.observability import fails_in_words, follow, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Scan once; an event of `{"all_open": true}` takes every pending order as due.

    Answers with what was nominated and, as `scanned_at`, when the scan began.
    """
    follow(context.aws_request_id)
    now = clock()
    all_open = event.get("all_open") is True
    report = asdict(services().scan_orders(now, time_left(context), all_open=all_open))
    logger.info("scanned", extra={name: len(names) for name, names in report.items()})
    return report | {"scanned_at": now.isoformat()}
