"""The settings of a deployment, from `template.yaml` and the package: none is repeated here."""

import re
from dataclasses import dataclass
from typing import Any

from benchmarks.results import kept
from tests.support.cloudformation import source

VCPU_MB = 1769
"""Memory with which a function has one whole processor: docs.aws.amazon.com/lambda."""


@dataclass(frozen=True)
class Deployed:
    """What the template says. Rates are per second; concurrency counts functions."""

    order_rate: float
    order_burst: float
    request_rate: float
    request_burst: float
    webhook_rate: float
    webhook_burst: float
    verify_concurrency: int
    delivery_concurrency: int
    verify_batch: int
    delivery_batch: int
    mails_per_second: float
    hold_seconds: float
    scan_seconds: float
    orders_per_scan: int
    unpaid_percent: int
    verify_cpu_share: float
    delivery_cpu_share: float
    event_cached: bool
    """Whether CloudFront may keep the answers about events."""

    @classmethod
    def read(cls) -> "Deployed":
        """Return the template's defaults."""
        template = source()
        parameters, resources = template["Parameters"], template["Resources"]
        stage = resources["HttpApiStage"]["Properties"]
        orders, webhooks = (
            stage["RouteSettings"][route]
            for route in ("POST /api/orders", "POST /api/webhooks/sumup")
        )

        def number(value: Any) -> float:  # noqa: ANN401 - a number or a reference
            return float(parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value)

        def of_function(name: str, event: str) -> tuple[int, int, float]:
            function = resources[name]["Properties"]
            mapping = function["Events"][event]["Properties"]
            most = number(mapping["ScalingConfig"]["MaximumConcurrency"])
            memory = function.get("MemorySize") or template["Globals"]["Function"]["MemorySize"]
            return int(most), int(mapping["BatchSize"]), min(memory / VCPU_MB, 1)

        verify = of_function("VerifyPaymentFunction", "VerifyQueue")
        delivery = of_function("DeliverTicketsFunction", "DeliveryQueue")
        site = resources["SiteDistribution"]["Properties"]["DistributionConfig"]
        return cls(
            order_rate=number(orders["ThrottlingRateLimit"]),
            order_burst=number(orders["ThrottlingBurstLimit"]),
            request_rate=number({"Ref": "RequestRate"}),
            request_burst=number({"Ref": "RequestBurst"}),
            webhook_rate=number(webhooks["ThrottlingRateLimit"]),
            webhook_burst=number(webhooks["ThrottlingBurstLimit"]),
            verify_concurrency=verify[0],
            delivery_concurrency=delivery[0],
            verify_batch=verify[1],
            delivery_batch=delivery[1],
            mails_per_second=number({"Ref": "MailsPerSecond"}),
            hold_seconds=60 * number({"Ref": "HoldMinutes"}),
            scan_seconds=_minutes(parameters["ScanSchedule"]["Default"]) * 60,
            orders_per_scan=int(number({"Ref": "MaxOrdersPerScan"})),
            unpaid_percent=int(number({"Ref": "UnpaidPercent"})),
            verify_cpu_share=verify[2],
            delivery_cpu_share=delivery[2],
            event_cached=any(
                behaviour["PathPattern"].startswith("/api/events")
                for behaviour in site["CacheBehaviors"]
            ),
        )


@dataclass(frozen=True)
class Measured:
    """What `make bench ROW=worker` measured last, on a whole processor."""

    verify_cpu: float
    """Seconds of processor time to verify an order."""
    delivery_cpu: float
    """The same of its mail."""
    verified_at_once: float
    """Orders a second by one worker, if SumUp answers at once."""
    verified_after_100_ms: float

    @classmethod
    def read(cls) -> "Measured":
        (worker,) = (run for run in kept() if run.row == "worker")
        ours = {result.what: result.ours for result in worker.results}
        verify = ours["Of that to verify"]
        rate = "Orders verified a second by one worker, payment API"
        return cls(
            verify / 1000,
            (ours["The same on its own"] - verify) / 1000,
            ours[f"{rate} at once"],
            ours[f"{rate} after 100 ms"],
        )


def _minutes(schedule: str) -> float:
    found = re.fullmatch(r"rate\((\d+) minutes?\)", schedule)
    if found is None:
        raise ValueError(f"a night needs a rate of minutes: {schedule}")
    return float(found[1])
