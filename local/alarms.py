"""How CloudWatch judges an alarm: over periods back from now, and with a meaning for silence."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}
SILENCE = {"breaching": True, "notBreaching": False}
"""What a period without any value counts for; with other settings, for nothing."""


@dataclass(frozen=True)
class Point:
    """A value of a metric, and when it was published, in seconds of the epoch."""

    at: float
    value: float


def state(
    alarm: Mapping[str, Any], points: Sequence[Point], now: float, period: float, since: float
) -> str | None:
    """Return ALARM or OK, or None where the alarm stays as it is.

    `alarm` is as PutMetricAlarm takes it, `period` how many seconds one of its periods lasts here.
    No value could arrive before `since`, so a lack of values before it means nothing.
    """
    many = int(alarm["EvaluationPeriods"])
    enough = int(alarm.get("DatapointsToAlarm") or many)
    votes = [
        _vote(alarm, points, now - (back + 1) * period, now - back * period, since)
        for back in range(many)
    ]
    if votes.count(True) >= enough:
        return "ALARM"
    return "OK" if False in votes else None


def _vote(
    alarm: Mapping[str, Any], points: Sequence[Point], begin: float, end: float, since: float
) -> bool | None:
    """Return whether a period breaches the threshold; None if it has no values."""
    values = [point.value for point in points if begin <= point.at < end]
    if not values:
        return SILENCE.get(alarm["TreatMissingData"]) if begin >= since else None
    value = STATISTICS[alarm["Statistic"]](values)
    return COMPARISONS[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))
