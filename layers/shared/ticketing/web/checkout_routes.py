"""The routes of the buyers' pages: `/api/events`, `/api/orders`, `/api/lost-tickets`."""

import re
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.bootstrap.checkout_api import checkout_api, order_page
from ticketing.bootstrap.signing import signer
from ticketing.errors import BodyTooLarge, UnreadableBody, WrongMediaType
from ticketing.observability import logger
from ticketing.orders.order import ORDER_NUMBER
from ticketing.tickets.ticket import Paper
from ticketing.web import error_responses, request_body
from ticketing.web import openapi as openapi_document
from ticketing.web.event_schemas import (
    DoorKeys,
    EventPageOut,
    EventsOut,
    door_keys,
    event_out,
    event_page_out,
)
from ticketing.web.fields import EVENT_ID_PATTERN, ORDER_NUMBER_PATTERN
from ticketing.web.openapi import WITH_BODY, answers, header
from ticketing.web.order_schemas import (
    Nothing,
    OrderOut,
    OrderPlacedOut,
    PaymentOut,
    order_out,
    payment_out,
    placed_out,
)
from ticketing.web.request_schemas import LostIn, OrderIn

CONFLICT, NOT_FOUND, MALFORMED = (
    HTTPStatus.CONFLICT,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
OF_AN_ORDER = re.compile(rf"/api/orders/({ORDER_NUMBER.pattern})(/.*)?")
A_DAY = "public, max-age=86400"

app = APIGatewayHttpResolver(
    enable_validation=True, json_body_deserializer=request_body.json_object
)
error_responses.add_to(app)

EventId = Annotated[str, Path(pattern=EVENT_ID_PATTERN, description="As listed.", examples=["5"])]
Number = Annotated[
    str,
    Path(
        pattern=ORDER_NUMBER_PATTERN,
        description="The order's number.",
        examples=["ORD-ABC123"],
    ),
]
Token = Annotated[str, Header(alias="X-Order-Token", max_length=64, description="Opens the order.")]
LinkToken = Annotated[str, Query(max_length=64, description="Opens the order.")]
PaperSize = Annotated[Paper, Query(description="`a4` for printing, `a6` for a phone.")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9-]{16,64}$",
        description="Chosen by the caller for this order, and remembered for a day: the same "
        "key with the same body returns the same order, with another body it is refused.",
        examples=["0b7a5a3e-7f1d-4a61-9c0a-5f4f3f0d9a11"],
    ),
]


@app.get(
    "/api/events",
    operation_id="events",
    summary="List the events on sale",
    description="Soonest first.",
    responses=answers(HTTPStatus.OK, "All events on sale that have not begun."),
)
def events() -> EventsOut:
    table = services().events
    found = [(event, table.ticket_types(event.event_id)) for event in table.on_sale(_now())]
    return EventsOut(events=[event_out(event, kinds) for event, kinds in found])


@app.get(
    "/api/events/<event_id>",
    operation_id="event",
    summary="Show an event and its tickets",
    description="Also an event that is not on sale yet, for buyers who have its link.",
    responses=answers(HTTPStatus.OK, "The event.", NOT_FOUND, MALFORMED),
)
def event(event_id: EventId) -> EventPageOut:
    table, minutes = services().events, services().settings.max_age_hours * 60
    return event_page_out(table.get(event_id), table.ticket_types(event_id), minutes)


@app.get(
    "/api/events/<event_id>/keys",
    operation_id="keys",
    summary="Give the public keys that an event's tickets are checked with",
    description="A door that has them needs no network. They change only after a rotation.",
    responses=answers(
        HTTPStatus.OK,
        "The keys, and how tickets are signed.",
        NOT_FOUND,
        MALFORMED,
        headers={"Cache-Control": header("Clients may cache them.", const=A_DAY)},
    ),
)
def keys(event_id: EventId) -> Response[DoorKeys]:
    services().events.get(event_id)
    document = door_keys(event_id, signer(services()).public_keys(event_id))
    return Response(HTTPStatus.OK, "application/json", document, {"Cache-Control": A_DAY})


@app.post(
    "/api/orders",
    operation_id="place_order",
    summary="Turn a basket into an order",
    description="Takes the seats, with prices from our own table, and creates a checkout at SumUp. "
    "409: not enough tickets are left, and `errors` says how many are.",
    responses=answers(
        HTTPStatus.CREATED,
        "The order; the same one for the same key.",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        *WITH_BODY,
    ),
)
def place_order(order: OrderIn, key: Key) -> Response[OrderPlacedOut]:
    placed = checkout_api(services()).order(order.basket(), key, _now())
    token = services().access.token(placed.order.order_number)
    document = placed_out(placed, token, services().settings.widget_script)
    return Response(HTTPStatus.CREATED, "application/json", document)


@app.get(
    "/api/orders/<order_number>",
    operation_id="show_order",
    summary="Show an order to its buyer",
    description="If it waits for its payment, it is checked with SumUp at once.",
    responses=answers(HTTPStatus.OK, "The order as it is now.", NOT_FOUND, MALFORMED),
)
def show_order(order_number: Number, token: Token) -> OrderOut:
    order = order_page(services()).find(order_number, token)
    checkout_api(services()).hint(order, _now())
    page = order_page(services()).show(order, _now())
    return order_out(page, token, services().brand, services().settings.widget_script)


