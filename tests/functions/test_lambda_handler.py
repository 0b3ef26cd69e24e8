"""What `lambda_handler` does around every function."""

import io
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.functions.conftest import Context
from ticketing.errors import FunctionFailed
from ticketing.observability import count, lambda_handler, logger, set_log_context

PRIVATE = "jane@example.com"


@lambda_handler
def handler(event: dict[str, Any] | None, _: LambdaContext) -> dict[str, Any]:
    logger.info("begun")
    set_log_context("another", "ORD-ABC123")
    count("Handled")
    if event and "fails" in event:
        raise ValueError(PRIVATE)
    return {"answer": 42}


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def test_the_response_of_the_handler_is_returned(context: Context) -> None:
    assert handler({}, context) == {"answer": 42}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"requestContext": {"requestId": "JKJaXmPLvHcESHA="}}, "JKJaXmPLvHcESHA="),
        ({"requestContext": {}}, Context().aws_request_id),
        ({"requestContext": None}, Context().aws_request_id),
        ({"Records": []}, Context().aws_request_id),
        (None, Context().aws_request_id),
    ],
)
def test_log_lines_contain_the_request_id_or_else_the_invocation_id(
    context: Context, logged: io.StringIO, event: dict[str, Any] | None, expected: str
) -> None:
    handler(event, context)

    assert [line["correlation_id"] for line in lines(logged)] == [expected]


def test_no_state_leaks_into_the_next_invocation(context: Context, logged: io.StringIO) -> None:
    handler({}, context)
    handler({}, context)

    first, second = lines(logged)
    assert "ORD-ABC123" not in (first.get("order"), second.get("order"))
    assert second["correlation_id"] == context.aws_request_id


def test_an_exception_is_redacted_and_its_metrics_are_kept(
    context: Context, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FunctionFailed, match=r"ValueError at functions/test_lambda_handler\.py:"):
        handler({"fails": True}, context)

    failed = lines(logged)[-1]
    assert (failed["message"], failed["kind"]) == ("failed", "FunctionFailed")
    assert failed["order"] == "ORD-ABC123"
    assert PRIVATE not in logged.getvalue()
    assert json.loads(capsys.readouterr().out)["Handled"] == [1.0]
