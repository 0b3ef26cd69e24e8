"""How long functions run, which Lambda bills: measured processor time and assumed waits."""

from collections.abc import Sequence
from math import ceil

from benchmarks import results
from benchmarks.prices import UnknownCost, assumed
from benchmarks.wire import BATCH, Part, Request
from tests.support.cloudformation import functions, source

MEGABYTES_OF_A_CPU = 1769
"""Lambda's own figure: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
CPU_ROUNDED_MS = 10
"""Processor time is rounded up to multiples of this, so that figures are the same in most runs."""


def gb_seconds(
    part: Part, *functions: str, cpu_ms: float | None = None, orders: int = BATCH
) -> float:
    """Return the GB-seconds of the first function for one of the orders; it waits for the others.

    The messages of a batch wait together, but this counts each wait: a lone order waits alone.
    """
    own = [each for each in part.requests if each.function in functions]
    memory = memory_of(functions[0])
    return seconds_of(own, memory, cpu_ms and cpu_ms * orders) * memory / 1024 / orders


def seconds_of(requests: Sequence[Request], memory: int, cpu_ms: float | None = None) -> float:
    """Return how long a function takes; without `cpu_ms`, a time for each request is assumed."""
    sumup = sum(each.service == "sumup" for each in requests)
    aws = len(requests) - sumup
    cpu = (cpu_ms or 0) + (0 if cpu_ms else len(requests) * assumed()["cpu_ms_aws"])
    waiting = aws * assumed()["wait_ms_aws"] + sumup * assumed()["wait_ms_sumup"]
    return (cpu * MEGABYTES_OF_A_CPU / min(memory, MEGABYTES_OF_A_CPU) + waiting) / 1000


def memory_of(function: str) -> int:
    """Return the megabytes of a function of the template."""
    for each in functions().values():
        if each["CodeUri"] == f"functions/{function}":
            usual = source()["Globals"]["Function"]["MemorySize"]
            return int(each.get("MemorySize", usual))
    raise UnknownCost(f"{function} is no function of the template")


def measured() -> dict[str, float]:
    """Return the milliseconds of processor time per order, from the row `worker`."""
    (worker,) = [run for run in results.kept() if run.row == "worker"]
    took = {result.what: result.ours for result in worker.results}
    verify = _rounded_up(took["Of that to verify"])
    return {
        "verify_payment": verify,
        "deliver_tickets": _rounded_up(took["The same on its own"]) - verify,
    }


def _rounded_up(milliseconds: float) -> float:
    return ceil(milliseconds / CPU_ROUNDED_MS) * CPU_ROUNDED_MS
