"""The HTTP API of the buyers' pages."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.adapters.dynamodb.retries import AWS_FAILURES
from ticketing.bootstrap import services
from ticketing.errors import (
    BodyTooLarge,
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
    TooManyAtOnce,
    TooManyResends,
    UnknownOrganiser,
    UnreadableBody,
    UnreadableOrder,
    WrongMediaType,
)
from ticketing.failures import in_words
from ticketing.flows.checkout_api import SoldOut
from ticketing.observability import (
    AWS_TROUBLE,
    count,
    fails_in_words,
    follow,
    logger,
    metrics,
)
from ticketing.tickets.ticket import Paper
from ticketing.web import openapi as openapi_document
from ticketing.web import request_body, schemas
from ticketing.web.openapi import WITH_BODY, answers, header

STATUS: dict[type[Exception], HTTPStatus] = {
    OrderNotFound: HTTPStatus.NOT_FOUND,
    EventNotFound: HTTPStatus.NOT_FOUND,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RequestReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    OrderChanged: HTTPStatus.CONFLICT,
    NotPayable: HTTPStatus.CONFLICT,
    NotIssued: HTTPStatus.CONFLICT,
    MailUnwanted: HTTPStatus.CONFLICT,
    TooManyResends: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyAtOnce: HTTPStatus.SERVICE_UNAVAILABLE,
    PaymentProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    UnreadableOrder: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownOrganiser: HTTPStatus.SERVICE_UNAVAILABLE,
    MissingSetting: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What our errors look like from outside; what derives from one looks like it."""

HIDDEN = {
    HTTPStatus.NOT_FOUND: "there is nothing here",
    HTTPStatus.SERVICE_UNAVAILABLE: "this does not work right now; please try again soon",
}
"""What is told where the reason is for us alone."""

