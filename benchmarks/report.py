"""The figures as one table, `results/README.md`, and as one picture."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks.results import RESULTS, Result, Run
from benchmarks.turns import PEERS_PYTHON
from local.places import ROOT

TABLE = RESULTS / "README.md"
PICTURE = RESULTS / "ratios.svg"
HEAD = """# Figures

`make bench` wrote this table. Our figures and those of a peer were measured alternately in the same
run, so ratios say more than milliseconds. Milliseconds are processor time, medians, with half the
interquartile range. Whatever is timed is also checked: codes are read, texts found, mails followed.

![Our figures as fractions of their goals](ratios.svg)

| What | Ours | Peer | Ratio | Goal | Met |
|---|---|---|---|---|---|
"""


def write(runs: Sequence[Run]) -> None:
    """Write the table and the picture of all rows."""
    rows = [line(result) for run in runs for result in run.results]
    notes = [f"- `make bench ROW={run.row}`: {run.at}, {run.machine}" for run in runs]
    versions = ", ".join(f"{name} {number}" for name, number in runs[-1].versions.items())
    table = HEAD + "\n".join([*rows, "", *notes, "", f"Versions: {versions}.", ""])
    TABLE.write_text(table)
    drawn = [
        asdict(result) | {"used": result.used}
        for run in runs
        for result in run.results
        if result.goal is not None
    ]
    subprocess.run(  # noqa: S603 - a fixed command
        [PEERS_PYTHON, "-m", "benchmarks.picture", PICTURE],
        input=json.dumps(drawn),
        text=True,
        cwd=ROOT,
        check=True,
    )


def line(result: Result) -> str:
    """Return a row of the table."""
    spread = "" if result.spread is None else f" (±{result.spread / 2:.0%})"
    cells = [result.what, f"{result.ours:,.4g} {result.unit}{spread}", "", "", "", ""]
    if result.theirs is not None:
        cells[2:4] = f"{result.peer}: {result.theirs:,.4g} {result.unit}", f"{result.judged:.2f}"
    if result.used is not None:
        sign, times = "≥" if result.higher_is_better else "≤", " x" if cells[3] else ""
        cells[4:] = f"{sign} {result.goal:g}{times}", "yes" if result.used <= 1 else "**no**"
    return f"| {' | '.join(cells)} |"
