"""What an order, an idle month and a night of sales cost; `results/cost.md` names each line."""

from collections.abc import Mapping, Sequence

from benchmarks import bill, cost_page
from benchmarks.idle import QUEUES_AND_SCHEDULE, idle
from benchmarks.prices import Line, assumed, beyond_free, date, region, total
from benchmarks.results import RESULTS, Result
from benchmarks.wire import Counted, count

TABLE = RESULTS / "cost.md"
THOUSAND = 1000
NIGHT = assumed("night")["orders"]


def measure() -> Sequence[Result]:
    """Count the requests, and write what they and the template cost."""
    counted = count()
    TABLE.write_text(described(counted))
    cost_page.write(counted)
    quiet = idle(counted)
    own = [line for line in quiet if line.what in QUEUES_AND_SCHEDULE]
    mailed = THOUSAND * total(bill.per_order(counted))
    return [
        Result("1,000 orders from paid to mailed", mailed, "$", 0.12),
        Result("1,000 orders placed", THOUSAND * total(bill.placing(counted)), "$"),
        Result("A million polls by an order's page", 1e6 * total(bill.polling(counted)), "$"),
        Result("An idle month: schedule and queues", total(own), "$", 0.60),
        Result("An idle month by the list", total(quiet), "$", 4),
        Result("An idle month of an account of its own", beyond_free(quiet), "$", 4),
        Result("A night of 10,000 orders", total(bill.sold(counted, NIGHT)), "$"),
    ]  # fmt: skip


def described(counted: Counted) -> str:
    """Return every line of each bill, as Markdown."""
    return "\n".join(
        [
            "# Costs",
            "",
            f"`make bench ROW=cost` wrote this. US dollars before tax, list prices of {region()}",
            f"of {date()} (`benchmarks/prices.toml`). The last column leaves out what an",
            "account with nothing else gets free.",
            "",
            *_section("An idle month", idle(counted)),
            *_section("An idle month with the dashboard", idle(counted, EVERYTHING)),
            *_section("An idle month with the web ACL", idle(counted, WITH_WEB_ACL)),
            *_section("1,000 orders, from paid to mailed", bill.per_order(counted), THOUSAND),
            *_section("1,000 orders placed", bill.placing(counted), THOUSAND),
            *_section("1,000 polls by an order's page", bill.polling(counted), THOUSAND),
            *_section("A night of 10,000 orders, beyond the month", bill.sold(counted, NIGHT)),
        ]
    )  # fmt: skip


EVERYTHING: Mapping[str, str] = {"Watch": "everything"}
WITH_WEB_ACL: Mapping[str, str] = {"WebAclArn": "an ARN"}


def _section(title: str, lines: Sequence[Line], times: int = 1) -> list[str]:
    many = [Line(line.what, line.quantity * times, line.price) for line in lines]
    rows = [
        f"| {line.what} | {cost_page.amount(line.quantity)} {line.price} "
        f"| {line.dollars:.4f} | {line.beyond_free:.4f} |"
        for line in many
    ]
    own = beyond_free(many)
    summed = f"| **together** | - | **{total(many):.4f}** | **{own:.4f}** |"
    head = "| what | how much | by the list | beyond what is free |"
    return [f"## {title}", "", head, "|---|---|---|---|", *rows, summed, ""]
