"""Every night: keep the organisers' SumUp connections alive, and alert about those that end."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.refresh_connections import refresh_connections
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(refresh_connections)


@lambda_handler
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Check every organiser once; return whose tokens were used and who is in trouble."""
    report = asdict(refresh_connections(services())(clock, time_left(context)))
    logger.info("looked at", extra={name: len(ids) for name, ids in report.items()})
    return report
