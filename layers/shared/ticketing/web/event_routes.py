"""The routes of events: what is on sale, and the keys that tickets are checked with."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from ticketing.bootstrap import services
from ticketing.bootstrap.checkout_api import checkout_api
from ticketing.flows.seller import seller_of
from ticketing.invocation import clock
from ticketing.web.buyer_language import asked_for
from ticketing.web.event_schemas import (
    DoorKeys,
    EventPageOut,
    EventsOut,
    door_keys,
    event_page_out,
    listed_out,
)
from ticketing.web.fields import EVENT_ID_PATTERN
from ticketing.web.openapi import answers, header

NOT_FOUND, MALFORMED = HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
A_MOMENT = "public, max-age=2"
"""For what crowds read. The seats left may be out of date, but an order checks them itself."""
PUBLIC = {"Cache-Control": A_MOMENT, "Vary": "Accept-Language"}
FOR_A_MOMENT = {
    "Cache-Control": header("Caches may keep it for a moment.", const=A_MOMENT),
    "Vary": header("There is an answer for each language.", const=PUBLIC["Vary"]),
}
A_DAY = "public, max-age=86400"

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]  # Powertools leaves it so

EventId = Annotated[str, Path(pattern=EVENT_ID_PATTERN, description="As listed.", examples=["5"])]


@router.get(
    "/api/events",
    operation_id="events",
    summary="List the events on sale",
    description="Soonest first.",
    responses=answers(
        HTTPStatus.OK,
        "All events on sale that have not begun.",
        headers=FOR_A_MOMENT,
    ),
)
def events() -> Response[EventsOut]:
    table, now = services().events, clock()
    found = [(event, table.ticket_types(event.event_id)) for event in table.on_sale(now)]
    document = EventsOut(
        events=[listed_out(event, kinds, asked_for.get(), now) for event, kinds in found]
    )
    return Response(HTTPStatus.OK, "application/json", document, PUBLIC)


@router.get(
    "/api/events/<event_id>",
    operation_id="event",
    summary="Show an event and its tickets",
    description="Also an event that is not on sale, for those who have its link: `sale` says so, "
    "and nothing of it can be ordered. What is left may be some seconds old.",
    responses=answers(
        HTTPStatus.OK,
        "The event.",
        NOT_FOUND,
        MALFORMED,
        headers=FOR_A_MOMENT,
    ),
)
def event(event_id: EventId) -> Response[EventPageOut]:
    table, usual = services().events, services().settings.hold_minutes
    found = table.get(event_id)
    kinds, held = table.ticket_types(event_id), found.hold_minutes or usual
    seller = seller_of(found, checkout_api(services()).organisers)
    document = event_page_out(found, kinds, seller, held, asked_for.get(), clock())
    return Response(HTTPStatus.OK, "application/json", document, PUBLIC)


@router.get(
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
    document = door_keys(event_id, services().events.public_keys(event_id))
    return Response(HTTPStatus.OK, "application/json", document, {"Cache-Control": A_DAY})
