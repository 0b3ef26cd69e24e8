"""CloudWatch: the sums of a stack's metrics by the hour."""

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
    """The metrics that a stack's functions write, which its brand and its name tell apart."""

    def __init__(self, client: "CloudWatchClient", namespace: str, service: str) -> None:
        self._client, self._namespace, self._service = client, namespace, service

    def sums(self, names: Iterable[str], since: datetime, until: datetime) -> Mapping[str, Sums]:
        """Return what was counted of each in each hour; an hour without any is left out.

        Raises `TicketingError` if CloudWatch returns less than it has.
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
                    raise TicketingError(f"CloudWatch returns not all of {name}: {code}")
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
