"""Sums of metrics by the hour: pages are one answer, and an incomplete one is none."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ticketing.adapters.aws.cloudwatch import HourlyMetrics
from ticketing.errors import TicketingError

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def metrics(*pages: dict[str, Any], asked: list[dict[str, Any]] | None = None) -> HourlyMetrics:
    def paginate(**request: Any) -> Any:  # noqa: ANN401 - as boto3 has it
        if asked is not None:
            asked.append(request)
        return iter(pages)

    client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    return HourlyMetrics(cast("Any", client), "JerseyEvents", "tickets")


def result(code: str, *values: tuple[datetime, float], query: str = "m0") -> dict[str, Any]:
    times, sums = [at for at, _ in values], [value for _, value in values]
    return {"Id": query, "StatusCode": code, "Timestamps": times, "Values": sums}


def test_pages_are_one_answer_in_order_of_time() -> None:
    later = {"MetricDataResults": [result("PartialData", (NOON, 2.0))]}
    earlier = {"MetricDataResults": [result("Complete", (NOON - HOUR, 1.0), (NOON - 2 * HOUR, 0))]}

    found = metrics(later, earlier).sums(["MailsSent"], NOON - 3 * HOUR, NOON)

    assert found == {"MailsSent": ((NOON - HOUR, 1), (NOON, 2))}


def test_a_metric_without_values_is_empty_and_hours_begin_whole() -> None:
    asked: list[dict[str, Any]] = []
    answer = {"MetricDataResults": [result("Complete"), result("Complete", query="m1")]}

    found = metrics(answer, asked=asked).sums(
        ["MailsSent", "MailsBounced"], NOON + timedelta(minutes=9), NOON + HOUR
    )

    assert found == {"MailsSent": (), "MailsBounced": ()}
    assert asked[0]["StartTime"] == NOON
    metric = asked[0]["MetricDataQueries"][1]["MetricStat"]["Metric"]
    assert (metric["Namespace"], metric["MetricName"]) == ("JerseyEvents", "MailsBounced")
    assert metric["Dimensions"] == [{"Name": "service", "Value": "tickets"}]


@pytest.mark.parametrize("code", ["InternalError", "Forbidden"])
def test_an_answer_that_is_not_all_is_an_error(code: str) -> None:
    answer = {"MetricDataResults": [result(code, (NOON, 2.0))]}

    with pytest.raises(TicketingError, match=f"did not return all of MailsSent: {code}"):
        metrics(answer).sums(["MailsSent"], NOON - HOUR, NOON)
