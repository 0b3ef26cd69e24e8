"""Pieces of the model, compared with measurements or a formula."""

import random

from benchmarks.night.assumed import Assumed
from benchmarks.night.deployed import Measured
from benchmarks.night.provider import SumUp
from benchmarks.night.timeline import Story, Timeline
from benchmarks.night.walls import Account, Environments, Rows, TokenBucket
from benchmarks.night.workers import Worker, Workers

ORDERS = 600
MEASURED_ANSWER = 0.1
FREE = 1e9


def erlang(a_second: float, held: float) -> float:
    """Return the share of tries that meet another one: Erlang's loss formula for one server."""
    return a_second * held / (1 + a_second * held)


def conflict_share(a_second: float, held: float, tries: int = 20_000) -> float:
    """Return the share of tries that our rows refuse, if nobody tries again."""
    rows, now = Rows(held), 0.0
    for _ in range(tries):
        now += random.expovariate(a_second)
        rows.lock(["row"], now)
    return rows.conflicts / rows.tries


def worker_rate(answer: float, measured: Measured | None = None) -> float:
    """Return the orders a second that one simulated worker verifies, on a whole processor.

    Its processor time is all that the worker took while SumUp answered at once.
    """
    measured = measured or Measured.read()
    timeline = Timeline()
    sumup = SumUp(timeline, FREE, answer)
    ended: list[float] = []

    def verify(worker: Worker, _: int) -> Story[None]:
        yield from worker.compute(1 / measured.verified_at_once / 2)
        yield from sumup.ask(worker.turns)
        yield from worker.compute(1 / measured.verified_at_once / 2)
        ended.append(timeline.now)

    ready = Environments(Account(1), TokenBucket(FREE, FREE), 0.0)
    workers = Workers(timeline, ready, 1, 10, 1.0, verify)
    for order in range(ORDERS):
        workers.send(order)
    workers.start()
    timeline.run(FREE / 1e6)
    return len(ended) / max(ended)


def lines() -> list[str]:
    """Return what `night.md` says of them."""
    measured, assumed = Measured.read(), Assumed()
    simulated = worker_rate(MEASURED_ANSWER, measured)
    share = simulated / measured.verified_after_100_ms
    rate = 0.5 / assumed.row_held
    return [
        (
            f"- One verify worker, SumUp after 100 ms: {simulated:.1f} orders/s simulated, "
            f"{measured.verified_after_100_ms:.1f} measured, a factor of {share:.2f}. "
            "Its processor time is that of the measured one with SumUp at once."
        ),
        (
            f"- A row at half its rate: {conflict_share(rate, assumed.row_held):.1%} of the tries "
            f"conflict in the model, {erlang(rate, assumed.row_held):.1%} by Erlang's loss formula."
        ),
    ]
