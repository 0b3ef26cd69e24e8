"""The webhook by what comes in: a hint for an order of ours is queued, anything else is not."""

import base64
import json

import pytest

from functions.sumup_webhook.app import handler
from tests.aws import World
from tests.builders import CHECKOUT_ID, an_order
from tests.functions.conftest import Context
from tests.stored import row_of, store
from ticketing.orders.order import OrderStatus

GENUINE = json.dumps({"event_type": "CHECKOUT_STATUS_CHANGED", "id": CHECKOUT_ID})
NOT_FOR_US = {
    "unknown checkout": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":"aaaaaaaa-bbbb"}',
    "another event": json.dumps({"event_type": "PAYOUT", "id": CHECKOUT_ID}),
    "no id": '{"event_type":"CHECKOUT_STATUS_CHANGED"}',
    "an id that is none": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":"../orders"}',
    "a number": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":7}',
    "a list": "[]",
    "nonsense": "<html>",
    "nothing": "",
    "very deep": "[" * 5000,
}


def call(body: str, *, encoded: bool = False) -> int:
    text = base64.b64encode(body.encode()).decode() if encoded else body
    answer = handler({"body": text, "isBase64Encoded": encoded}, Context())
    assert set(answer) == {"statusCode"}
    status: int = answer["statusCode"]
    return status


@pytest.mark.parametrize("encoded", [False, True])
def test_the_order_of_a_checkout_of_ours_is_queued(world: World, *, encoded: bool) -> None:
    store(an_order())

    assert call(GENUINE, encoded=encoded) == 204

    assert [m["order_number"] for m in world.messages("VerifyQueue")] == ["ORD-ABC123"]


@pytest.mark.parametrize("body", NOT_FOR_US.values(), ids=NOT_FOR_US)
def test_anything_else_is_answered_alike_and_ignored(world: World, body: str) -> None:
    store(an_order())

    assert call(body) == 204

    assert world.messages("VerifyQueue") == []


def test_a_forged_payment_changes_nothing(world: World) -> None:
    order = store(an_order())

    call(json.dumps({**json.loads(GENUINE), "status": "PAID", "amount": 45}))

    assert row_of(order).status == OrderStatus.PENDING
    assert world.items("TicketsTable") == []


def test_a_large_body_is_refused_unread(world: World) -> None:
    assert call("x" * 9000) == 413
    assert world.wire.count("GetItem") == 0


def test_sumup_is_asked_to_come_again_when_the_queue_cannot_be_reached(world: World) -> None:
    store(an_order())
    world.wire.refuse("SendMessageBatch", "ServiceUnavailable", times=9)

    assert call(GENUINE) == 503
