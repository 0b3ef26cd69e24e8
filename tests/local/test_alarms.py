"""How the local AWS evaluates alarms, compared with the documentation of CloudWatch."""

from typing import Any

import pytest

from local.alarms import Point, state

NOW, PERIOD, LONG_AGO = 1000.0, 60.0, 0.0
COUNTS: dict[str, Any] = {
    "Statistic": "Sum",
    "EvaluationPeriods": 1,
    "Threshold": 3.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
HEARTBEAT = COUNTS | {
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 3,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "breaching",
}
LASTING = COUNTS | {"Statistic": "Maximum", "Threshold": 1.0, "TreatMissingData": "ignore"}
TWICE = COUNTS | {"EvaluationPeriods": 2, "DatapointsToAlarm": 2}


@pytest.mark.parametrize(
    ("alarm", "told", "expected"),
    [
        (COUNTS, {}, "OK"),
        (COUNTS, {10: 2.0}, "OK"),
        (COUNTS, {10: 2.0, 50: 1.0}, "ALARM"),
        (COUNTS, {10: 2.0, 61: 1.0}, "OK"),
        (TWICE, {10: 3.0}, "OK"),
        (TWICE, {10: 3.0, 61: 3.0}, "ALARM"),
        (TWICE, {61: 3.0, 121: 3.0}, "OK"),
        (HEARTBEAT, {}, "ALARM"),
        (HEARTBEAT, {170: 1.0}, "OK"),
        (HEARTBEAT, {181: 1.0}, "ALARM"),
        (HEARTBEAT, {10: 0.0}, "ALARM"),
        (LASTING, {}, None),
        (LASTING, {61: 1.0}, None),
        (LASTING, {10: 1.0, 20: 0.0}, "ALARM"),
        (LASTING, {10: 0.0}, "OK"),
        (LASTING | {"Statistic": "SampleCount", "Threshold": 2.0}, {10: 0.0, 20: 0.0}, "ALARM"),
    ],
)  # fmt: skip
def test_an_alarm_is_evaluated_over_its_periods(
    alarm: dict[str, Any], told: dict[float, float], expected: str | None
) -> None:
    points = [Point(NOW - ago, value) for ago, value in told.items()]

    assert state(alarm, points, NOW, PERIOD, LONG_AGO) == expected


@pytest.mark.parametrize(("since", "expected"), [(NOW - 179, None), (NOW - 181, "ALARM")])
def test_missing_data_is_ignored_right_after_the_start(since: float, expected: str | None) -> None:
    assert state(HEARTBEAT, [], NOW, PERIOD, since) == expected


def test_a_heartbeat_is_detected_at_once() -> None:
    assert state(HEARTBEAT, [Point(NOW - 1, 1.0)], NOW, PERIOD, NOW - 2) == "OK"
