"""Every night: read every row, check what must always be true, and alert where it is not."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.audit_orders import audit_orders
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(audit_orders)


@lambda_handler
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit once; return what was read and found, and how far the audit came."""
    report = audit_orders(services())(clock, time_left(context))
    logger.info("audited", **report.totals)
    return report.as_json
