"""From SumUp: a checkout changed. The answer says nothing, whatever it was about."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.errors import BodyTooLarge, UnreadableBody
from ticketing.observability import fails_in_words, logger, metrics
from ticketing.web.request_body import received


@fails_in_words
@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True
)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Queue the hint; 503 makes SumUp send it again, 204 is all it ever learns otherwise."""
    del context
    try:
        taken = services().sumup_webhook(received(event))
    except BodyTooLarge:
        return {"statusCode": HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value}
    except UnreadableBody:
        taken = True
    status = HTTPStatus.NO_CONTENT if taken else HTTPStatus.SERVICE_UNAVAILABLE
    return {"statusCode": status.value}
