"""An organiser connects SumUp: to SumUp's consent page, and back from it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.observability import lambda_handler
from ticketing.web.connect_routes import app


@lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
