"""What a simulated night is given, and what comes of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.night.assumed import Assumed
from benchmarks.night.deployed import Deployed, Measured
from benchmarks.night.line import Line
from benchmarks.night.people import Asks, Crowd
from benchmarks.night.sale import Shop
from benchmarks.night.timeline import Timeline

HORIZON = 2700.0
"""Three quarters of an hour: ten minutes of arrivals, the hold, and what comes back after it."""
STEP = 10.0


@dataclass(frozen=True)
class Scenario:
    """A night: `settings` differ from the template's, `assumed` from `Assumed`.

    `line` is the most orders a second for which a waiting line lets people in; `drawn` nights are
    part of the picture.
    """

    name: str
    asks: Asks = Asks.LOOKING_FIRST
    pools: int = 0
    line: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    assumed: dict[str, Any] = field(default_factory=dict)
    drawn: bool = False
    seeds: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outcome:
    """What came of one night. Times are seconds, None if it never happened."""

    placed: int
    order_p50: float | None
    order_p95: float | None
    pay_p50: float | None
    pay_p95: float | None
    told_p50: float | None
    told_p95: float | None
    all_held: float | None
    sold_seats: int
    gave_up: int
    without_checkout: int
    throttled: float
    """429 answers per person."""
    not_served: float
    """503 answers per person."""
    ticket_p50: float | None
    ticket_p95: float | None
    mail_p50: float | None
    mail_p95: float | None
    conflicts: float
    """Share of the transactions that met another one."""
    sumup_refused: float
    """Share of the calls that SumUp answered 429."""
    most_at_once: int
    """The most functions running at the same time."""
    sold: tuple[float, ...]
    """Seats sold after each `STEP`."""
    held: tuple[float, ...]
    """Orders placed after each `STEP`, in seats."""


def night(scenario: Scenario, seed: int) -> Outcome:
    """Simulate a night. The same seed gives the same night."""
    random.seed(seed)
    assumed = replace(Assumed(), **scenario.assumed)
    deployed = replace(Deployed.read(), **scenario.settings)
    timeline = Timeline()
    shop = Shop(timeline, deployed, Measured.read(), assumed, scenario.pools)
    line = Line(shop, scenario.line) if scenario.line else None
    crowd = Crowd(shop, scenario.asks, line)
    crowd.come()
    shop.open()
    if line:
        line.open()
    timeline.run(HORIZON)
    return _outcome(shop, crowd)


def _outcome(shop: Shop, crowd: Crowd) -> Outcome:
    heard, counted, assumed = crowd.heard, shop.counted, shop.assumed
    paid = [order for order in counted.orders if order.paid_at is not None]
    tickets = [o.completed_at - o.paid_at for o in paid if o.completed_at and o.paid_at]
    inbox = [o.mailed_at - o.paid_at for o in paid if o.mailed_at and o.paid_at]
    sold = _over_time(counted.sold_seats)
    return Outcome(
        placed=len(counted.orders),
        order_p50=_at(heard.ordered, 0.5),
        order_p95=_at(heard.ordered, 0.95),
        pay_p50=_at(heard.could_pay, 0.5),
        pay_p95=_at(heard.could_pay, 0.95),
        told_p50=_at(heard.sold_out, 0.5),
        told_p95=_at(heard.sold_out, 0.95),
        all_held=shop.stock.sold_out_at,
        sold_seats=round(sold[-1]),
        gave_up=heard.gave_up,
        without_checkout=heard.without_checkout,
        throttled=counted.throttled / assumed.people,
        not_served=counted.not_served / assumed.people,
        ticket_p50=_at(tickets, 0.5),
        ticket_p95=_at(tickets, 0.95),
        mail_p50=_at(inbox, 0.5),
        mail_p95=_at(inbox, 0.95),
        conflicts=shop.rows.conflicts / max(shop.rows.tries, 1),
        sumup_refused=shop.sumup.refused / max(shop.sumup.calls, 1),
        most_at_once=shop.account.peak,
        sold=sold,
        held=_over_time([(order.at, order.seats) for order in counted.orders]),
    )


def _at(values: Sequence[float], share: float) -> float | None:
    ranked = sorted(values)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else None


def _over_time(moments: Sequence[tuple[float, int]]) -> tuple[float, ...]:
    steps = [0.0] * int(HORIZON // STEP)
    for at, seats in moments:
        steps[min(int(at // STEP), len(steps) - 1)] += seats
    total = 0.0
    return tuple(total := total + step for step in steps)
