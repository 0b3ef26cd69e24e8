"""The door report for a spreadsheet: a line for each row of its tables, sum and problem. Pure.

Times are ISO 8601 in UTC; those of scans are corrected.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.reports.door import DoorReport
from ticketing.reports.door_facts import Cell
from ticketing.spreadsheet import harmless, table

SUMS = ("people", "with_place", "expected", "absent")


def sheet(report: DoorReport) -> bytes:
    tables = (*report.figures, *report.findings)
    named = dict.fromkeys(column for one in tables for column in one.columns)
    columns = ("line", *named, *(one for one in SUMS if one not in named), "remark")
    return table(columns, _lines(report))


def _lines(report: DoorReport) -> Iterator[dict[str, str]]:
    for one in (*report.figures, *report.findings):
        for row in one.rows:
            cells = zip(one.columns, map(_text, row), strict=True)
            yield {"line": one.name, **dict(cells)}
    yield {"line": "sum", **{name: f"{getattr(report, name)}" for name in SUMS}}
    for text in report.problems:
        yield {"line": "problem", "remark": harmless(text)}
    for row_name in report.unreadable:
        yield {"line": "problem", "remark": harmless(f"cannot be read: {row_name}")}


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    return f"{cell}" if isinstance(cell, int) else harmless(cell)
