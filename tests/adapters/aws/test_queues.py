"""The queues: ten names per call, rejected names returned, foreign messages refused."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.support.aws import World, client
from ticketing.adapters.aws.queues import CORRELATION, LONGEST_NAME, Queue, correlation_in, name_in
from ticketing.errors import NotOurMessage
from ticketing.observability import set_log_context

URL = "https://sqs.eu-west-2.amazonaws.com/123456789012/tickets-verify"
NOT_OURS = [
    "",
    " ",
    "{",
    "null",
    "true",
    "7",
    "NaN",
    "[]",
    '["order_number"]',
    '"order_number"',
    "{}",
    '{"order": "ORD-ABC123"}',
    '{"ORDER_NUMBER": "ORD-ABC123"}',
    '{"order_number": null}',
    '{"order_number": 7}',
    '{"order_number": true}',
    '{"order_number": ""}',
    '{"order_number": ["ORD-ABC123"]}',
    '{"order_number": {"S": "ORD-ABC123"}}',
    json.dumps({"order_number": "x" * (LONGEST_NAME + 1)}),
    "ORD-ABC123",
    "<order>ORD-ABC123</order>",
    "\ufeff{}",
    "[" * 100_000,
    '{"order_number":' * 20_000,
    "1" * 5000,
    '{"Message": "{\\"order_number\\": \\"ORD-ABC123\\"}"}',
]
OURS = [
    ('{"order_number": "ORD-ABC123"}', "ORD-ABC123"),
    (' {"order_number":"ORD-ABC123","more":[1,2]} ', "ORD-ABC123"),
    ('{"order_number": "x"}', "x"),
    (json.dumps({"order_number": "x" * LONGEST_NAME}), "x" * LONGEST_NAME),
]


def names(count: int) -> list[str]:
    return [f"ORD-N{n:03d}" for n in range(count)]


def bodies(world: World, queue: str = "VerifyQueue") -> list[dict[str, Any]]:
    return sorted(world.messages(queue), key=str)


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (10, 1), (11, 2), (25, 3)])
def test_names_are_sent_in_batches_of_ten(world: World, count: int, calls: int) -> None:
    queue = Queue(client("sqs"), world.environment["VERIFY_QUEUE_URL"], "order_number")

    assert queue.send(names(count)) == []

    assert world.wire.count("SendMessageBatch") == calls
    assert bodies(world) == [{"order_number": name} for name in names(count)]


def test_a_message_names_one_mail(world: World) -> None:
    queue = Queue(client("sqs"), world.environment["DELIVERY_QUEUE_URL"], "mail_id")

    queue.send(["ORD-ABC123#confirmation#1"])

    assert bodies(world, "DeliveryQueue") == [{"mail_id": "ORD-ABC123#confirmation#1"}]
    assert bodies(world, "VerifyQueue") == []


def test_names_rejected_by_the_queue_are_returned() -> None:
    """A batch returns 200 even if part of it failed."""
    sqs = client("sqs")
    failed = [
        {"Id": "1", "SenderFault": False, "Code": "InternalError"},
        {"Id": "9", "SenderFault": True, "Code": "InvalidMessageContents"},
    ]
    taken = {"Id": "0", "MessageId": "m", "MD5OfMessageBody": "0"}
    with Stubber(sqs) as stubber:
        sent = {"QueueUrl": URL, "Entries": ANY}
        stubber.add_response("send_message_batch", {"Successful": [taken], "Failed": failed}, sent)
        stubber.add_response("send_message_batch", {"Successful": [taken], "Failed": []}, sent)
        stubber.add_response("send_message_batch", {"Successful": [], "Failed": failed[:1]}, sent)

        refused = Queue(sqs, URL, "order_number").send(names(25))

        stubber.assert_no_pending_responses()
    assert refused == ["ORD-N001", "ORD-N009", "ORD-N021"]


def test_a_failed_call_rejects_its_names_and_the_next_call_is_made() -> None:
    sqs = client("sqs")
    with Stubber(sqs) as stubber:
        stubber.add_client_error("send_message_batch", "AWS.SimpleQueueService.NonExistentQueue")
        stubber.add_response("send_message_batch", {"Successful": [], "Failed": []})

        refused = Queue(sqs, URL, "order_number").send(names(12))

    assert refused == names(10)


@pytest.mark.parametrize(("body", "name"), OURS)
def test_one_of_our_own_messages_is_read(body: str, name: str) -> None:
    assert name_in(body, "order_number") == name


@pytest.mark.parametrize("body", NOT_OURS, ids=lambda body: body[:30])
def test_a_foreign_message_is_refused(body: str) -> None:
    with pytest.raises(NotOurMessage, match="order_number") as caught:
        name_in(body, "order_number")
    assert caught.value.field == "order_number"


def test_a_foreign_message_is_not_quoted() -> None:
    with pytest.raises(NotOurMessage) as caught:
        name_in('{"token": "sup_sk_secret"}', "order_number")

    assert "sup_sk_secret" not in str(caught.value)


def test_a_message_carries_the_originating_request_id(world: World) -> None:
    set_log_context("cWd2ZjEeLPEEJ1w=")
    url = world.environment["VERIFY_QUEUE_URL"]

    Queue(client("sqs"), url, "order_number").send(names(2))

    received = client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    carried = [message["MessageAttributes"] for message in received["Messages"]]
    attribute = {"StringValue": "cWd2ZjEeLPEEJ1w=", "DataType": "String"}
    assert carried == [{CORRELATION: attribute}] * 2


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"messageAttributes": {}},
        {"messageAttributes": None},
        {"messageAttributes": {CORRELATION: {"binaryValue": "eA==", "dataType": "Binary"}}},
        {"messageAttributes": {"other": {"stringValue": "x", "dataType": "String"}}},
    ],
)
def test_a_message_without_a_request_id_is_read(attributes: dict[str, Any]) -> None:
    assert correlation_in({"body": "{}", **attributes}) is None


def test_the_sdk_passes_the_trace_header_to_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS passes this header on to the consumer: one trace from shop to mail."""
    trace = "Root=1-5e6722a7-cc2a4ef1ab12cd34ef56ab78;Parent=53995c3f42cd8ad8;Sampled=1"
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "tickets-Function")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    sqs, seen = boto3.client("sqs", region_name="eu-west-2"), []
    sqs.meta.events.register_first(
        "before-send.sqs.SendMessageBatch",
        lambda request, **_: seen.append(request.headers["X-Amzn-Trace-Id"]),
    )

    assert Queue(sqs, world.environment["VERIFY_QUEUE_URL"], "order_number").send(names(1)) == []

    assert [header.decode() for header in seen] == [trace]
