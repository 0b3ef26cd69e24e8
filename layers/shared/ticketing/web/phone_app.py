"""The HTTP API for tickets on a phone: one route, with the same errors as everywhere."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.bootstrap.draw_phone_tickets import draw_phone_tickets
from ticketing.invocation import clock
from ticketing.observability import logger
from ticketing.web import buyer_language, caching, error_responses, phone_routes


def _link(order_number: str, token: str) -> str:
    logger.thread_safe_append_keys(order=order_number)
    return draw_phone_tickets(services())(order_number, token, clock())


app = phone_routes.app_with(_link)
error_responses.add_to(app)


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    """Answer a request that API Gateway sends here only if its own route is wrong."""
    return error_responses.not_found()


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway; no cache may keep the answer."""
    buyer_language.asked_for.set(buyer_language.language_of(event))
    return caching.for_caches(app.resolve(event, context), event["rawPath"])
