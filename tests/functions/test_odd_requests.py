"""Invalid requests: each is refused with the field and reason, and changes nothing."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.checkout_api.app import handler
from tests.functions.conftest import MADE_UP, Context
from tests.support.aws import World
from tests.support.builders import an_order
from tests.support.described import judge
from tests.support.hostile import JOINED, LINKS, NAMES, NOTHING_TO_SEE
from tests.support.stored import seats_left, store
from ticketing.bootstrap import services
from ticketing.orders.order import Delivery, OrderStatus
from ticketing.text import LONGEST_NAME, clean

JSON = "application/json"
KEY = "0b7a5a3e-7f1d-4a61-9c0a-5f4f3f0d9a11"
GOOD: dict[str, Any] = {
    "event_id": "5",
    "lines": [{"sku": "general", "quantity": 2}],
    "customer": {"name": "Jane Doe", "email": "jane@example.com"},
}


def send(
    body: bytes | str | None,
    *,
    content_type: str | None = JSON,
    encoded: bool = False,
    method: str = "POST",
    path: str = "/api/orders",
    headers: dict[str, str] | None = None,
    **event: Any,  # noqa: ANN401 - any field
) -> tuple[int, dict[str, Any]]:
    """Send one request as API Gateway hands it over; return status and document."""
    sent = dict({"idempotency-key": KEY} if headers is None else headers)
    if content_type is not None:
        sent["content-type"] = content_type
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    asked = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": sent,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": text,
        "isBase64Encoded": encoded or isinstance(body, bytes),
        **event,
    }
    answer = handler(asked, Context())
    judge(method, path, answer)
    return answer["statusCode"], json.loads(answer["body"])


def padded(size: int) -> bytes:
    """Return a basket with one field too many, of so many bytes."""
    bare = json.dumps({**GOOD, "padding": ""})
    return json.dumps({**GOOD, "padding": "x" * (size - len(bare))}).encode()


UNREADABLE: dict[str, bytes | str] = {
    "a list": "[null, null]",
    "a list around a basket": json.dumps([GOOD]),
    "text": '"text"',
    "a number": "7",
    "null": "null",
    "half of it": json.dumps(GOOD)[:-1],
    "twice": json.dumps(GOOD) * 2,
    "a comment": "/* */" + json.dumps(GOOD),
    "a form": "event_id=5&lines=general",
    "only spaces": "  ",
    "not a number": '{"event_id": NaN}',
    "too many digits": '{"event_id": ' + "9" * 5000 + "}",
    "very deep": "[" * 8000,
    "deep inside": '{"event_id": ' + "[" * 4000 + "]" * 4000 + "}",
    "a field twice": json.dumps(GOOD)[:-1] + ', "event_id": "5"}',
    "a quantity twice": json.dumps(GOOD).replace('"quantity": 2', '"quantity": 2, "quantity": 1'),
    "an unknown field twice": json.dumps(GOOD)[:-1] + ', "a": {"b": 1, "b": 1}}',
    "half a character in a name": '{"\\ud800": 1}',
    "half a character in a value": '{"event_id": "\\udfff"}',
    "invalid UTF-8": b'{"event_id": "\xff"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "a byte order mark": json.dumps(GOOD).encode("utf-8-sig"),
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_body_is_refused(world: World, body: bytes | str) -> None:
    status, problem = send(body)

    assert status == 422
    assert [error["field"] for error in problem["errors"]] == ["body"]
    assert world.wire.calls == []


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("body", ["%%%", "é", "abc"])
def test_a_body_with_an_invalid_encoding_is_refused(body: str) -> None:
    status, problem = send(body, encoded=True)

    assert (status, problem["errors"][0]["field"]) == (422, "body")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("body", [None, ""])
def test_a_missing_body_is_refused(body: str | None) -> None:
    status, problem = send(body, content_type=None)

    assert status == 422
    assert problem["errors"] == [{"field": "body", "reason": "Field required"}]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        f"{JSON}, {JSON}",
        "é",
    ],
)
def test_a_body_of_another_content_type_is_refused(content_type: str | None) -> None:
    status, problem = send(json.dumps(GOOD).encode(), content_type=content_type)

    assert status == 415
    assert JSON in problem["detail"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "content_type", ["Application/JSON", f"{JSON};charset=utf-8", f" {JSON} ; x"]
)
def test_every_spelling_of_the_json_content_type_is_accepted(content_type: str) -> None:
    assert send(b"{}", content_type=content_type)[0] == 422


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "path", ["/api/orders", "/api/lost-tickets", "/api/orders/ORD-ABC123/resend"]
)
@pytest.mark.parametrize(("size", "expected"), [(8192, {422}), (8193, {413})])
def test_the_limit_counts_the_bytes_that_were_sent(
    path: str, size: int, expected: set[int]
) -> None:
    """Base64 adds a third, which must not count against the buyer."""
    assert send(padded(size), path=path)[0] in expected
    assert send(padded(size).decode(), path=path)[0] in expected


@pytest.mark.usefixtures("world")
def test_a_character_may_be_several_bytes() -> None:
    assert send(json.dumps({"event_id": "é" * 4100}, ensure_ascii=False))[0] == 413


@pytest.mark.usefixtures("world")
def test_an_unexpected_body_is_not_read() -> None:
    """Neither for a method without a body, nor for a method that is not allowed."""
    assert send("[" * 9000, method="GET", path="/api/events", content_type="text/plain")[0] == 200
    assert send("[" * 9000, method="PUT", content_type="text/plain")[0] == 405


KEYS = {
    "missing": {},
    "empty": {"idempotency-key": ""},
    "short": {"idempotency-key": "a" * 15},
    "long": {"idempotency-key": "a" * 65},
    "two": {"idempotency-key": f"{KEY},{KEY}"},
    "spaces": {"idempotency-key": f" {KEY} "},
    "a line break": {"idempotency-key": f"{KEY}\n"},
    "a null": {"idempotency-key": f"{KEY}\x00"},
    "letters": {"idempotency-key": "é" * 20},
    "half characters": {"idempotency-key": "\ud800" * 20},
}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("headers", KEYS.values(), ids=KEYS)
def test_an_invalid_idempotency_key_is_refused(headers: dict[str, str]) -> None:
    status, problem = send(json.dumps(GOOD), headers=headers)

    assert status == 422
    assert [error["field"] for error in problem["errors"]] == ["idempotency-key"]
    assert seats_left() == 100


@pytest.mark.usefixtures("world")
def test_a_request_without_headers_is_handled() -> None:
    http = {"http": {"method": "POST", "path": "/api/orders"}, "stage": "$default"}
    event = {"version": "2.0", "rawPath": "/api/orders", "requestContext": http}

    answer = handler(event, Context())

    judge("POST", "/api/orders", answer)
    assert answer["statusCode"] == 422


TOKENS = ["", "A" * 27, "A" * 65, "é", "\x00", "\ud800", "a,b", "null"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("token", TOKENS)
def test_an_invalid_token_is_refused(token: str) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    order = "/api/orders/ORD-ABC123"
    found = send(None, method="GET", path=order, headers={"x-order-token": token})
    assert found[0] in {404, 422}
    for file in ("tickets", "calendar"):
        query = {"token": token}
        path = f"{order}/{file}"
        found = send(None, method="GET", path=path, queryStringParameters=query)
        assert found[0] in {404, 422}


@pytest.mark.usefixtures("world")
def test_a_repeated_token_is_refused() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    good = services().access.token("ORD-ABC123")

    status, problem = send(
        None,
        method="GET",
        path="/api/orders/ORD-ABC123/tickets",
        rawQueryString=f"token={good}&token={good}",
        queryStringParameters={"token": f"{good},{good}"},
    )

    assert status == 422
    assert problem["errors"][0]["field"] == "token"


NUMBERS = [0, -1, 11, 10**30, 0.5, 1e300, True, "2", None, [2], {"is": 2}]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("quantity", NUMBERS, ids=repr)
def test_an_invalid_quantity_is_refused(quantity: object) -> None:
    lines = [{"sku": "general", "quantity": quantity}]

    status, problem = send(json.dumps({**GOOD, "lines": lines}))

    assert status == 422
    assert [error["field"] for error in problem["errors"]] == ["lines.0.quantity"]


@pytest.mark.usefixtures("world")
def test_a_name_of_which_nothing_is_seen_is_refused_in_words() -> None:
    for name in (name for name in NOTHING_TO_SEE if _can_be_sent(name)):
        status, problem = _ordered_by(name)

        assert status == 422, name
        assert problem["errors"] == [
            {
                "field": "customer.name",
                "reason": "a name needs at least one letter that can be seen",
            }
        ], name


@pytest.mark.usefixtures("world")
def test_any_other_name_is_accepted() -> None:
    for name in (*JOINED, *LINKS, *NAMES):
        if clean(name) and len(name) <= LONGEST_NAME and _can_be_sent(name):
            assert _ordered_by(name)[0] == 404, name


def _ordered_by(name: str) -> tuple[int, dict[str, Any]]:
    """Return the answer to an order for an event that does not exist."""
    customer = {**GOOD["customer"], "name": name}
    return send(json.dumps({**GOOD, "event_id": "NONE", "customer": customer}))


def _can_be_sent(name: str) -> bool:
    """Return whether there are no halves of characters, which are refused as no JSON."""
    return name.encode(errors="replace").decode() == name


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", ["/", "", "/api", "/api/", "//api/orders", "/api/orders/../orders",
                                  "/api/orders/\x00", "/api/orders/\ud800", "/api/orders/a/b/c",
                                  "/api/webhooks/sumup", "/api/events/" + "9" * 5000])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_every_path_is_handled(path: str, method: str) -> None:
    assert send(None, method=method, path=path)[0] in {404, 405, 422}


BODIES = st.one_of(
    st.binary(max_size=300),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ).map(lambda found: json.dumps(found).encode()),
)
TYPES = st.sampled_from(
    [JSON, JSON, JSON, "text/plain", "multipart/form-data; boundary=x", "", None]
)


@MADE_UP
@given(
    body=BODIES,
    content_type=TYPES,
    path=st.sampled_from(["/api/orders", "/api/lost-tickets", "/api/orders/ORD-ABC123/payments"]),
    token=st.text(max_size=70),
)
def test_every_body_is_handled(
    world: World, body: bytes, content_type: str | None, path: str, token: str
) -> None:
    status, _ = send(body, content_type=content_type, path=path, headers={"x-order-token": token})

    assert status in {404, 415, 422}
    assert seats_left() == 100
    assert world.items("OrdersTable") == world.items("MailsTable") == []
