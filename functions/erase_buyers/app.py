"""Every night: erase who bought tickets of events that are long over."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.invocation import clock, time_left
from ticketing.observability import fails_in_words, follow, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Erase once; answers with whose buyer was erased, and whose was kept and why."""
    follow(context.aws_request_id)
    done = services().erase_buyers(clock, time_left(context))
    logger.info("erased", buyers=len(done.orders), kept=len(done.kept), left=done.left)
    return {"erased": done.orders, "kept": done.kept, "left": done.left}
