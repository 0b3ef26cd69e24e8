"""A batch handled at the same time: overlapping, each message for itself."""

import io
import json
from threading import Barrier
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ticketing.batches import ConcurrentBatchProcessor
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


def handled(batch: dict[str, Any], handle: Any) -> list[str]:  # noqa: ANN401 - a record's handler
    """Return the ids of the messages that go back."""
    answer = process_partial_response(batch, handle, ConcurrentBatchProcessor())
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def test_ten_messages_wait_for_their_answers_at_the_same_time() -> None:
    everybody = Barrier(10)

    assert handled(a_batch(10), lambda record: everybody.wait(PATIENCE) and record) == []


def test_messages_that_fail_go_back_alone() -> None:
    def handle(record: SQSRecord) -> None:
        if int(record.body) % 3 == 0:
            raise ValueError(record.body)

    assert sorted(handled(a_batch(10), handle)) == ["m0", "m3", "m6", "m9"]


def test_log_lines_belong_to_their_message(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)
    everybody = Barrier(10)
    set_log_context("the invocation")

    def handle(record: SQSRecord) -> None:
        set_log_context(f"request {record.body}", f"ORD-{record.body}")
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

    def handle(record: SQSRecord) -> None:
        everybody.wait(PATIENCE)
        for _ in range(5):
            count("Seen", int(record.body))

    assert handled(a_batch(10), handle) == []

    seen = metrics.provider.metric_set["Seen"]["Value"]
    assert sorted(seen) == sorted(float(number) for number in range(10) for _ in range(5))
    metrics.clear_metrics()
