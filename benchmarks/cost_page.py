"""The figures of the model in `docs/deploying.md` and `README.md`, each between two comments."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import bill
from benchmarks.idle import idle
from benchmarks.prices import HOURS, Line, assumed, beyond_free, prices, summed, total
from benchmarks.wire import Counted
from local.places import ROOT

BEGIN, END = "<!-- make bench ROW=cost writes this -->\n", "<!-- as far as here -->"
DEPLOYING, README = ROOT / "docs" / "deploying.md", ROOT / "README.md"
THOUSAND = 1000


def write(counted: Counted) -> None:
    """Write the figures into the pages."""
    for page, figures in pages(counted).items():
        page.write_text(_between(page.read_text(), figures))


def pages(counted: Counted) -> dict[Path, str]:
    """Return what belongs between the comments of each page."""
    return {DEPLOYING: _table(counted), README: _sentence(counted)}


def shown(page: Path) -> str:
    """Return what is between the comments now."""
    return page.read_text().split(BEGIN)[1].split(END)[0]


def _between(text: str, figures: str) -> str:
    before, rest = text.split(BEGIN)
    return before + BEGIN + figures + END + rest.split(END)[1]


def _table(counted: Counted) -> str:
    quiet = idle(counted)
    busy = summed([*quiet, *bill.sold(counted, THOUSAND), _busy_metrics(counted)])
    whats = dict.fromkeys(line.what for line in busy)
    rows = [
        f"| {what} | {_amount(of_quiet or of_busy)} | {total(of_quiet):.2f} "
        f"| {beyond_free(of_quiet):.2f} | {beyond_free(of_busy):.2f} |"
        for what in whats
        for of_quiet, of_busy in [(_only(quiet, what), _only(busy, what))]
    ]
    head = (
        "| what | how much there is | an idle month by the list | beyond what is free "
        "| with 1,000 orders |\n|---|---|---|---|---|\n"
    )
    last = (
        f"| **together** | with the default parameters | **{total(quiet):.2f}** "
        f"| **{beyond_free(quiet):.2f}** | **{beyond_free(busy):.2f}** |\n"
    )
    return head + "\n".join(rows) + "\n" + last


def _sentence(counted: Counted) -> str:
    quiet, orders = idle(counted), bill.per_order(counted)
    return (
        f"On AWS, a month without orders costs about {beyond_free(quiet):.2f} dollars in an account"
        f" of its own ({total(quiet):.2f} by the list),\nand a thousand orders from paid to mailed "
        f"{THOUSAND * total(orders):.2f}: [docs/deploying.md](docs/deploying.md#what-it-costs).\n"
    )


def _busy_metrics(counted: Counted) -> Line:
    """Return the metrics that have data only while there are orders."""
    parts = counted.placed, counted.looked_at, counted.paid_to_mailed
    names = frozenset[str]().union(*(part.metrics for part in parts)) - counted.idle_scan.metrics
    return Line("custom metrics", len(names) * assumed()["busy_hours"] / HOURS, "metrics")


def _only(lines: Sequence[Line], what: str) -> list[Line]:
    return [line for line in lines if line.what == what]


def _amount(lines: Sequence[Line]) -> str:
    """Return how much there is, each with its price."""
    return "; ".join(
        f"{amount(line.quantity)} {line.price.replace('-', ' ')} at {_price(line.price)}"
        for line in lines
    )


def amount(quantity: float) -> str:
    """Return a quantity for people."""
    return f"{quantity:,.0f}" if quantity >= THOUSAND else f"{quantity:.3g}"


def _price(name: str) -> str:
    asked = prices()[name]
    per = asked.get("per", 1)
    return f"{asked['dollars']:.10g}" + (f" for {per:,}" if per > 1 else "")
