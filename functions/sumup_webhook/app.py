"""From SumUp: a checkout changed. The answer is the same whatever it was about."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.sumup_webhook import sumup_webhook
from ticketing.errors import BodyTooLarge, UnreadableBody
from ticketing.invocation import clock
from ticketing.observability import lambda_handler
from ticketing.web.request_body import received

at_start(sumup_webhook)


@lambda_handler
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Queue the hint: 204; if it cannot be queued, a 503 makes SumUp send it again."""
    try:
        taken = sumup_webhook(services())(received(event), clock())
    except BodyTooLarge:
        return {"statusCode": HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value}
    except UnreadableBody:
        taken = True
    status = HTTPStatus.NO_CONTENT if taken else HTTPStatus.SERVICE_UNAVAILABLE
    return {"statusCode": status.value}
