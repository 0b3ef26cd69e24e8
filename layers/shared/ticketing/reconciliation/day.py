"""The result of an organiser's day: as lines of text and as JSON. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ticketing.money import Money
from ticketing.reconciliation.compare import Reconciliation
from ticketing.reconciliation.findings import Finding
from ticketing.reconciliation.payment_pair import Column
from ticketing.reconciliation.totals import Totals

MOST_LISTED = 1000
"""The most findings in an answer; the reports have all of them."""


@dataclass(frozen=True)
class Day:
    """The result of a day of an organiser, when it was made, and where its reports are.

    `result` is None if SumUp could not be read, and `problem` says why. `payouts_told`: SumUp
    showed the payouts of the day.
    """

    organiser_id: str
    name: str
    day: date
    made_at: datetime
    result: Reconciliation | None = None
    payouts_told: bool = True
    problem: str = ""
    reports: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.result.findings if self.result else ()

    @property
    def state(self) -> str:
        """`unknown`, `findings` or `clean`."""
        if self.result is None:
            return "unknown"
        return "findings" if self.findings else "clean"

    @property
    def as_json(self) -> dict[str, Any]:
        """The function's answer, with amounts as text."""
        flying = self.result.in_flight if self.result else ()
        return {
            "organiser": self.organiser_id,
            "day": f"{self.day}",
            "state": self.state,
            "problem": self.problem,
            "totals": [_totals(one) for one in self.result.totals] if self.result else [],
            "found": len(self.findings),
            "findings": [_finding(one) for one in self.findings[:MOST_LISTED]],
            "in_flight": [_finding(one) for one in flying[:MOST_LISTED]],
            "payouts_told": self.payouts_told,
            "reports": list(self.reports),
        }


def difference(totals: Totals, column: Column) -> Decimal:
    """Return SumUp's sum in a column minus ours."""
    name = column.value
    return Decimal(getattr(totals.theirs, name)) - Decimal(getattr(totals.ours, name))


def as_text(day: Day) -> Iterator[str]:
    """Yield the lines of a mail about the day: its sums, or why there are none."""
    if day.result is None:
        yield f"{day.day}  {day.name} ({day.organiser_id}): unknown. {day.problem}"
        return
    many = f"{len(day.findings)} to look at" if day.findings else "all is well"
    yield f"{day.day}  {day.name} ({day.organiser_id}): {many}"
    for totals in day.result.totals:
        yield from _sums(totals, payouts_shown=day.payouts_told)
    if not day.result.totals:
        yield "  no payments"
    if day.result.in_flight:
        yield f"  on their way, not counted as findings: {len(day.result.in_flight)}"
    yield from (f"  report: {key}" for key in day.reports)


def finding_as_text(day: Day, finding: Finding) -> str:
    order = finding.order_number or "no order"
    amount = finding.theirs or finding.ours
    return (
        f"{day.day}  {day.organiser_id}  {finding.kind}: {order}, {amount}, "
        f"transaction {finding.code or finding.transaction_id}. {finding.sentence} "
        f"({finding.remedy})"
    )


def _sums(totals: Totals, *, payouts_shown: bool) -> Iterator[str]:
    def shown(amount: Decimal) -> str:
        return f"{Money(amount, totals.currency)}"

    ours, theirs = totals.ours, totals.theirs
    yield (
        f"  {totals.currency}: SumUp {theirs.payments} payments, {shown(theirs.gross)}; "
        f"we {ours.payments}, {shown(ours.gross)}"
    )
    yield f"    refunded {shown(theirs.refunded)}, charged back {shown(theirs.charged_back)}"
    fees = (
        f"fees of its payouts {shown(totals.fees)}"
        if payouts_shown
        else "payouts are not shown to us"
    )
    yield f"    {fees}, net {shown(totals.net)}"


def _totals(totals: Totals) -> dict[str, Any]:
    def side(name: str) -> dict[str, Any]:
        sums = getattr(totals, name)
        return {"payments": sums.payments} | {c.value: f"{getattr(sums, c.value)}" for c in Column}

    return {
        "currency": totals.currency,
        "ours": side("ours"),
        "theirs": side("theirs"),
        "paid_out": f"{totals.paid_out}",
        "withheld": f"{totals.withheld}",
        "fees": f"{totals.fees}",
        "net": f"{totals.net}",
    }


def _finding(finding: Finding) -> dict[str, Any]:
    def money(amount: Money | None) -> dict[str, str] | None:
        return {"amount": f"{amount.amount}", "currency": amount.currency} if amount else None

    return {
        "kind": finding.kind.value,
        "order": finding.order_number,
        "transaction": finding.transaction_id,
        "code": finding.code,
        "at": finding.at.isoformat() if finding.at else None,
        "ours": money(finding.ours),
        "theirs": money(finding.theirs),
        "remedy": finding.remedy.value,
        "sentence": finding.sentence,
    }
