"""The HTTP API of the door's page: pair a device, prepare it, take its scans, search.

Requests are signed, so a recorded one opens no door. Nobody gets a 403, because CloudFront would
replace it with a page of its own: a device that may not do something gets a 401 or a 404.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.bootstrap.check_in import check_in, door_tickets, open_door, search_tickets
from ticketing.doors.device import Device, may_send
from ticketing.doors.digest import begins, place_of, place_of_changes
from ticketing.doors.signature import public_key_from
from ticketing.errors import DoorClosed, DoorNotFound
from ticketing.events.event import Event
from ticketing.flows.open_door import Report, refuse_unless_open
from ticketing.invocation import clock, time_left
from ticketing.observability import logger
from ticketing.web import buyer_language, caching, error_responses, problems, request_body
from ticketing.web.door_schemas import (
    PairIn,
    ScansIn,
    SearchIn,
    answers_out,
    changes_out,
    event_out,
    found_out,
    instant,
    list_out,
)

LARGEST = 32_768
"""Bytes in a request: 25 scans take less than 20 KB."""
JSON = "application/json"

app = APIGatewayHttpResolver(
    enable_validation=True, json_body_deserializer=request_body.json_object
)
error_responses.add_to(app)


@app.post("/api/door/pair")
def pair(asked: PairIn) -> dict[str, Any]:
    key = public_key_from(asked.public_key)
    if key is None:
        raise DoorNotFound
    opened = open_door(services())
    return _door(*opened.pair(asked.event, asked.device, asked.secret, key, clock()))


@app.get("/api/door/event")
def event() -> dict[str, Any]:
    return _door(*_open_device())


@app.get("/api/door/tickets", compress=True)
def tickets(after: Annotated[str, Query(max_length=80)] = "") -> Response[str]:
    """Return a page of the list; 304 if the device has it already."""
    device, _ = _open_device()
    place, now = place_of(after) if after else None, clock()
    page = door_tickets(services()).page(device.event_id, begins(place))
    following = page.following or place_of_changes(page, place, now)
    listed = list_out(page, following, device)
    tag = f'"{sha256(json.dumps(listed).encode()).hexdigest()[:32]}"'
    if app.current_event.headers.get("if-none-match") == tag:
        return Response(HTTPStatus.NOT_MODIFIED, JSON, "", {"ETag": tag})
    body = json.dumps({"now": instant(now), "as_of": instant(now), **listed})
    return Response(HTTPStatus.OK, JSON, body, {"ETag": tag})


@app.post("/api/door/scans")
def scans(sent: ScansIn) -> dict[str, Any]:
    """Record scans; a revoked or expired device may still send those it has kept."""
    (device, found), now = _device(), clock()
    if not may_send(found, now):
        raise DoorClosed("expired")
    recorded = check_in(services())(
        device, found, [scan.scan() for scan in sent.scans], time_left(app.lambda_context), now
    )
    answers = list(recorded)
    left = sent.waiting + len(sent.scans) - len(answers)
    open_door(services()).note(device, Report(sent.highest, left, sent.not_ours), now)
    is_open = device.is_open(found, now)
    if not is_open and not sent.scans:
        refuse_unless_open(device, found, now)
    document = answers_out(answers, clock(), names=is_open)
    if sent.seen is not None and is_open:
        document |= changes_out(open_door(services()).changes(device.event_id, sent.seen))
    return document


@app.post("/api/door/search")
def search(asked: SearchIn) -> dict[str, Any]:
    (device, _), now = _open_device(), clock()
    return found_out(search_tickets(services())(device, asked.query, now), now)


@app.exception_handler(DoorClosed)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def closed(error: DoorClosed) -> Response[str]:
    """Say why a device may not go on, with our time, by which it can correct its clock."""
    text = problems.problem(HTTPStatus.UNAUTHORIZED, str(error), [("device", error.reason)])
    document = json.dumps(json.loads(text) | {"now": instant(clock())})
    return Response(HTTPStatus.UNAUTHORIZED, problems.PROBLEM, document)


@app.not_found
def nothing_here(_: Exception) -> Response[str]:
    return error_responses.not_found()


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request from API Gateway; no cache may keep the answer."""
    buyer_language.asked_for.set(buyer_language.language_of(event))
    answered = error_responses.with_body(event, lambda read: app.resolve(read, context), LARGEST)
    return caching.for_caches(answered, event["rawPath"])


def _door(device: Device, found: Event) -> dict[str, Any]:
    table = services().events
    kinds, keys = table.ticket_types(device.event_id), table.public_keys(device.event_id)
    return event_out(device, found, kinds, keys, clock())


def _open_device() -> tuple[Device, Event]:
    """Return the device that signed this request, if it may go on, and its event."""
    device, found = _device()
    refuse_unless_open(device, found, clock())
    return device, found


def _device() -> tuple[Device, Event]:
    request: Mapping[str, Any] = app.current_event.raw_event
    query = request.get("rawQueryString")
    target = f"{request['rawPath']}?{query}" if query else request["rawPath"]
    header = app.current_event.headers.get("x-door", "")
    body = request_body.bytes_of(request.get("body"))
    method = request["requestContext"]["http"]["method"]
    device, found = open_door(services()).device_of(header, method, target, body, clock())
    logger.thread_safe_append_keys(device=device.device_id)
    return device, found