CONFLICT, NOT_FOUND, MALFORMED, UNAVAILABLE = (
    HTTPStatus.CONFLICT,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
A_DAY = "public, max-age=86400"
PATIENCE = {"Retry-After": str(openapi_document.RETRY_SECONDS)}

app = APIGatewayHttpResolver(
    enable_validation=True, json_body_deserializer=request_body.json_object
)
EventId = Annotated[
    str, Path(pattern=r"^[A-Z0-9-]{1,40}$", description="As listed.", examples=["5"])
]
NUMBER = r"[A-Z0-9]{2,8}-[A-Z0-9]{3,12}"
OF_AN_ORDER = re.compile(rf"/api/orders/({NUMBER})(/.*)?")
Number = Annotated[
    str,
    Path(
        pattern=rf"^{NUMBER}$",
        description="The order's number.",
        examples=["ORD-ABC123"],
    ),
]
Token = Annotated[str, Header(alias="X-Order-Token", max_length=64, description="Opens the order.")]
LinkToken = Annotated[str, Query(max_length=64, description="Opens the order.")]
PaperSize = Annotated[Paper, Query(description="To be printed, or as wide as a telephone.")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9-]{16,64}$",
        description="Made up by the caller for this one order. Remembered for a day: the same "
        "key with the same body is the same order, with another body it is refused.",
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
def events() -> schemas.EventsOut:
    """List the events on sale."""
    table = services().events
    found = [(event, table.ticket_types(event.event_id)) for event in table.on_sale(_now())]
    return schemas.EventsOut(events=[schemas.event_out(event, kinds) for event, kinds in found])


@app.get(
    "/api/events/<event_id>",
    operation_id="event",
    summary="Show an event and its tickets",
    description="Also one that is not on sale (yet), for who has its link.",
    responses=answers(HTTPStatus.OK, "The event.", NOT_FOUND, MALFORMED),
)
def event(event_id: EventId) -> schemas.EventPageOut:
    """Show an event and its tickets."""
    table, minutes = services().events, services().settings.max_age_hours * 60
    return schemas.event_page_out(table.get(event_id), table.ticket_types(event_id), minutes)


@app.get(
    "/api/events/<event_id>/keys",
    operation_id="keys",
    summary="Give the public keys that an event's tickets are checked with",
    description="A door keeps them and needs no network then. They are new after a rotation only.",
    responses=answers(
        HTTPStatus.OK,
        "The keys, and how tickets are signed.",
        NOT_FOUND,
        MALFORMED,
        headers={"Cache-Control": header("They may be kept.", const=A_DAY)},
    ),
)
def keys(event_id: EventId) -> Response[schemas.DoorKeys]:
    """Give the public keys that an event's tickets are checked with."""
    services().events.get(event_id)
    document = schemas.door_keys(event_id, services().signer.public_keys(event_id))
    return Response(HTTPStatus.OK, "application/json", document, {"Cache-Control": A_DAY})


@app.post(
    "/api/orders",
    operation_id="place_order",
    summary="Turn a basket into an order",
    description="Takes the seats, priced from our own table, and opens a checkout at SumUp. "
    "409: not enough is left, and `errors` says how much is.",
    responses=answers(
        HTTPStatus.CREATED,
        "The order; the same one for the same key.",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        *WITH_BODY,
    ),
)
def place_order(order: schemas.OrderIn, key: Key) -> Response[schemas.OrderPlacedOut]:
    """Turn a basket into an order; the same key gives the same order."""
    placed = services().checkout_api.order(order.basket(), key, _now())
    token = services().access.token(placed.order.order_number)
    document = schemas.placed_out(placed, token, services().settings.widget_script)
    return Response(HTTPStatus.CREATED, "application/json", document)


@app.get(
    "/api/orders/<order_number>",
    operation_id="show_order",
    summary="Show an order to its buyer",
    description="Has it checked with SumUp at once if it waits for its payment.",
    responses=answers(HTTPStatus.OK, "The order as it is now.", NOT_FOUND, MALFORMED),
)
def show_order(order_number: Number, token: Token) -> schemas.OrderOut:
    """Show an order to its buyer, and have it checked if it waits."""
    order = services().order_page.find(order_number, token)
    services().checkout_api.hint(order, _now())
    page = services().order_page.show(order, _now())
    return schemas.order_out(page, token, services().brand, services().settings.widget_script)


@app.post(
    "/api/orders/<order_number>/payments",
    operation_id="pay_again",
    summary="Begin another attempt to pay",
    description="The attempt before can no longer be used then. 409: nothing is to be paid now.",
    responses=answers(
        HTTPStatus.OK, "Where to pay, and until when.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    ),
)
def pay_again(order_number: Number, token: Token) -> schemas.PaymentOut:
    """Begin another attempt to pay."""
    services().order_page.find(order_number, token)
    placed = services().checkout_api.pay_again(order_number, _now())
    return schemas.payment_out(placed, services().settings.widget_script)


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
            "Cache-Control": header("Links are not to be kept.", const="no-store"),
        },
        content={"text/plain": {"schema": {"type": "string", "maxLength": 0}}},
    ),
)
def tickets(order_number: Number, token: LinkToken, size: PaperSize = Paper.A4) -> Response[str]:
    """Send the buyer to a short-lived link to the PDF."""
    order = services().order_page.find(order_number, token)
    link = services().order_page.tickets_link(order, size)
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
    """Give the event as a calendar file."""
    text = services().order_page.calendar(services().order_page.find(order_number, token))
    name = f'attachment; filename="{order_number}.ics"'
    headers = {"Content-Disposition": name}
    return Response(HTTPStatus.OK, "text/calendar; charset=utf-8", text, headers)


