"""The API's authorizer: lets in what came through our CloudFront distribution, and nothing else."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.check_origin import check_origin
from ticketing.flows.check_origin import HEADER
from ticketing.invocation import clock
from ticketing.observability import lambda_handler

at_start(check_origin)


@lambda_handler
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, bool]:
    """Answer as API Gateway's simple response has it; an error here is a 500 to whoever asked."""
    key = event["headers"].get(HEADER, "")
    return {"isAuthorized": check_origin(services())(key, clock())}
