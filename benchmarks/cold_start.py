"""What a function imports before its first event: `python -m benchmarks.cold_start`.

Each function is imported in a process of its own, several times; the quickest run counts. Processor
time says more than wall time on a machine that has other work. Lambda reads from a slower disk, so
the rows are to be compared with each other and with an earlier commit.
"""

import subprocess
import sys

from local.places import ROOT

RUNS = 5
IMPORT = """
import sys, time
sys.modules.update(OpenSSL=None, awscrt=None)  # here for other tools, not on Lambda
started, used = time.perf_counter(), time.process_time()
import functions.{name}.app
wall, cpu = time.perf_counter() - started, time.process_time() - used
print(len(sys.modules), round(cpu * 1000), round(wall * 1000))
"""


def main() -> None:
    """Print a line for each function."""
    print(f"{'function':<20} {'modules':>8} {'CPU ms':>8} {'wall ms':>8}")
    for app in sorted((ROOT / "functions").glob("*/app.py")):
        name = app.parent.name
        modules, cpu, wall = min((_measured(name) for _ in range(RUNS)), key=lambda run: run[1])
        print(f"{name:<20} {modules:>8} {cpu:>8} {wall:>8}")


def _measured(name: str) -> tuple[int, ...]:
    command = [sys.executable, "-c", IMPORT.format(name=name)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    return tuple(map(int, run.stdout.split()))


if __name__ == "__main__":
    main()
