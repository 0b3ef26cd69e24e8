"""CloudWatch: the hourly sums of a stack's metrics."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticketing.errors import TicketingError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

HOUR = 3600
LACKING = ("InternalError", "Forbidden")

Sums = tuple[tuple[datetime, int], ...]


class HourlyMetrics:
    """The metrics that a stack's functions write, found by its brand and its name."""

    def __init__(self, client: "CloudWatchClient", namespace: str, service: str) -> None:
        self._client, self._namespace, self._service = client, namespace, service

    def sums(self, names: Iterable[str], since: datetime, until: datetime) -> Mapping[str, Sums]:
        """Return the sum of each metric for each hour; hours with a sum of 0 are left out.

        Raises `TicketingError` if CloudWatch does not return everything.
        """
        ids = {f"m{number}": name for number, name in enumerate(names)}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[self._query(i, name) for i, name in ids.items()],
            StartTime=since.replace(minute=0, second=0, microsecond=0),
            EndTime=until,
        )
        found: dict[str, dict[datetime, int]] = {name: {} for name in ids.values()}
        for page in pages:
            for result in page["MetricDataResults"]:
                name, code = ids[result["Id"]], result.get("StatusCode", "")
                if code in LACKING:
                    raise TicketingError(f"CloudWatch did not return all of {name}: {code}")
                values = zip(result["Timestamps"], result["Values"], strict=True)
                found[name] |= {at.astimezone(UTC): round(value) for at, value in values if value}
        return {name: tuple(sorted(sums.items())) for name, sums in found.items()}

    def _query(self, query_id: str, name: str) -> "MetricDataQueryTypeDef":
        return {
            "Id": query_id,
            "MetricStat": {
                "Metric": {
                    "Namespace": self._namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": "service", "Value": self._service}],
                },
                "Period": HOUR,
                "Stat": "Sum",
            },
        }
