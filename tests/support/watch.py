"""What the alarms and the dashboard look at, with the names as CloudWatch has them.

They are in the nested template. A parameter of it is spelled as what WatchStack hands in for it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.aws import STACK, WATCH, resources

OURS = "JerseyEvents"
"""The namespace of our own metrics: the default of `BrandName`."""
KNOWN = {"AWS::StackName": STACK, "BrandName": OURS}

Watched = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and dimensions of a metric."""


def alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of each alarm."""
    return resources("AWS::CloudWatch::Alarm", WATCH)


def handed_in() -> dict[str, Any]:
    """Return the values of the nested template's parameters, as the template writes them."""
    (nested,) = resources("AWS::CloudFormation::Stack").values()
    given: dict[str, Any] = nested["Parameters"]
    return given


def of_alarm(alarm: dict[str, Any]) -> Watched:
    """Return the metric an alarm looks at."""
    dimensions = tuple(
        (each["Name"], _spelled(each["Value"])) for each in alarm.get("Dimensions", [])
    )
    return _spelled(alarm["Namespace"]), alarm["MetricName"], dimensions


def dashboard() -> dict[str, Any]:
    """Return the dashboard, each `${name}` in it spelled as `of_alarm` does."""
    (found,) = resources("AWS::CloudWatch::Dashboard", WATCH).values()
    text = re.sub(r"\$\{([^}]+)\}", lambda named: _known(named[1]), found["DashboardBody"]["Sub"])
    body: dict[str, Any] = json.loads(text)
    return body


def of_dashboard() -> Iterator[Watched]:
    """Yield each metric the dashboard draws."""
    for widget in dashboard()["widgets"]:
        for line in widget["properties"].get("metrics", []):
            namespace, name, *rest = [each for each in line if isinstance(each, str)]
            yield namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True))


def _spelled(value: Any) -> str:  # noqa: ANN401 - a template may hold any value anywhere
    if not isinstance(value, dict):
        return str(value)
    ((_how, what),) = value.items()
    return _known(what)


def _known(name: str) -> str:
    what: str
    ((_how, what),) = handed_in().get(name, {"Ref": name}).items()
    return KNOWN.get(what, what)
