"""Contestants take turns, each in its own process, so that a slow minute affects them all.

A contestant reads a number of calls from its input, makes them, and answers how long they took.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.places import ROOT
from local.processes import port_open

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SAMPLE = "sample"
START_SECONDS = 30.0


@dataclass
class Contestant:
    """A program that `benchmarks.peers.contest` serves, and its times so far."""

    name: str
    process: "subprocess.Popen[str]"
    cpu: list[float] = field(default_factory=list)
    """Milliseconds of processor time per call, one figure for each round."""
    wall: list[float] = field(default_factory=list)
    """The same on the clock."""

    def work(self, calls: int) -> None:
        """Make some calls; the figures of the round are kept."""
        took = self._ask(str(calls))
        self.cpu.append(took["cpu"])
        self.wall.append(took["wall"])

    def forget(self) -> None:
        """Forget the figures so far, such as those of the warm-up."""
        self.cpu.clear()
        self.wall.clear()

    def sample(self) -> bytes:
        """Return what one call makes."""
        return bytes.fromhex(self._ask(SAMPLE)["made"])

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)

    @property
    def spread(self) -> float:
        """Return the interquartile range, as a fraction of the median."""
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


def in_turn(racing: Sequence[Contestant], rounds: int, calls: int, warm_up: int = 2) -> None:
    """Let each contestant make `warm_up` calls, then its calls round by round."""
    for contestant in racing:
        contestant.work(warm_up)
        contestant.forget()
    for _ in range(rounds):
        for contestant in racing:
            contestant.work(calls)


@contextmanager
def background(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server during the block; it listens on the port by the time the block begins."""
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - fixed commands
    try:
        deadline = time.monotonic() + START_SECONDS
        while not port_open(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{' '.join(command)} did not start")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)
