"""A day as CSV for a spreadsheet: one line for each payment, finding, payout and sum. Pure.

Days and times are ISO 8601, amounts have decimal points.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from ticketing.reconciliation.day import Day
from ticketing.reconciliation.findings import Finding
from ticketing.reconciliation.payment_pair import Column, PaymentPair
from ticketing.reconciliation.statement import Payout
from ticketing.reconciliation.totals import Sums, Totals
from ticketing.spreadsheet import harmless, table

COLUMNS: Final = (
    "day", "organiser", "line", "kind", "order", "transaction", "code", "at", "currency",
    "ours", "theirs", "difference", "refunded", "charged_back", "fee", "remedy", "remark",
)  # fmt: skip
Cells = dict[str, str]


def sheet(day: Day) -> bytes:
    """Return the day as a CSV file."""
    each = {"day": f"{day.day}", "organiser": harmless(day.organiser_id)}
    return table(COLUMNS, ({**each, **line} for line in _lines(day)))


def _lines(day: Day) -> Iterator[Cells]:
    if day.result is None:
        return
    yield from (_payment(pair) for pair in day.result.pairs)
    yield from (_finding("finding", found) for found in day.result.findings)
    yield from (_finding("in flight", found) for found in day.result.in_flight)
    yield from (_payout(payout) for payout in day.result.payouts)
    for totals in day.result.totals:
        yield _sums("ours", totals, totals.ours)
        yield _sums("theirs", totals, totals.theirs)
        yield from _paid_out(totals)


def _payment(pair: PaymentPair) -> Cells:
    ours = pair.ours.amount if pair.ours else None
    theirs = pair.theirs.amount if pair.theirs else None
    known = theirs or ours
    back = pair.theirs.returned if pair.theirs else ()
    sums = {c: sum((r.amount for r in back if r.column is c), Decimal(0)) for c in Column}
    return {
        "line": "payment",
        "order": harmless(pair.order_number),
        "transaction": harmless(pair.transaction_id),
        "code": harmless(pair.code),
        "at": _time(pair.at),
        "currency": known.currency if known else "",
        "ours": f"{ours.amount}" if ours else "",
        "theirs": f"{theirs.amount}" if theirs else "",
        "refunded": f"{sums[Column.REFUNDED]}",
        "charged_back": f"{sums[Column.CHARGED_BACK]}",
    }


def _finding(line: str, found: Finding) -> Cells:
    known = found.theirs or found.ours
    is_difference = found.column is not None and _is_one_currency(found)
    ours = found.ours.amount if found.ours else Decimal(0)
    theirs = found.theirs.amount if found.theirs else Decimal(0)
    return {
        "line": line,
        "kind": found.kind.value,
        "order": harmless(found.order_number),
        "transaction": harmless(found.transaction_id),
        "code": harmless(found.code),
        "at": _time(found.at),
        "currency": known.currency if known else "",
        "ours": f"{ours}" if found.ours else "",
        "theirs": f"{theirs}" if found.theirs else "",
        "difference": f"{theirs - ours}" if is_difference else "",
        "remedy": found.remedy.value,
        "remark": harmless(found.sentence),
    }


def _is_one_currency(found: Finding) -> bool:
    return len({side.currency for side in (found.ours, found.theirs) if side}) == 1


def _payout(payout: Payout) -> Cells:
    return {
        "line": "payout",
        "kind": harmless(payout.kind.lower()),
        "transaction": harmless(payout.reference),
        "code": harmless(payout.code),
        "at": f"{payout.on}",
        "currency": harmless(payout.currency),
        "theirs": f"{payout.amount}",
        "fee": f"{payout.fee}",
        "remark": "" if payout.succeeded else "failed",
    }


def _sums(side: str, totals: Totals, sums: Sums) -> Cells:
    return {
        "line": "sum",
        "kind": side,
        "currency": totals.currency,
        side: f"{sums.gross}",
        "refunded": f"{sums.refunded}",
        "charged_back": f"{sums.charged_back}",
        "fee": f"{totals.fees}" if side == "theirs" else "",
        "remark": f"{sums.payments} payments",
    }


def _paid_out(totals: Totals) -> Iterator[Cells]:
    if totals.payouts:
        yield {
            "line": "sum",
            "kind": "paid out",
            "currency": totals.currency,
            "theirs": f"{totals.paid_out}",
            "fee": f"{totals.fees}",
            "remark": f"withheld {totals.withheld}",
        }


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
