"""Every five minutes: put the orders and mails that are due on their queues."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.scan_orders import scan_orders
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(scan_orders)


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Scan once; an event of `{"all_open": true}` treats every pending order as due.

    Returns what was nominated and, as `scanned_at`, when the scan began.
    """
    now = clock()
    all_open = event.get("all_open") is True
    report = asdict(scan_orders(services())(now, time_left(context), all_open=all_open))
    logger.info("scanned", extra={name: len(names) for name, names in report.items()})
    return report | {"scanned_at": now.isoformat()}
