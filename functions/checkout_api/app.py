"""The HTTP API of the buyers' pages."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start
from ticketing.bootstrap.checkout_api import checkout_api, order_page
from ticketing.observability import lambda_handler
from ticketing.web.checkout_app import respond

at_start(checkout_api, order_page)


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return respond(event, context)
