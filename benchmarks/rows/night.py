"""A simulated night of sales: its own page and pictures, and some of its figures for the table."""

import gc
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.night import calibration, report
from benchmarks.night.deployed import Measured
from benchmarks.night.nights import CROWDS
from benchmarks.night.scenarios import Scenario, night
from benchmarks.results import Result

PROCESSES = 2


def measure() -> Sequence[Result]:
    """Simulate all nights, the long ones first."""
    jobs = [
        (people, scenario, seed)
        for people, nights in sorted(CROWDS.items(), reverse=True)
        for scenario in nights
        for seed in scenario.seeds
    ]
    # Hundreds of thousands of stories and no garbage: looking for it would take half of the time.
    with ProcessPoolExecutor(PROCESSES, initializer=gc.disable) as processes:
        found = processes.map(night, *zip(*[job[1:] for job in jobs], strict=True))
        outcomes = dict(zip([_key(*job) for job in jobs], found, strict=True))
    crowds = {
        people: [
            (scenario, [outcomes[_key(people, scenario, seed)] for seed in scenario.seeds])
            for scenario in nights
        ]
        for people, nights in CROWDS.items()
    }
    report.write(crowds)
    return results()


def results() -> Sequence[Result]:
    """Return how well the model fits what was measured."""
    measured = Measured.read()
    return [
        Result(
            "A simulated verify worker, payment API after 100 ms",
            calibration.worker_rate(calibration.MEASURED_ANSWER, measured), "orders/s",
            None, "the measured one", measured.verified_after_100_ms, higher_is_better=True,
        ),
    ]  # fmt: skip


def _key(people: int, scenario: Scenario, seed: int) -> str:
    return json.dumps([people, scenario.name, scenario.assumed, seed], sort_keys=True)
