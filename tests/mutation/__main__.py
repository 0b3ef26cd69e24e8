"""Runs mutmut over the modules that decide about money and tickets: `python -m tests.mutation`.

Prints how many mutants of each module the tests killed, and each one that lives with its change;
fails below the score that is asked for. What is changed and which tests run: `[tool.mutmut]` in
`pyproject.toml`.
"""

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.places import ROOT
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.workspace import WORKSPACE, lay_out

MUTMUT = ROOT / ".venv-mutation" / "bin" / "mutmut"
LOWEST_SCORE = 90
PROCESSES = 2
MOST_SECONDS = 3600
RESULT = re.compile(r"^ *(?P<name>\S+__mutmut_\d+): (?P<status>[a-z ]+)$", re.MULTILINE)
KILLED = {"killed", "timeout", "segfault", "suspicious"}
"""How a mutant ends that was noticed; a test that hangs or crashes has noticed it."""


@dataclass(frozen=True)
class Mutant:
    """A mutant of one function, named as mutmut does, and what became of it."""

    name: str
    status: str

    @property
    def module(self) -> str:
        """Return the module it is in, without the package."""
        return self.name.rpartition(".")[0].partition(".")[2]

    @property
    def lives(self) -> bool:
        """Return whether no test noticed it."""
        return self.status not in KILLED


def main() -> int:
    """Run and report; answers the exit code."""
    began = time.monotonic()
    lay_out()
    mutmut("run", "--max-children", str(PROCESSES))
    mutants = mutants_in(mutmut("results", "--all", "true"))
    with ThreadPoolExecutor(PROCESSES) as threads:
        living = [mutant for mutant in mutants if mutant.lives]
        changes = dict(zip(living, threads.map(change, living), strict=True))
    excused = {
        mutant for mutant, lines in changes.items() if (mutant.module, lines[-1]) in EQUIVALENT
    }
    for mutant in living:
        if mutant not in excused:
            print(f"\n{mutant.module}: {mutant.status}", *changes[mutant], sep="\n  ")
    well = report(mutants, excused)
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if well else 1


def mutmut(*arguments: str) -> str:
    """Run one of its commands in the workspace; its own words go with a failure."""
    command = [str(MUTMUT), *arguments]
    done = subprocess.run(
        command, cwd=WORKSPACE, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def mutants_in(results: str) -> list[Mutant]:
    """Read what `mutmut results` says."""
    return [Mutant(found["name"], found["status"]) for found in RESULT.finditer(results)]


def change(mutant: Mutant) -> tuple[str, ...]:
    """Return the lines that a mutant changes, before and after, without their indentation."""
    lines = mutmut("show", mutant.name).splitlines()
    changed = [line for line in lines if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    return tuple(f"{line[0]} {line[1:].strip()}" for line in changed) or ("",)


def report(mutants: Sequence[Mutant], excused: set[Mutant]) -> bool:
    """Print each module's score; return whether all are high enough."""
    total = Counter(mutant.module for mutant in mutants if mutant not in excused)
    killed = Counter(mutant.module for mutant in mutants if not mutant.lives)
    equal = Counter(mutant.module for mutant in excused)
    print(f"\n{'module':30}{'mutants':>8}{'killed':>8}{'equal':>8}{'score':>9}")
    for module, count in sorted(total.items()):
        score = f"{100 * killed[module] / count:.1f} %"
        print(f"{module:30}{count:8}{killed[module]:8}{equal[module]:8}{score:>9}")
    print(f"{'':30}{total.total():8}{killed.total():8}{equal.total():8}")
    return bool(total) and all(
        100 * killed[module] >= LOWEST_SCORE * count for module, count in total.items()
    )


if __name__ == "__main__":
    sys.exit(main())
