"""Cold starts: a fresh process up to its first event, beside a worker that imports everything.

Our functions have the layers as `make build` makes them, the worker has its packages as pip
installs them, and all have byte code. Lambda has a slower disk and another processor, so only the
ratios mean something.
"""

import os
import resource
import statistics
import subprocess
from collections.abc import Sequence

from benchmarks.results import Result
from benchmarks.turns import ours, peer
from local import sam
from local.layers import BUILD, LAYERS
from local.places import ROOT
from tests.test_settings import NAMES, SPECIAL

ROUNDS = 9
ENVIRONMENT: dict[str, str] = {
    **{name: name.lower() for name in NAMES},
    **SPECIAL,
    "AWS_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PATH": os.environ["PATH"],
}
"""Settings of a deployment that does not exist; each table has a name of its own."""

OUR_LAYERS = {"PYTHONPATH": os.pathsep.join(str(BUILD / name / "python") for name in LAYERS)}
NAIVE = "a naive worker"
GOALS: dict[str, float | None] = {
    "scan_orders": 0.32,
    "verify_payment": 0.40,
    "deliver_tickets": 0.60,
    "checkout_api": 0.50,
    "draw_phone_tickets": None,
    "sumup_webhook": 0.50,
}


def measure() -> Sequence[Result]:
    """Build, then start them in turn, round by round."""
    sam.build()
    commands = {name: ours("benchmarks.peers.our_start", name) for name in GOALS}
    commands[NAIVE] = peer("benchmarks.peers.naive_worker")
    took: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            milliseconds = _cpu(command, {} if name == NAIVE else OUR_LAYERS)
            if number:  # the first round writes byte code
                took[name].append(milliseconds)
    naive = statistics.median(took[NAIVE])
    return [
        Result(f"Cold start of {name}", statistics.median(took[name]), "ms", goal, NAIVE, naive)
        for name, goal in GOALS.items()
    ]


def _cpu(command: Sequence[str], also: dict[str, str]) -> float:
    """Return the milliseconds of processor time of a process; `CalledProcessError` if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - fixed commands
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT | also
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
