"""An organiser connects SumUp: to SumUp's consent page, and back from it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start
from ticketing.bootstrap.connect_organiser import connect_organiser
from ticketing.observability import lambda_handler
from ticketing.web.connect_routes import app

at_start(connect_organiser)


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
