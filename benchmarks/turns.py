"""Contestants that work in turn, each in a process of its own: a slow minute is everyone's.

A contestant reads a number of calls from its input, makes them, and answers how long they took.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.places import ROOT

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SAMPLE = "sample"


@dataclass
class Contestant:
    """A program that `benchmarks.peers.contest` serves, and what it took so far."""

    name: str
    process: "subprocess.Popen[str]"
    cpu: list[float] = field(default_factory=list)
    """Milliseconds of processor time a call, one figure a round."""

    def work(self, calls: int) -> None:
        """Make some calls; the figure of the round is kept."""
        self.cpu.append(self._ask(str(calls))["cpu"])

    def sample(self) -> bytes:
        """Return what one call makes."""
        return bytes.fromhex(self._ask(SAMPLE)["made"])

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)

    @property
    def spread(self) -> float:
        """Return the distance between the quartiles, as a part of the median."""
        low, _, high = statistics.quantiles(self.cpu, n=4)
        return (high - low) / self.median

    def _ask(self, wish: str) -> Any:  # noqa: ANN401 - JSON
        asked, answered = self.process.stdin, self.process.stdout
        if asked is None or answered is None:
            raise RuntimeError(self.name)
        print(wish, file=asked, flush=True)
        line = answered.readline()
        if not line:
            sys.exit(f"{self.name} stopped: {self.process.wait()}")
        return json.loads(line)


@contextmanager
def contestants(modules: dict[str, Sequence[str]]) -> Iterator[list[Contestant]]:
    """Start a process for each command; end them all afterwards."""
    started = [
        Contestant(
            name,
            subprocess.Popen(  # noqa: S603 - fixed commands
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ),
        )
        for name, command in modules.items()
    ]
    try:
        yield started
    finally:
        for contestant in started:
            contestant.process.terminate()
            contestant.process.wait(10)


def ours(module: str, *arguments: str) -> list[str]:
    """Return the command for a contestant in the project's own environment."""
    return [sys.executable, "-m", module, *arguments]


def peer(module: str, *arguments: str) -> list[str]:
    """Return the command for a contestant that only the benchmarks install."""
    return [str(PEERS_PYTHON), "-m", module, *arguments]


def in_turn(racing: Sequence[Contestant], rounds: int, calls: int) -> None:
    """Let each contestant warm up, then make its calls round by round."""
    for contestant in racing:
        contestant.work(2)
        contestant.cpu.clear()
    for _ in range(rounds):
        for contestant in racing:
            contestant.work(calls)
