"""Every hour: remind the buyers of events that begin the day after."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.remind_buyers import remind_buyers
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(remind_buyers)


@lambda_handler
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Remind once; return how many orders were read and reminders stored."""
    done = remind_buyers(services())(clock, time_left(context))
    logger.info("reminded", orders=done.orders, reminders=done.reminders, left=done.left)
    return {"orders": done.orders, "reminders": done.reminders, "left": done.left}
