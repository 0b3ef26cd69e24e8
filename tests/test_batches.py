"""A batch handled at the same time: overlapping, each message for itself."""

import io
import json
from threading import Barrier
from typing import Any

import pytest

from ticketing.batches import Message, handle_each, partial_response
from ticketing.observability import (
    count,
    current_correlation_id,
    logger,
    metrics,
    set_log_context,
)

PATIENCE = 10.0
"""Seconds to wait for the others; only a test that fails waits so long."""


def a_batch(size: int) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": str(number)}
            for number in range(size)
        ]
    }


def handled(batch: dict[str, Any], handle: Any) -> list[str]:  # noqa: ANN401 - a message's handler
    """Return the ids of the messages that go back."""
    answer = partial_response(handle_each(batch, handle))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_ten_messages_wait_for_their_answers_at_the_same_time() -> None:
    everybody = Barrier(10)

    assert handled(a_batch(10), lambda _: everybody.wait(PATIENCE)) == []


def test_messages_that_fail_go_back_alone() -> None:
    def handle(message: Message) -> None:
        if int(message["body"]) % 3 == 0:
            raise ValueError(message["body"])

    assert handled(a_batch(10), handle) == ["m0", "m3", "m6", "m9"]


def test_an_error_comes_back_with_its_message() -> None:
    problem = ValueError("no such order")

    def handle(_: Message) -> None:
        raise problem

    assert handle_each(a_batch(1), handle) == [("m0", problem)]


def test_the_end_of_the_process_is_no_failure_of_a_message() -> None:
    def handle(_: Message) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        handle_each(a_batch(1), handle)


def test_log_lines_belong_to_their_message(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)
    everybody = Barrier(10)
    set_log_context("the invocation")

    def handle(message: Message) -> None:
        set_log_context(f"request {message['body']}", f"ORD-{message['body']}")
        everybody.wait(PATIENCE)
        logger.info(current_correlation_id() or "none")

    assert handled(a_batch(10), handle) == []

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert sorted((line["message"], line["correlation_id"], line["order"]) for line in lines) == [
        (f"request {number}", f"request {number}", f"ORD-{number}") for number in range(10)
    ]
    assert current_correlation_id() == "the invocation"


def test_metrics_of_all_messages_are_counted() -> None:
    everybody = Barrier(10)
    metrics.clear_metrics()

    def handle(message: Message) -> None:
        everybody.wait(PATIENCE)
        for _ in range(5):
            count("Seen", int(message["body"]))

    assert handled(a_batch(10), handle) == []

    seen = metrics.provider.metric_set["Seen"]["Value"]
    assert sorted(seen) == sorted(float(number) for number in range(10) for _ in range(5))
    metrics.clear_metrics()
