"""AWS fails while a buyer waits: a 503 with Retry-After, and nothing half done."""

import io
import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
import responses

from tests.functions.test_checkout_api import (
    CHECKOUTS,
    a_while_ago,
    call,
    created,
    place,
    sumup,
    token,
)
from tests.support.aws import World, template
from tests.support.builders import an_order
from tests.support.stored import seats_left, sell, store
from ticketing.adapters.aws.checkout_function import ONE_ATTEMPT
from ticketing.adapters.dynamodb.models import OrderRow, connection
from ticketing.adapters.dynamodb.retries import PATIENCE_SECONDS, TRIES
from ticketing.bootstrap import services
from ticketing.errors import FunctionFailed
from ticketing.observability import AWS_TROUBLE, TURNED_AWAY
from ticketing.orders.order import Delivery, OrderStatus

__all__ = ["sumup"]
TRANSACT, CANCELLED = "TransactWriteItems", "TransactionCanceledException"
WITHOUT_END = 99


def shown() -> tuple[int, Any, dict[str, Any]]:
    return call("GET", "/api/orders/ORD-ABC123", headers=token())


def tried_again() -> tuple[int, Any, dict[str, Any]]:
    return call("POST", "/api/orders/ORD-ABC123/payments", headers=token())


def sent_again() -> tuple[int, Any, dict[str, Any]]:
    return call("POST", "/api/orders/ORD-ABC123/resend", headers=token())


def opened() -> tuple[int, Any, dict[str, Any]]:
    query = f"token={token()['X-Order-Token']}"
    return call("GET", "/api/orders/ORD-ABC123/tickets", query=query)


def found_again() -> tuple[int, Any, dict[str, Any]]:
    return call("POST", "/api/lost-tickets", {"email": "jane@example.com"})


REQUESTS: list[tuple[Callable[[], tuple[int, Any, dict[str, Any]]], str]] = [
    (lambda: call("GET", "/api/events"), "Query"),
    (lambda: call("GET", "/api/events/5"), "GetItem"),
    (lambda: call("GET", "/api/events/5"), "Query"),
    (place, "GetItem"),
    (place, "Query"),
    (place, TRANSACT),
    (place, "GetSecretValue"),
    (shown, "GetItem"),
    (shown, "BatchGetItem"),
    (tried_again, "BatchGetItem"),
    (sent_again, "PutItem"),
    (found_again, "UpdateItem"),
]
CODES = ["InternalServerError", "AccessDeniedException", "UnrecognizedClientException"]


@pytest.mark.usefixtures("sumup")
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("ask", "operation"), REQUESTS)
def test_a_failing_aws_call_asks_the_buyer_to_try_again(
    world: World,
    capsys: pytest.CaptureFixture[str],
    logged: io.StringIO,
    ask: Callable[[], tuple[int, Any, dict[str, Any]]],
    operation: str,
    code: str,
) -> None:
    status = OrderStatus.COMPLETED if ask is sent_again else OrderStatus.PENDING
    store(an_order(status=status, delivery=Delivery.DELIVERED))
    world.wire.refuse(operation, code, WITHOUT_END)

    answered, problem, headers = ask()

    assert (answered, headers["Retry-After"]) == (503, "10")
    assert problem["detail"] == "this does not work right now; please try again soon"
    assert AWS_TROUBLE in capsys.readouterr().out
    assert code in logged.getvalue(), "whoever looks into it learns what it was"


@pytest.mark.usefixtures("sumup")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("Invoke", "TooManyRequestsException"),
        ("Invoke", "AccessDeniedException"),
        ("Decrypt", "AccessDeniedException"),
    ],
)
def test_an_order_is_placed_even_if_sumup_cannot_be_asked(
    world: World,
    capsys: pytest.CaptureFixture[str],
    logged: io.StringIO,
    operation: str,
    code: str,
) -> None:
    world.wire.refuse(operation, code, WITHOUT_END)

    status, placed, _ = place()

    assert (status, placed["pay_url"]) == (201, None)
    assert AWS_TROUBLE in capsys.readouterr().out
    assert "the function that asks SumUp gave no answer" in logged.getvalue()
    headers = {"X-Order-Token": placed["token"]}
    a_while_ago(placed["order_number"])
    again, problem, _ = call(
        "POST", f"/api/orders/{placed['order_number']}/payments", None, headers
    )
    assert again == 503
    assert "function" not in problem["detail"]


