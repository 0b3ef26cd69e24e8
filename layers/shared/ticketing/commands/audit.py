"""`audit`: the nightly audit now, with what it found as a table."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ticketing.commands import ATTENTION, OK
from ticketing.commands.stack import Stack


def run(_: Namespace, stack: Stack) -> int:
    """Audit the stack; every broken rule needs a person."""
    print("Auditing, this may take up to 15 minutes...", flush=True)
    report = stack.invoke("AuditOrdersFunction", {})
    for found in report["found"]:
        print(_line(found))
    for row in report["put_back"]:
        print(f"put back into its schedule: {row}")
    print(_totals(report))
    return ATTENTION if report["broken"] else OK


def _line(found: Mapping[str, Any]) -> str:
    order = found["order_number"] or "-"
    return f"{found['rule']:<24}  {order:<14}  {found['sentence']} ({', '.join(found['rows'])})"


def _totals(report: Mapping[str, Any]) -> str:
    broken = sum(report["broken"].values())
    lines = [f"\nRead: {', '.join(f'{rows} {name}' for name, rows in report['read'].items())}"]
    if not report["seats_judged"]:
        lines.append("Seats were not judged: there was no time.")
    if report["kept_moving"]:
        lines.append(f"Left to the next audit, they kept moving: {report['kept_moving']} orders")
    if report["came_to"]:
        lines.append(f"Time was up at the {report['came_to']}; the next audit goes on there.")
    lines.append(f"Broken rules: {broken}")
    return "\n".join(lines)