@app.post(
    "/api/orders/<order_number>/payments",
    operation_id="pay_again",
    summary="Begin another attempt to pay",
    description="The earlier attempt can no longer be paid. 409: there is nothing to pay now.",
    responses=answers(
        HTTPStatus.OK, "Where to pay, and until when.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    ),
)
def pay_again(order_number: Number, token: Token) -> PaymentOut:
    order_page(services()).find(order_number, token)
    placed = checkout_api(services()).pay_again(order_number, _now())
    return payment_out(placed, services().settings.widget_script)


@app.get(
    "/api/orders/<order_number>/tickets",
    operation_id="tickets",
    summary="Fetch the tickets as a PDF",
    description="409: there are none yet.",
    responses=answers(
        HTTPStatus.FOUND,
        "To the PDF.",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        headers={
            "Location": header("A link that works for five minutes.", format="uri"),
            "Cache-Control": header("Clients must not cache the link.", const="no-store"),
        },
        content={"text/plain": {"schema": {"type": "string", "maxLength": 0}}},
    ),
)
def tickets(order_number: Number, token: LinkToken, size: PaperSize = Paper.A4) -> Response[str]:
    order = order_page(services()).find(order_number, token)
    link = order_page(services()).tickets_link(order, size)
    headers = {"Location": link, "Cache-Control": "no-store"}
    return Response(HTTPStatus.FOUND, "text/plain", "", headers)


@app.get(
    "/api/orders/<order_number>/calendar",
    operation_id="calendar",
    summary="Fetch the event as a calendar file",
    description="In the venue's own time zone. 409: there are no tickets yet.",
    responses=answers(
        HTTPStatus.OK,
        "An iCalendar file (RFC 5545).",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        headers={"Content-Disposition": header("Names the file after the order.")},
        content={"text/calendar": {"schema": {"type": "string", "pattern": "^BEGIN:VCALENDAR"}}},
    ),
)
def calendar(order_number: Number, token: LinkToken) -> Response[str]:
    text = order_page(services()).calendar(order_page(services()).find(order_number, token))
    name = f'attachment; filename="{order_number}.ics"'
    headers = {"Content-Disposition": name}
    return Response(HTTPStatus.OK, "text/calendar; charset=utf-8", text, headers)


@app.post(
    "/api/orders/<order_number>/resend",
    operation_id="resend",
    summary="Send the tickets again",
    description="The same tickets, to the address of the order. 409: there are none yet.",
    responses=answers(
        HTTPStatus.ACCEPTED, "The mail is queued.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | openapi_document.throttled("They were sent again three times already."),
)
def resend(order_number: Number, token: Token) -> Response[Nothing]:
    order_page(services()).resend(order_page(services()).find(order_number, token), _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", Nothing())


@app.post(
    "/api/lost-tickets",
    operation_id="lost_tickets",
    summary="Send an address its tickets",
    description="The tickets of its newest orders.",
    responses=answers(
        HTTPStatus.ACCEPTED, "The same answer whether or not it has any.", MALFORMED, *WITH_BODY
    ),
)
def lost_tickets(lost: LostIn) -> Response[Nothing]:
    order_page(services()).resend_lost(lost.email, _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", Nothing())


@app.get(
    "/api/openapi.json",
    operation_id="openapi",
    summary="Describe this API",
    responses=answers(HTTPStatus.OK, "This document."),
)
def openapi() -> dict[str, Any]:
    """Describe this API."""
    return document()


@cache
def document() -> dict[str, Any]:
    """Return the description of this API; it takes a while, so only a request for it makes it."""
    described = app.get_openapi_schema(
        title=openapi_document.TITLE,
        version=openapi_document.VERSION,
        description=openapi_document.DESCRIPTION,
    )
    plain = described.model_dump(mode="json", by_alias=True, exclude_none=True)
    return openapi_document.without_defaults(plain)


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    """Answer a request that no route takes; a known path names the methods it has."""
    request = app.current_event
    allowed = openapi_document.methods(document(), request.path)
    if not allowed or request.http_method in allowed:
        return error_responses.not_found()
    return error_responses.method_not_allowed(allowed)


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway."""
    if event["rawPath"].endswith("\n"):  # Powertools' routes match without it
        return _as_dict(error_responses.not_found())
    if match := OF_AN_ORDER.fullmatch(event["rawPath"]):
        logger.append_keys(order=match[1])
    if event["requestContext"]["http"]["method"] == "POST":
        try:
            event = request_body.for_json(event)
        except UnreadableBody as error:
            return _as_dict(error_responses.unreadable(error))
        except (BodyTooLarge, WrongMediaType) as error:
            return _as_dict(error_responses.known(error))
    return app.resolve(event, context)


def _as_dict(response: Response[str]) -> dict[str, Any]:
    """Return a response that was made before Powertools saw the request."""
    return {
        "statusCode": response.status_code,
        "headers": response.headers,
        "body": response.body,
    }


def _now() -> datetime:
    return datetime.now(UTC)