@app.post(
    "/api/orders/<order_number>/resend",
    operation_id="resend",
    summary="Send the tickets again",
    description="The same tickets, to the address of the order. 409: there are none yet.",
    responses=answers(
        HTTPStatus.ACCEPTED, "They are on their way.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | openapi_document.throttled("They were sent again three times already."),
)
def resend(order_number: Number, token: Token) -> Response[schemas.Nothing]:
    """Send the tickets again."""
    services().order_page.resend(services().order_page.find(order_number, token), _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", schemas.Nothing())


@app.post(
    "/api/lost-tickets",
    operation_id="lost_tickets",
    summary="Send an address its tickets",
    description="Those of its newest orders.",
    responses=answers(
        HTTPStatus.ACCEPTED, "The same, whether it has any or not.", MALFORMED, *WITH_BODY
    ),
)
def lost_tickets(lost: schemas.LostIn) -> Response[schemas.Nothing]:
    """Send an address its tickets; the answer is the same whether it has any."""
    services().order_page.resend_lost(lost.email, _now())
    return Response(HTTPStatus.ACCEPTED, "application/json", schemas.Nothing())


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
    """Return the description of this API; made when first asked for, because it takes a while."""
    described = app.get_openapi_schema(
        title=openapi_document.TITLE,
        version=openapi_document.VERSION,
        description=openapi_document.DESCRIPTION,
    )
    plain = described.model_dump(mode="json", by_alias=True, exclude_none=True)
    return openapi_document.without_defaults(plain)


@app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def malformed(error: RequestValidationError) -> Response[str]:
    """Say which fields are wrong, and why."""
    fields = [(schemas.field_name(e["loc"]), str(e["msg"])) for e in error.errors()]
    return _problem(MALFORMED, "some fields are not right", fields)


@app.exception_handler(InvalidBasket)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def refused(error: InvalidBasket) -> Response[str]:
    """Say what cannot be bought like this."""
    fields = [(error.field, error.reason)]
    return _problem(MALFORMED, error.reason, fields)


@app.exception_handler(SoldOut)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def sold_out(error: SoldOut) -> Response[str]:
    """Say what is left."""
    return _problem(CONFLICT, "not enough tickets are left", error.shortages)


@app.exception_handler(UnreadableBody)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def unreadable(error: UnreadableBody) -> Response[str]:
    """Say why the body as a whole is not right."""
    return _problem(MALFORMED, str(error), [("body", error.reason)])


@app.exception_handler(list(STATUS))  # type: ignore[untyped-decorator]  # Powertools leaves it so
def known(error: Exception) -> Response[str]:
    """Answer an error of ours with its status; an unknown order and a wrong token look alike."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if status is UNAVAILABLE:
        logger.error("request not served", problem=str(error))
        headers = PATIENCE
    hidden = None if isinstance(error, TooManyAtOnce) else HIDDEN.get(status)
    return _problem(status, hidden or str(error), headers=headers)


@app.exception_handler(list(AWS_FAILURES))  # type: ignore[untyped-decorator]  # Powertools leaves it so
def not_served(error: Exception) -> Response[str]:
    """Ask for patience where AWS fails us; nothing was done by halves, so asking again is safe."""
    count(AWS_TROUBLE)
    logger.error("AWS failed", problem=in_words(error))
    return _problem(UNAVAILABLE, HIDDEN[UNAVAILABLE], headers=PATIENCE)


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    """Answer for what is no route of ours; a known path says which methods it has."""
    asked = app.current_event
    allowed = openapi_document.methods(document(), asked.path)
    if not allowed or asked.http_method in allowed:
        return _problem(NOT_FOUND, HIDDEN[NOT_FOUND])
    headers = {"Allow": ", ".join(allowed)}
    return _problem(HTTPStatus.METHOD_NOT_ALLOWED, "use another method", headers=headers)


def _problem(
    status: HTTPStatus,
    detail: str,
    fields: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    return Response(status, schemas.PROBLEM, schemas.problem(status, detail, fields), headers)


def _now() -> datetime:
    return datetime.now(UTC)


@fails_in_words
@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True
)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    if event["rawPath"].endswith("\n"):  # which Powertools' routes do not see
        return _plain(_problem(NOT_FOUND, HIDDEN[NOT_FOUND]))
    if named := OF_AN_ORDER.fullmatch(event["rawPath"]):
        follow(event["requestContext"].get("requestId"), named[1])
    if event["requestContext"]["http"]["method"] == "POST":
        try:
            event = request_body.for_json(event)
        except UnreadableBody as error:
            return _plain(unreadable(error))
        except (BodyTooLarge, WrongMediaType) as error:
            return _plain(known(error))
    return app.resolve(event, context)


def _plain(answer: Response[str]) -> dict[str, Any]:
    """Return an answer given before Powertools saw the request."""
    return {"statusCode": answer.status_code, "headers": answer.headers, "body": answer.body}
