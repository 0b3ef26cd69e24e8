"""`audit` runs the nightly audit now; `audit verify` checks only the hashes of audit trails."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import bad, progress, say
from ticketing.flows.verify_trails import Verified, VerifyTrails


def run(_: Namespace, stack: Stack) -> int:
    """Audit the stack; a broken rule needs a person."""
    print("Auditing, this may take up to 15 minutes...", flush=True)
    with progress("Auditing"):
        report = stack.invoke("AuditOrdersFunction", {})
    for found in report["found"]:
        say(bad(_line(found)))
    for row in report["put_back"]:
        print(f"put back into its schedule: {row}")
    more = report["rows_put_back"] - len(report["put_back"])
    if more:
        print(f"put back into their schedules: {counted(more, 'more row')}")
    print(_totals(report))
    return ATTENTION if report["broken"] else OK


def verify(options: Namespace, stack: Stack) -> int:
    """Recompute every hash of one trail, or of all; a broken one needs a person."""
    flow, now = VerifyTrails(stack.services().audit_reader), datetime.now(UTC)
    with progress("Reading") as show:
        done = (
            flow.all(now, lambda so_far: show(_read(so_far)))
            if options.all
            else flow.one(options.order_number, now)
        )
    if options.json:
        found = [asdict(breach) | {"rule": breach.rule.value} for breach in done.found]
        print(in_json({"orders": done.orders, "entries": done.entries, "found": found}))
    else:
        for breach in done.found:
            say(bad(_line(asdict(breach) | {"rule": breach.rule.value})))
        verdict = f"{len(done.found)} broken" if done.found else "every hash is right and linked"
        print(f"{_read(done)}: {verdict}")
    return ATTENTION if done.found else OK


def _read(so_far: Verified) -> str:
    orders = counted(so_far.orders, "order")
    return f"{orders}, {counted(so_far.entries, 'audit entry', 'audit entries')}"


def _line(found: Mapping[str, Any]) -> str:
    order = found["order_number"] or "-"
    return f"{found['rule']:<24}  {order:<14}  {found['sentence']} ({', '.join(found['rows'])})"


def _totals(report: Mapping[str, Any]) -> str:
    broken = sum(report["broken"].values())
    lines = [f"\nRead: {', '.join(f'{rows} {name}' for name, rows in report['read'].items())}"]
    if not report["seats_judged"]:
        lines.append("There was no time to check the seats.")
    if report["kept_moving"]:
        lines.append(
            "Left to the next audit, because they kept changing: "
            f"{counted(report['kept_moving'], 'order')}"
        )
    if report["came_to"]:
        lines.append(f"Time was up at the {report['came_to']}; the next audit goes on there.")
    lines.append(f"Broken rules: {broken}")
    return "\n".join(lines)
