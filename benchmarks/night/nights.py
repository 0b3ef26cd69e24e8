"""Which nights are simulated: with the template's settings, with others, and with more built."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from benchmarks.night.people import Asks
from benchmarks.night.scenarios import Scenario

POOLS: Final = 32
MORE_WORKERS: Final = {"verify_concurrency": 10, "delivery_concurrency": 4}
WIDE_ROUTE: Final = {"order_rate": 500.0, "order_burst": 1000.0}
BETTER: Final = "more workers"
"""10 verify and 4 mail functions."""


def _template(name: str, sumup_rate: float, **settings: float) -> Scenario:
    return _once(Scenario(name, settings=settings, assumed={"sumup_rate": sumup_rate}))


def _better(more: str, settings: Mapping[str, float] | None = None, **assumed: float) -> Scenario:
    return Scenario(
        f"{BETTER}, {more}" if more else BETTER,
        settings={**MORE_WORKERS, **(settings or {})},
        assumed={"sumup_rate": 200, **assumed},
    )


def _once(scenario: Scenario) -> Scenario:
    """Simulate a night with one seed: some take a minute, and all together should take five."""
    return replace(scenario, seeds=(1,))


def _drawn(scenario: Scenario) -> Scenario:
    return replace(scenario, drawn=True)


def _pooled(scenario: Scenario) -> Scenario:
    return replace(scenario, name=f"{scenario.name}, {POOLS} pools", pools=POOLS)


def _queued(scenario: Scenario, rate: float) -> Scenario:
    return replace(scenario, name=f"{scenario.name}, line", line=rate, drawn=False)


WIDE: Final = _better("route 500/s", WIDE_ROUTE)
ALL_UNPAID: Final = _better("route 500/s, UnpaidPercent 100", WIDE_ROUTE | {"unpaid_percent": 100})
SLOW_ROW: Final = _better("route 500/s, row held 20 ms", WIDE_ROUTE, row_held=0.020)

SMALL: Final = (
    _drawn(_template("template", 10)),
    _drawn(_template("template", 50)),
    replace(_template("template, pressed by hand", 50), asks=Asks.BY_HAND),
    _drawn(_template("template", 200)),
    _template("template, event not cached", 200, event_cached=False),
    replace(_template("template, the event not asked first", 200), asks=Asks.BY_ITSELF),
    _template("template, 10 verify functions", 200, verify_concurrency=10),
    _once(_drawn(_better("", sumup_rate=50))),
    _drawn(_better("")),
    _queued(_better(""), 40),
    _drawn(WIDE),
    _drawn(_pooled(WIDE)),
    _queued(_pooled(WIDE), 200),
    _better("route 500/s, row held 5 ms", WIDE_ROUTE, row_held=0.005),
    SLOW_ROW,
    _pooled(SLOW_ROW),
    _better("route 50/s", {"order_rate": 50, "order_burst": 100}),
    _better("UnpaidPercent 100", {"unpaid_percent": 100}),
    _better("4 verify functions", {"verify_concurrency": 4}),
    _better("HoldMinutes 10", {"hold_seconds": 600}),
    _better("no webhooks", webhooks=0),
    _better("SES 100/s, 20 mail functions", {"mails_per_second": 100, "delivery_concurrency": 20}),
    ALL_UNPAID,
    _pooled(ALL_UNPAID),
)
"""Of 20,000 people."""

LARGE: Final = tuple(
    replace(_once(scenario), assumed={**scenario.assumed, "people": 200_000}, drawn=True)
    for scenario in (
        _template("template", 50),
        _better(""),
        _pooled(WIDE),
        _queued(_pooled(WIDE), 200),
    )
)
CROWDS: Final = {20_000: SMALL, 200_000: LARGE}
