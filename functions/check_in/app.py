"""The doors of events: pair devices, and admit each ticket once."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start
from ticketing.bootstrap.check_in import check_in, open_door, search_tickets
from ticketing.observability import lambda_handler
from ticketing.web.door_app import respond

at_start(check_in, open_door, search_tickets)


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return respond(event, context)
