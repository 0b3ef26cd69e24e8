"""The figures of all nights: a table and a picture for each crowd."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import fields
from statistics import median

from benchmarks.night import calibration
from benchmarks.night.assumed import Assumed
from benchmarks.night.deployed import Deployed
from benchmarks.night.scenarios import HORIZON, STEP, Outcome, Scenario
from benchmarks.results import RESULTS
from benchmarks.turns import PEERS_PYTHON
from local.places import ROOT

TABLE = RESULTS / "night.md"
HEAD = f"""# A simulated night of sales

`make bench ROW=night` wrote this page: a simulation, not a measurement. What nobody has measured is
assumed, and listed below the tables. [docs/design/performance.md](../../docs/design/performance.md)
says what follows from it.

Each figure is the median over all seeds, with the minimum and maximum in brackets where they differ
by more than a tenth. p50/p95 are seconds. **Order** and **pay** are the waits for
an order and for SumUp's page, **told** the wait for the words "sold out"; each begins when the form
would be sent if nobody else were there. **Held** is when the last seat was first taken. **Ticket**
and **mail** are the times after the payment, until the tickets are on the order's page and in the
mail. Each night ends after {HORIZON / 60:.0f} minutes.
"""
COLUMNS = (
    "Night", "SumUp/s", "Seeds", "Order", "Pay", "Told", "Held", "Sold", "Gave up", "No pay page",
    "429 each", "503 each", "Ticket", "Mail", "Conflicts",
)  # fmt: skip
Nights = Sequence[tuple[Scenario, Sequence[Outcome]]]


def write(crowds: Mapping[int, Nights]) -> None:
    """Write the page and the pictures."""
    parts = [HEAD]
    for people, nights in crowds.items():
        picture = RESULTS / f"night-{people}.png"
        parts += [
            f"## {people:,} people, {Assumed().seats:,} seats\n",
            f"![Seats taken and sold over time](night-{people}.png)\n",
            _row(COLUMNS),
            _row(["---"] * len(COLUMNS)),
            *(_row(_cells(scenario, outcomes)) for scenario, outcomes in nights),
            "",
        ]
        _draw(picture, nights)
    parts += ["## Compared with what is known\n", *calibration.lines(), ""]
    parts += ["## Settings of the template\n", *_listed(Deployed.read()), ""]
    parts += ["## Assumed\n", *_listed(Assumed()), ""]
    TABLE.write_text("\n".join(parts))


def _cells(scenario: Scenario, outcomes: Sequence[Outcome]) -> list[str]:
    def pair(name: str) -> str:
        return f"{_figure(outcomes, f'{name}_p50')} / {_figure(outcomes, f'{name}_p95')}"

    return [
        scenario.name,
        f"{scenario.assumed['sumup_rate']}",
        f"{len(outcomes)}",
        pair("order"),
        pair("pay"),
        pair("told"),
        _figure(outcomes, "all_held"),
        _figure(outcomes, "sold_seats"),
        _figure(outcomes, "gave_up"),
        _figure(outcomes, "without_checkout"),
        _figure(outcomes, "throttled", 1),
        _figure(outcomes, "not_served", 2),
        pair("ticket"),
        pair("mail"),
        f"{100 * median(one.conflicts for one in outcomes):.0f} %",
    ]


def _figure(outcomes: Sequence[Outcome], name: str, digits: int = 0) -> str:
    """Return the median over the seeds, and the range if it is wide; `never` if half have none."""
    found = [value for one in outcomes if (value := getattr(one, name)) is not None]
    if 2 * len(found) <= len(outcomes):
        return "never"
    middle, low, high = median(found), min(found), max(found)
    text = f"{middle:,.{digits}f}"
    is_wide = high - low > max(0.1 * middle, 2 * 10**-digits)
    return f"{text} ({low:,.{digits}f} to {high:,.{digits}f})" if is_wide else text


def _listed(values: Deployed | Assumed) -> list[str]:
    return [f"- `{field.name}`: {getattr(values, field.name)}" for field in fields(values)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _draw(picture: object, nights: Nights) -> None:
    drawn = [
        {
            "name": f"{scenario.name}, SumUp {scenario.assumed['sumup_rate']}/s",
            "held": outcomes[0].held,
            "sold": outcomes[0].sold,
        }
        for scenario, outcomes in nights
        if scenario.drawn
    ]
    data = {"step": STEP, "seats": Assumed().seats, "nights": drawn}
    subprocess.run(  # noqa: S603 - a fixed command
        [PEERS_PYTHON, "-m", "benchmarks.night.picture", str(picture)],
        input=json.dumps(data),
        text=True,
        cwd=ROOT,
        check=True,
    )
