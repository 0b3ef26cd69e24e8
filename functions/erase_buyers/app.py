"""Every night: erase the buyers of events that are long over."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.erase_buyers import erase_buyers
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(erase_buyers)


@lambda_handler
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Erase once; return the orders whose buyer was erased, and which were kept and why."""
    done = erase_buyers(services())(clock, time_left(context))
    logger.info("erased", buyers=len(done.orders), kept=len(done.kept), left=done.left)
    return {"erased": done.orders, "kept": done.kept, "left": done.left}