def test_a_checkout_whose_answer_was_lost_is_found_and_not_made_twice(
    world: World, sumup: responses.RequestsMock
) -> None:
    world.wire.lose_answer("Invoke")
    placed = place()[1]
    assert placed["pay_url"] is None
    made = json.loads(created(sumup.calls[0].request)[2])
    sumup.replace(responses.POST, CHECKOUTS, status=409, json={"error_code": "DUPLICATED_CHECKOUT"})
    sumup.add(responses.GET, CHECKOUTS, json=[made])
    a_while_ago(placed["order_number"])

    status, again, _ = place()

    assert (status, again["order_number"]) == (201, placed["order_number"])
    assert again["pay_url"] == made["hosted_checkout_url"]


def test_an_order_is_found_even_if_every_write_response_was_lost(
    world: World, sumup: responses.RequestsMock
) -> None:
    world.wire.lose_answer(TRANSACT, WITHOUT_END)

    status, placed, _ = place()

    assert status == 201
    assert placed["pay_url"]
    assert len(sumup.calls) == 1
    assert len(world.items("OrdersTable")) == 1
    assert seats_left() == 98


@pytest.mark.usefixtures("sumup")
@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_a_buyer_can_retry_after_repeated_conflicts(
    world: World, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    before = world.contents()
    world.wire.refuse(TRANSACT, CANCELLED, TRIES, "None", "None", reason)

    status, problem, headers = place()

    assert (status, headers["Retry-After"]) == (503, "10")
    assert problem["detail"].startswith("many people are ordering right now")
    assert world.wire.count(TRANSACT) == TRIES
    assert world.contents() == before, "nothing was done by halves"
    told = capsys.readouterr().out
    assert TURNED_AWAY in told
    assert AWS_TROUBLE not in told

    assert place()[0] == 201
    assert seats_left() == 98


@pytest.mark.usefixtures("sumup")
@pytest.mark.parametrize("row", range(5))
def test_a_buyer_can_retry_when_what_was_in_the_way_is_gone(world: World, row: int) -> None:
    """Seats, or room among the unpaid ones, came back between the refusal and the look for why."""
    before = world.contents()
    reasons = ["ConditionalCheckFailed" if n == row else "None" for n in range(5)]
    world.wire.refuse(TRANSACT, CANCELLED, 1, *reasons)

    status, problem, headers = place()

    assert (status, headers["Retry-After"]) == (503, "10")
    assert problem["detail"].startswith("many people are ordering right now")
    assert world.contents() == before, "nothing was done by halves"
    assert place()[0] == 201


@pytest.mark.usefixtures("sumup")
def test_a_buyer_is_told_if_tickets_sell_out_during_the_conflicts(world: World) -> None:
    world.wire.meanwhile(TRANSACT, lambda: sell(available=0))
    world.wire.refuse(TRANSACT, CANCELLED, TRIES, "TransactionConflict")

    status, problem, _ = place()

    assert status == 409
    assert problem["errors"]


@pytest.mark.usefixtures("sumup")
def test_programming_errors_are_not_reported_as_outages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_: str) -> NoReturn:
        raise TypeError("a mistake of ours")

    monkeypatch.setattr(services().events, "get", mistaken)

    with pytest.raises(FunctionFailed, match=r"^TypeError at "):
        place()
    assert world.items("OrdersTable") == []


def longest(client: Any) -> float:  # noqa: ANN401  # of any service
    """Return how many seconds one call may take, including all retries of the SDK."""
    config = client.meta.config
    attempts = int(config.retries["total_max_attempts"])
    waits = sum(2**n for n in range(attempts - 1))
    return float(attempts * (config.connect_timeout + config.read_timeout) + waits)


def test_all_retries_end_before_the_gateway_times_out(world: World) -> None:
    """A write is retried, then read back: see `OrderTable.place`."""
    function = template()["Resources"]["CheckoutApiFunction"]["Properties"]
    services()
    assert OrderRow._get_connection().connection is connection()
    assert PATIENCE_SECONDS + 2 * longest(connection().client) < function["Timeout"] < 30
    made = services().client
    for name in ("kms", "secretsmanager", "sqs"):
        assert longest(made(name)) < function["Timeout"]
    asking = template()["Resources"]["ManageCheckoutsFunction"]["Properties"]
    invoking = made("lambda", ONE_ATTEMPT)
    assert asking["Timeout"] < longest(invoking) - 2, "its answer is waited for"
    assert PATIENCE_SECONDS + longest(invoking) <= function["Timeout"]
    assert world.wire.calls == []
