"""`reconcile`: compare a day's payments with SumUp's now, and show the differences."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.cli.commands import ATTENTION, FAILED, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import bad, progress, say
from ticketing.money import format_amount


def run(options: Namespace, stack: Stack) -> int:
    """Make the deployed function compare a day; a finding or an unread day needs a person."""
    if options.organiser:
        _refuse_unless_known(options.organiser, stack)
    asked = {
        "organiser": options.organiser,
        "day": options.date.isoformat() if options.date else None,
        "dry_run": options.dry_run,
    }
    with progress("Comparing"):
        report = stack.invoke("ReconcilePaymentsFunction", {"asked": asked})
    if options.json:
        print(in_json(report))
    else:
        say("\n".join(_lines(report)))
    if report["left"]:
        return FAILED
    return ATTENTION if report["found"] or report["unknown"] else OK


def _refuse_unless_known(organiser_id: str, stack: Stack) -> None:
    """Raise `UnknownOrganiser` here: in the function, it would be a failure and raise an alarm."""
    stack.bind("organisers_table")
    OrganiserTable().get(organiser_id)


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    for day in report["days"]:
        yield from _day(day)
    for organiser_id in report["left"]:
        yield f"{organiser_id}: there was no time to look at it"
    if not report["days"] and not report["left"]:
        yield "No organiser has connected SumUp."


def _day(day: Mapping[str, Any]) -> Iterator[str]:
    if day["state"] == "unknown":
        yield f"{day['day']}  {day['organiser']}: unknown. {day['problem']}"
        return
    many = f"{day['found']} to look at" if day["found"] else "both sides agree"
    yield f"{day['day']}  {day['organiser']}: {many}"
    for totals in day["totals"]:
        yield from _totals(totals)
    for found in day["findings"]:
        yield f"  {bad(_finding(found))}"
    if day["found"] > len(day["findings"]):
        yield f"  and {day['found'] - len(day['findings'])} more, see the report"
    for found in day["in_flight"]:
        yield f"  {_finding(found)}"
    for key in day["reports"]:
        yield f"  report: {key}"


def _totals(totals: Mapping[str, Any]) -> Iterator[str]:
    def shown(amount: str) -> str:
        return format_amount(Decimal(amount), totals["currency"])

    for side, name in (("theirs", "SumUp"), ("ours", "ours")):
        sums = totals[side]
        yield (
            f"  {name:<6} {counted(sums['payments'], 'payment')}, {shown(sums['gross'])}; "
            f"refunded {shown(sums['refunded'])}, charged back {shown(sums['charged_back'])}"
        )
    yield f"  fees of the day's payouts {shown(totals['fees'])}, net {shown(totals['net'])}"


def _finding(found: Mapping[str, Any]) -> str:
    amount = found["theirs"] or found["ours"]
    shown = format_amount(Decimal(amount["amount"]), amount["currency"])
    order = found["order"] or "no order"
    name = found["code"] or found["transaction"]
    text = f"{found['sentence']} ({found['remedy']})"
    return f"{found['kind']:<20}  {order:<12}  {shown}, {name}: {text}"
