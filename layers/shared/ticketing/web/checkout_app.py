"""The HTTP API of the buyers' pages: its routes, its description, and unknown addresses."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.observability import logger
from ticketing.orders.order import ORDER_NUMBER
from ticketing.web import (
    buyer_language,
    caching,
    error_responses,
    event_routes,
    order_routes,
    phone_routes,
    request_body,
)
from ticketing.web import openapi as openapi_document

OF_AN_ORDER = re.compile(rf"/api/orders/({ORDER_NUMBER.pattern})(/.*)?")

app = APIGatewayHttpResolver(
    enable_validation=True, json_body_deserializer=request_body.json_object
)
app.include_router(event_routes.router)
app.include_router(order_routes.router)
error_responses.add_to(app)


@app.get(
    "/api/openapi.json",
    operation_id="openapi",
    summary="Describe this API",
    responses=openapi_document.answers(HTTPStatus.OK, "This document."),
)
def openapi() -> dict[str, Any]:
    """Describe this API."""
    return document()


@cache
def document() -> dict[str, Any]:
    """Return the description of this API; it is slow to make, so only a request for it does so.

    It includes the route that another function serves.
    """
    described = _described(app)
    described["paths"] |= _described(phone_routes.app_with(lambda *_: ""))["paths"]
    described = openapi_document.with_language(openapi_document.without_defaults(described))
    return openapi_document.with_caching(described)


def _described(routes: APIGatewayHttpResolver) -> dict[str, Any]:
    schema = routes.get_openapi_schema(
        title=openapi_document.TITLE,
        version=openapi_document.VERSION,
        description=openapi_document.DESCRIPTION,
    )
    return schema.model_dump(mode="json", by_alias=True, exclude_none=True)


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    """Answer a request that matches no route; for a known path, name the methods that it has."""
    request = app.current_event
    allowed = openapi_document.methods(document(), request.path)
    if not allowed or request.http_method in allowed:
        return error_responses.not_found()
    return error_responses.method_not_allowed(allowed)


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway, with headers that keep private answers out of caches."""
    buyer_language.asked_for.set(buyer_language.language_of(event))
    return caching.for_caches(_answer(event, context), event["rawPath"])


def _answer(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event["rawPath"].endswith("\n"):  # Powertools' routes would match nevertheless
        return error_responses.as_dict(error_responses.not_found())
    if match := OF_AN_ORDER.fullmatch(event["rawPath"]):
        logger.thread_safe_append_keys(order=match[1])
    return error_responses.with_body(event, lambda read: app.resolve(read, context))
