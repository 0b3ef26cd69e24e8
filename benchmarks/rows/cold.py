"""Cold starts: a fresh process up to its first event, beside a worker that imports everything.

Byte code is there for all, as in our layers. Lambda reads from a slower disk and gives a start more
or less processor, so the ratios count.
"""

import os
import resource
import statistics
import subprocess
from collections.abc import Sequence

from benchmarks.results import Result
from benchmarks.turns import ours, peer
from local.places import ROOT
from tests.test_settings import NAMES, SPECIAL

ROUNDS = 9
ENVIRONMENT = {
    **{name: name.lower() for name in NAMES},
    **SPECIAL,
    "AWS_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PATH": os.environ["PATH"],
}
"""Settings of a deployment that does not exist; each table has another name."""

NAIVE = "a naive worker"
GOALS = {
    "scan_orders": 0.32,
    "verify_payment": 0.40,
    "deliver_tickets": 0.60,
    "checkout_api": 0.50,
    "draw_phone_tickets": 0.60,
    "sumup_webhook": 0.50,
}


def measure() -> Sequence[Result]:
    """Start each in turns."""
    commands = {name: ours("benchmarks.peers.our_start", name) for name in GOALS}
    commands[NAIVE] = peer("benchmarks.peers.naive_worker")
    took: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            milliseconds = _cpu(command)
            if number:  # the first one writes byte code
                took[name].append(milliseconds)
    naive = statistics.median(took[NAIVE])
    return [
        Result(f"Cold start of {name}", statistics.median(took[name]), "ms", goal, NAIVE, naive)
        for name, goal in GOALS.items()
    ]


def _cpu(command: Sequence[str]) -> float:
    """Return the milliseconds of processor time of a process; `AssertionError` if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - fixed commands
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
