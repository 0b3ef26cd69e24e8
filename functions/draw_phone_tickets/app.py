"""The tickets of an order for a phone, drawn when its buyer first asks for them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start
from ticketing.bootstrap.draw_phone_tickets import draw_phone_tickets
from ticketing.observability import lambda_handler
from ticketing.web.phone_app import respond

at_start(draw_phone_tickets)


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return respond(event, context)
