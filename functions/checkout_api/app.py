"""The HTTP API of the buyers' pages."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.observability import lambda_handler
from ticketing.web.checkout_app import respond


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return respond(event, context)
