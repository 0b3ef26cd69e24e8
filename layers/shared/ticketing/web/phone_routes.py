"""The route of an order's tickets for a phone: `phone_app` serves it, `checkout_app` describes it.

The shop's function may not write to the archive and imports no drawing library. So this module
does not import the flow that makes the answer, and takes it as an argument.
"""

from collections.abc import Callable
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from ticketing.web.openapi import answers, header
from ticketing.web.order_fields import LinkToken, Number


def app_with(link: Callable[[str, str], str]) -> APIGatewayHttpResolver:
    """Return an app with this one route; `link` takes an order's number and its token."""
    app = APIGatewayHttpResolver(enable_validation=True)

    @app.get(
        "/api/orders/<order_number>/phone-tickets",
        operation_id="phone_tickets",
        summary="Fetch the tickets for a phone as a PDF",
        description="The first request draws them, which takes a second or two. 409: there are "
        "none yet.",
        responses=answers(
            HTTPStatus.FOUND,
            "To the PDF.",
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            headers={"Location": header("A link that works for five minutes.", format="uri")},
            content={"text/plain": {"schema": {"type": "string", "maxLength": 0}}},
        ),
    )
    def phone_tickets(order_number: Number, token: LinkToken) -> Response[str]:
        location = link(order_number, token)
        return Response(HTTPStatus.FOUND, "text/plain", "", {"Location": location})

    return app


def address(order_number: str, token: str) -> str:
    """Return the address of an order's tickets for a phone, on the shop's own site."""
    return f"/api/orders/{order_number}/phone-tickets?token={token}"
