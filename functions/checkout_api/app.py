"""The HTTP API of the buyers' pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing import api
from ticketing.bootstrap import services
from ticketing.errors import (
    EventNotFound,
    InvalidBasket,
    MailUnwanted,
    MissingSetting,
    NotIssued,
    NotPayable,
    OrderChanged,
    OrderNotFound,
    PaymentProviderUnavailable,
    RequestReused,
    TooManyResends,
    UnknownOrganiser,
    UnreadableOrder,
)
from ticketing.flows.checkout_api import SoldOut
from ticketing.observability import logger, metrics

LARGEST = 8192
STATUS: dict[type[Exception], HTTPStatus] = {
    OrderNotFound: HTTPStatus.NOT_FOUND,
    EventNotFound: HTTPStatus.NOT_FOUND,
    RequestReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    OrderChanged: HTTPStatus.CONFLICT,
    NotPayable: HTTPStatus.CONFLICT,
    NotIssued: HTTPStatus.CONFLICT,
    MailUnwanted: HTTPStatus.CONFLICT,
    TooManyResends: HTTPStatus.TOO_MANY_REQUESTS,
    PaymentProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    UnreadableOrder: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownOrganiser: HTTPStatus.SERVICE_UNAVAILABLE,
    MissingSetting: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What our errors look like from outside."""

HIDDEN = {
    HTTPStatus.NOT_FOUND: "there is nothing here",
    HTTPStatus.SERVICE_UNAVAILABLE: "this does not work right now; please try again soon",
}
"""What is told where the reason is for us alone."""

app = APIGatewayHttpResolver(enable_validation=True)
Number = Annotated[str, Path(pattern=r"^[A-Z0-9]{2,8}-[A-Z0-9]{3,12}$")]
Token = Annotated[str, Header(alias="X-Order-Token", max_length=64)]
LinkToken = Annotated[str, Query(max_length=64)]
Key = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9-]{16,64}$")]


@app.get("/api/events")
def events() -> api.EventsOut:
    """List the events on sale."""
    table = services().events
    found = [(event, table.ticket_types(event.event_id)) for event in table.on_sale(_now())]
    return api.EventsOut(events=[api.event_out(event, kinds) for event, kinds in found])


@app.get("/api/events/<event_id>")
def event(event_id: Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,40}$")]) -> api.EventPageOut:
    """Show an event and its tickets."""
    table, minutes = services().events, services().settings.max_age_hours * 60
    return api.event_page_out(table.get(event_id), table.ticket_types(event_id), minutes)


@app.post("/api/orders")
def place_order(order: api.OrderIn, key: Key) -> Response[api.OrderPlacedOut]:
    """Turn a basket into an order; the same key gives the same order."""
    placed = services().checkout_api.order(order.basket(), key, _now())
    token = services().access.token(placed.order.order_number)
    return Response(HTTPStatus.CREATED, "application/json", api.placed_out(placed, token))


@app.get("/api/orders/<order_number>")
def show_order(order_number: Number, token: Token) -> api.OrderOut:
    """Show an order to its buyer, and have it checked if it waits."""
    order = services().order_page.find(order_number, token)
    services().checkout_api.hint(order, _now())
    page = services().order_page.show(order, _now())
    return api.order_out(page, token, services().brand)


@app.post("/api/orders/<order_number>/payments")
def pay_again(order_number: Number, token: Token) -> api.PaymentOut:
    """Begin another attempt to pay."""
    services().order_page.find(order_number, token)
    placed = services().checkout_api.pay_again(order_number, _now())
    return api.PaymentOut(pay_url=placed.pay_url, deadline=placed.order.deadline.isoformat())


@app.get("/api/orders/<order_number>/tickets")
def tickets(order_number: Number, token: LinkToken) -> Response[str]:
    """Send the buyer to a short-lived link to the PDF."""
    link = services().order_page.tickets_link(services().order_page.find(order_number, token))
    headers = {"Location": link, "Cache-Control": "no-store"}
    return Response(HTTPStatus.FOUND, "text/plain", "", headers)


@app.get("/api/orders/<order_number>/calendar")
def calendar(order_number: Number, token: LinkToken) -> Response[str]:
    """Give the event as a calendar file."""
    body = services().order_page.calendar(services().order_page.find(order_number, token))
    name = f'attachment; filename="{order_number}.ics"'
    headers = {"Content-Disposition": name}
    return Response(HTTPStatus.OK, "text/calendar; charset=utf-8", body, headers)


@app.post("/api/orders/<order_number>/resend")
def resend(order_number: Number, token: Token) -> Response[api.Nothing]:
    """Send the tickets again."""
    services().order_page.resend(services().order_page.find(order_number, token), _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", api.Nothing())


@app.post("/api/lost-tickets")
def lost_tickets(lost: api.LostIn) -> Response[api.Nothing]:
    """Send an address its tickets; the answer is the same whether it has any."""
    services().order_page.resend_lost(lost.email, _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", api.Nothing())


@app.get("/api/openapi.json", include_in_schema=False)
def openapi() -> Response[str]:
    """Describe this API."""
    document = app.get_openapi_json_schema(title="Tickets", version="1")
    return Response(HTTPStatus.OK, "application/json", document)


@app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def malformed(error: RequestValidationError) -> Response[str]:
    """Say which fields are wrong, and why."""
    fields = [(api.field_name(e["loc"]), str(e["msg"])) for e in error.errors()]
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "some fields are not right", fields)


@app.exception_handler(InvalidBasket)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def refused(error: InvalidBasket) -> Response[str]:
    """Say what cannot be bought like this."""
    fields = [(error.field, error.reason)]
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason, fields)


@app.exception_handler(SoldOut)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def sold_out(error: SoldOut) -> Response[str]:
    """Say what is left."""
    return _problem(HTTPStatus.CONFLICT, "not enough tickets are left", error.shortages)


@app.exception_handler(list(STATUS))  # type: ignore[untyped-decorator]  # Powertools leaves it so
def known(error: Exception) -> Response[str]:
    """Answer an error of ours with its status; an unknown order and a wrong token look alike."""
    status = STATUS[type(error)]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        logger.error("request not served", problem=str(error))
    return _problem(status, HIDDEN.get(status) or str(error))


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    """Answer for what is no route of ours."""
    return _problem(HTTPStatus.NOT_FOUND, "there is nothing here")


def _problem(
    status: HTTPStatus, detail: str, fields: Sequence[tuple[str, str]] = ()
) -> Response[str]:
    return Response(status, api.PROBLEM, api.problem(status, detail, fields))


def _now() -> datetime:
    return datetime.now(UTC)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    if len(event.get("body") or "") > LARGEST:
        body = api.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too large")
        return {"statusCode": 413, "headers": {"Content-Type": api.PROBLEM}, "body": body}
    return app.resolve(event, context)
