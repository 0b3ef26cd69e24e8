"""The webhook: a notification for a known order is queued, anything else is ignored."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sumup_webhook.app import handler
from tests.functions.conftest import MADE_UP, Context
from tests.support.aws import World
from tests.support.builders import CHECKOUT_ID, an_order
from tests.support.stored import row_of, store
from ticketing.orders.order import OrderStatus

GENUINE = json.dumps({"event_type": "CHECKOUT_STATUS_CHANGED", "id": CHECKOUT_ID})
NOT_FOR_US = {
    "unknown checkout": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":"aaaaaaaa-bbbb"}',
    "another event": json.dumps({"event_type": "PAYOUT", "id": CHECKOUT_ID}),
    "no id": '{"event_type":"CHECKOUT_STATUS_CHANGED"}',
    "an invalid id": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":"../orders"}',
    "a number": '{"event_type":"CHECKOUT_STATUS_CHANGED","id":7}',
    "two ids": GENUINE[:-1] + f', "id": "{CHECKOUT_ID}"}}',
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
def test_the_order_of_a_known_checkout_is_queued(world: World, *, encoded: bool) -> None:
    store(an_order())

    assert call(GENUINE, encoded=encoded) == 204

    assert [m["order_number"] for m in world.messages("VerifyQueue")] == ["ORD-ABC123"]


@pytest.mark.parametrize("body", NOT_FOR_US.values(), ids=NOT_FOR_US)
def test_anything_else_gets_the_same_response_and_is_ignored(world: World, body: str) -> None:
    store(an_order())

    assert call(body) == 204

    assert world.messages("VerifyQueue") == []


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([CHECKOUT_ID, "CHECKOUT_STATUS_CHANGED"])
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["event_type", "id", "checkout_reference"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7"]
BYTES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda found, encoding: json.dumps(found).encode(encoding),
        DOCUMENTS,
        st.sampled_from(ENCODINGS),
    ),
    st.sampled_from([b"[" * 8000, b"[" * 10_000, b'{"id":' * 1300, b"9" * 8192, b"9" * 8193]),
)


@MADE_UP
@given(
    body=BYTES,
    sent=st.sampled_from(["base64", "text", "text that claims to be base64", "surrogates", "none"]),
)
def test_every_body_is_handled(world: World, body: bytes, sent: str) -> None:
    """Any bytes, including some that API Gateway would never pass on."""
    store(an_order())
    text = body.decode("latin-1")
    events: dict[str, dict[str, Any]] = {
        "base64": {"body": base64.b64encode(body).decode(), "isBase64Encoded": True},
        "text": {"body": text},
        "text that claims to be base64": {"body": text, "isBase64Encoded": True},
        "surrogates": {"body": body.decode("utf-8", "surrogateescape"), "isBase64Encoded": False},
        "none": {"body": None, "isBase64Encoded": True},
    }

    answer = handler(events[sent], Context())

    assert answer in [{"statusCode": 204}, {"statusCode": 413}]
    if sent == "base64":
        assert answer["statusCode"] == (413 if len(body) > 8192 else 204)
    hints = [message["order_number"] for message in world.messages("VerifyQueue")]
    assert set(hints) <= {"ORD-ABC123"}
    assert len(hints) <= 1


def test_a_forged_payment_changes_nothing(world: World) -> None:
    order = store(an_order())

    call(json.dumps({**json.loads(GENUINE), "status": "PAID", "amount": 45}))

    assert row_of(order).status == OrderStatus.PENDING
    assert world.items("TicketsTable") == []


def test_a_large_body_is_refused_without_parsing(world: World) -> None:
    assert call("x" * 9000) == 413
    assert world.wire.count("GetItem") == 0


def test_sumup_is_asked_to_retry_if_the_queue_is_unavailable(world: World) -> None:
    store(an_order())
    world.wire.refuse("SendMessageBatch", "ServiceUnavailable", times=9)

    assert call(GENUINE) == 503
