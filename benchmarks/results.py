"""The results of a row, which are kept between runs in `results/<row>.json`."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
SHOWN_VERSIONS = ("fpdf2", "qrcode", "uharfbuzz", "boto3", "pynamodb", "aws-lambda-powertools")


@dataclass(frozen=True)
class Result:
    """One figure of ours beside that of a peer, if there is one in the same run.

    `goal` is the most (or, with `higher_is_better`, the least) that the ratio may be, or our figure
    where there is no peer. A figure without a goal explains another one.
    """

    what: str
    ours: float
    unit: str
    goal: float | None = None
    peer: str = ""
    theirs: float | None = None
    spread: float | None = None
    higher_is_better: bool = False

    @property
    def judged(self) -> float:
        """Return what is compared with the goal: the ratio, or our figure if there is no peer."""
        return self.ours if self.theirs is None else self.ours / self.theirs

    @property
    def used(self) -> float | None:
        """Return the fraction of the goal that is used: up to 1, the goal is met."""
        if self.goal is None:
            return None
        return self.goal / self.judged if self.higher_is_better else self.judged / self.goal


@dataclass(frozen=True)
class Run:
    """The results of a row, and when and on what machine they were measured."""

    row: str
    at: str
    machine: str
    versions: dict[str, str]
    results: tuple[Result, ...]


def keep(row: str, results: Sequence[Result]) -> Run:
    """Write the results of a row over those of its last run."""
    now = datetime.now(UTC).isoformat(timespec="minutes")
    versions = {name: version(name) for name in SHOWN_VERSIONS}
    run = Run(row, now, machine(), versions, tuple(results))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{row}.json").write_text(json.dumps(asdict(run), indent=1) + "\n")
    return run


def kept() -> list[Run]:
    """Return the latest run of every row."""
    return [
        Run(**{**written, "results": tuple(Result(**result) for result in written["results"])})
        for path in sorted(RESULTS.glob("*.json"))
        for written in [json.loads(path.read_text())]
    ]


def machine() -> str:
    """Name the processor, how many of it there are, and the Python."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} x {names[0] if names else 'CPU'}, Python {platform.python_version()}"
