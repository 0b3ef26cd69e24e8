"""No cache keeps an answer about an order or a person, nor an error."""

import json
from typing import Any

import pytest

from functions.checkout_api.app import handler
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.support.aws import World
from tests.support.builders import NOW, an_order, tickets_for
from tests.support.stored import store
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.bootstrap import services
from ticketing.orders.order import Delivery, OrderStatus
from ticketing.web.caching import is_public
from ticketing.web.checkout_app import document

ORDER = "/api/orders/ORD-ABC123"
SHOWN = (
    ("GET", ORDER, 200),
    ("GET", f"{ORDER}/calendar", 200),
    ("GET", f"{ORDER}/tickets", 302),
    ("GET", f"{ORDER}/tickets/codes", 200),
    ("POST", f"{ORDER}/resend", 202),
    ("POST", f"{ORDER}/email", 200),
    ("POST", f"{ORDER}/payments", 409),
    ("POST", f"{ORDER}/refund-request", 409),
    ("POST", "/api/lost-tickets", 202),
    ("POST", "/api/orders", 422),
    ("POST", "/api/orders", 413),
    ("POST", "/api/orders", 415),
    ("GET", "/api/orders/ORD-NOBODY", 404),
    ("DELETE", ORDER, 405),
    ("GET", f"{ORDER}\n", 404),
    ("GET", "/api/nothing", 404),
    ("GET", "/api/events/99", 404),
    ("GET", "/api/events/a,b", 422),
    ("GET", "/api/events/99/keys", 404),
)
BODIES = {413: "x" * 9000, 415: "a=b", 422: "{}"}


def ask(context: Context, method: str, path: str, status: int = 200) -> dict[str, Any]:
    event = Sample.load("checkout_api.wrong_token").event
    token = services().access.token("ORD-ABC123")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["headers"]["x-order-token"] = token
    event["queryStringParameters"] = {"token": token}
    if method == "POST":
        event["body"] = BODIES.get(status, json.dumps({"email": "jane@example.com"}))
        kind = "application/x-www-form-urlencoded" if status == 415 else "application/json"
        event["headers"]["content-type"] = kind
        if path.startswith(f"{ORDER}/") and path != f"{ORDER}/email":
            event["body"] = ""
    answer: dict[str, Any] = handler(event, context)
    return answer


@pytest.mark.usefixtures("world", "sumup")
@pytest.mark.parametrize(("method", "path", "status"), SHOWN)
def test_a_private_answer_and_an_error_are_for_no_cache(
    context: Context, method: str, path: str, status: int
) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    for ticket in tickets_for(order):
        ticket_row(ticket, NOW).save()

    answer = ask(context, method, path, status)

    assert answer["statusCode"] == status, answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


def test_an_order_that_was_just_placed_is_for_no_cache(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    del world, sumup
    answer = handler(Sample.load("checkout_api.place_order").event, context)

    assert answer["statusCode"] == 201
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_a_failure_of_aws_is_for_no_cache(world: World, context: Context) -> None:
    world.wire.refuse("GetItem", "ValidationException")

    answer = ask(context, "GET", "/api/events/5")

    assert answer["statusCode"] == 503
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["Retry-After"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/api/events", "public, max-age=2"),
        ("/api/events/5", "public, max-age=2"),
        ("/api/events/5/keys", "public, max-age=86400"),
        ("/api/openapi.json", None),
    ],
)
def test_what_is_public_may_be_kept_as_its_route_says(
    context: Context, path: str, kept: str | None
) -> None:
    answer = ask(context, "GET", path)

    assert answer["statusCode"] == 200
    assert answer["headers"].get("Cache-Control") == kept
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


def test_the_description_has_the_header_wherever_it_is_sent() -> None:
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                described = response.get("headers", {}).get("Cache-Control", {})
                is_private = described.get("schema", {}).get("const") == "no-store"
                assert is_private is not is_public(path, int(status)), (path, status)


@pytest.mark.parametrize(
    "path",
    ["/api/orders", ORDER, "/api/lost-tickets", "/api/eventsX", "/", "", "/api/organisers/x"],
)
def test_only_events_and_the_description_are_public(path: str) -> None:
    assert not is_public(path, 200)
