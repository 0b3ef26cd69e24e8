"""The sales of an event for a spreadsheet: a line for each ticket type, day, sum and problem. Pure.

Days are in ISO 8601, and amounts have a decimal point.
"""

from collections.abc import Iterator
from typing import Final

from ticketing.money import Money
from ticketing.reports.sales import CurrencySales, Sales, Tally
from ticketing.spreadsheet import harmless, table

COLUMNS: Final = (
    "line", "type", "name", "day", "currency", "capacity", "held", "left", "sold", "free", "given",
    "cash", "void",    "money_in", "refunded", "charged_back", "kept", "cash_in", "remark",
)  # fmt: skip
Cells = dict[str, str]


def sheet(sales: Sales) -> bytes:
    return table(COLUMNS, _lines(sales))


def _lines(sales: Sales) -> Iterator[Cells]:
    for one in sales.currencies:
        yield from _of_currency(one)
    for text in sales.problems:
        yield {"line": "problem", "remark": harmless(text)}
    for row in sales.unreadable:
        yield {"line": "problem", "remark": harmless(f"cannot be read: {row}")}


def _of_currency(sales: CurrencySales) -> Iterator[Cells]:
    for one in sales.types:
        seats = {"capacity": one.capacity, "held": one.held, "left": one.left}
        yield {
            "line": "type",
            "type": harmless(one.sku),
            "name": harmless(one.name),
            **{name: f"{count}" for name, count in seats.items() if count is not None},
            **_tally(one.tally, sales.currency),
        }
    for day, tally in sales.days:
        yield {"line": "day", "day": f"{day}", **_tally(tally, sales.currency)}
    yield {"line": "sum", **_tally(sales.total, sales.currency)}
    if sales.bought_nothing:
        back = Money(sales.bought_nothing, sales.currency)
        remark = "went back of payments that bought no ticket; in no sum"
        yield {
            "line": "besides",
            "currency": sales.currency,
            "refunded": f"{back.amount}",
            "remark": remark,
        }


def _tally(tally: Tally, currency: str) -> Cells:
    return {
        "currency": currency,
        "sold": f"{tally.sold}",
        "free": f"{tally.free}",
        "given": f"{tally.given}",
        "cash": f"{tally.cash}",
        "void": f"{tally.void}",
        **{name: f"{money.amount}" for name, money in tally.amounts(currency).items()},
    }
