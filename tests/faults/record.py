"""What the fault tests saw: kept as files while they run, drawn as one page when they are done.

`python -m tests.faults.record` writes `build/faults.html` and prints the figures; with `soak` it
prints what the shards of a soak add up to.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from jinja2 import Environment, StrictUndefined

from tests.faults.plan import Fault
from tests.faults.recovery import Outcome

BUILD = Path(__file__).parents[2] / "build"
KEPT = BUILD / "faults"
SOAKED = BUILD / "soak"
PAGE = BUILD / "faults.html"
MATRIX = Path(__file__).with_name("matrix.html")
Calls = dict[str, dict[str, dict[str, dict[str, Any]]]]


def keep(kind: str, *names: str, outcomes: Sequence[Outcome]) -> None:
    """Write down outcomes; each test has a file of its own, so tests may run side by side."""
    KEPT.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", "-".join((kind, *names)))
    rows = [
        {
            "kind": kind,
            "story": outcome.story,
            "fired": [
                {"number": at.number, "call": f"{at.function}: {at.call}", "fault": fault.value}
                for at, fault in outcome.fired.items()
            ],
            "redeliveries": outcome.redeliveries,
            "surplus_mails": outcome.surplus_mails,
            "problems": outcome.problems,
        }
        for outcome in outcomes
    ]
    (KEPT / f"{name}.json").write_text(json.dumps(rows))


def kept() -> list[dict[str, Any]]:
    """Return everything that was written down."""
    return [row for file in sorted(KEPT.glob("*.json")) for row in json.loads(file.read_text())]


@dataclass(frozen=True)
class Figures:
    """How many tellings there were and what came of them."""

    kind: str
    tellings: int
    recovered: int
    most_redeliveries: int
    with_two_mails: int
    most_surplus_mails: int

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.tellings} tellings, {self.recovered} recovered, at most "
            f"{self.most_redeliveries} redeliveries; {self.with_two_mails} sent a mail again "
            f"(at most {self.most_surplus_mails} more), all with a fault in the send window"
        )


def figures(rows: Iterable[dict[str, Any]]) -> list[Figures]:
    """Count what was seen, by kind of trouble."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row)
    return [
        Figures(
            kind=kind,
            tellings=len(seen),
            recovered=sum(not row["problems"] for row in seen),
            most_redeliveries=max(row["redeliveries"] for row in seen),
            with_two_mails=sum(row["surplus_mails"] > 0 for row in seen),
            most_surplus_mails=max(row["surplus_mails"] for row in seen),
        )
        for kind, seen in sorted(kinds.items())
    ]


def page(rows: Sequence[dict[str, Any]]) -> str:
    """Return the matrix: a row for each call of each story, a column for each fault."""
    stories: Calls = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["kind"] == "single":
            (hit,) = row["fired"]
            call = f"{hit['number']:03d} {hit['call']}"
            stories[row["story"]][call][hit["fault"]] = row
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(MATRIX.read_text())
    return page.render(figures=figures(rows), stories=stories, faults=list(Fault))


def soaked() -> dict[str, Any]:
    """Return what the shops of a soak add up to, figure by figure."""
    shops = [json.loads(file.read_text()) for file in sorted(SOAKED.glob("*.json"))]
    if not shops:
        sys.exit("nothing was written down: run the tests first (make soak)")
    names = shops[0].keys() - {"statuses", "began", "ended", "waits_told", "waits_untold"}
    total: dict[str, Any] = {}
    for name in sorted(names):
        values = [shop[name] for shop in shops]
        total[name] = sum(values, type(values[0])())
    statuses = sum((Counter(shop["statuses"]) for shop in shops), Counter[str]())
    seconds = max(shop["ended"] for shop in shops) - min(shop["began"] for shop in shops)
    waits = {
        f"seconds from payment to mail, {how}": percentiles(
            [wait for shop in shops for wait in shop[name]]
        )
        for how, name in (("notified", "waits_told"), ("not notified", "waits_untold"))
    }
    return total | {"statuses": dict(statuses)} | waits | {"seconds it took": round(seconds)}


def percentiles(waits: Sequence[float]) -> str:
    """Return the middle, what all but a twentieth and all but a hundredth stay below, the most."""
    at = quantiles(waits, n=100)
    return f"half {at[49]:.0f}, p95 {at[94]:.0f}, p99 {at[98]:.0f}, most {max(waits):.0f}"


def main() -> None:
    """Draw the page and print the figures; fail where anything did not recover."""
    if sys.argv[1:] == ["soak"]:
        for name, value in soaked().items():
            print(f"{name.replace('_', ' '):20} {value}")  # noqa: T201  # for the person at the terminal
        return
    rows = kept()
    if not rows:
        sys.exit("nothing was written down: run the tests first (make faults)")
    PAGE.write_text(page(rows))
    for line in figures(rows):
        print(line)  # noqa: T201  # for the person at the terminal
    print(f"drawn: {PAGE}")  # noqa: T201  # for the person at the terminal
    if any(row["problems"] for row in rows):
        sys.exit("not everything recovered")


if __name__ == "__main__":
    main()
