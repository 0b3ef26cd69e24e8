"""`events cancel`: take an event off sale, void its tickets, tell its buyers, refund them."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from ticketing.adapters.aws.site_files import SiteFiles
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.cancel_event import cancel_event
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, moment
from ticketing.errors import TicketingError
from ticketing.events.event import RefundPolicy
from ticketing.flows.cancel_event import Cancelled
from ticketing.flows.cancel_order import Settled
from ticketing.flows.publish_pages import PublishPages
from ticketing.flows.refund_orders import Problem
from ticketing.money import format_amount
from ticketing.payments.manual_decision import checked_note

EVERY = 20
"""Progress is shown after so many orders."""


def run(options: Namespace, stack: Stack) -> int:
    """Cancel an event, or continue an earlier run; what needs a person is listed at the end."""
    note, services = checked_note(options.reason), stack.services()
    flow = cancel_event(services, dry_run=options.dry_run)
    report = flow(options.event_id, options.refund, note, _progress)
    show = _in_json if options.json else _text
    print(show(report, dry_run=options.dry_run))
    if not options.dry_run:
        _publish(stack, options.event_id)
    return OK if report.is_complete else ATTENTION


def _publish(stack: Stack, event_id: str) -> None:
    """Write the event's page anew, which search engines read; the shop itself asks the API."""
    services = stack.services()
    try:
        site = SiteFiles(stack.session.client("s3"), stack.output("SiteBucket"))
        publish = PublishPages(services.events, OrganiserTable(), site, services.brand)
        publish([event_id], datetime.now(UTC))
    except TicketingError as error:
        print(f"ticketing: its page is not written yet: {error}", file=sys.stderr)
        print("  then run `python -m ticketing events pages`", file=sys.stderr)


def _progress(what: str, done: int, of: int) -> None:
    if done % EVERY == 0 or done == of:
        print(f"  {what}: {done} of {of} ...", file=sys.stderr, flush=True)


def _text(report: Cancelled, *, dry_run: bool) -> str:
    event = report.event
    done = "Would cancel" if dry_run else "Cancelled"
    since = "" if dry_run else f", off sale since {moment(event.cancelled_at)} UTC"
    lines = [f"{done} event {event.event_id}, {event.name}{since}", f"Orders: {report.orders}"]
    lines += [f"  {settled}: {count}" for settled, count in _counts(report)]
    told = "would be told" if dry_run else "told now"
    lines.append(f"Buyers {told}: {report.told}; before: {report.told_before}")
    lines += [f"  no mail to the buyer of {n}: {why}" for n, why in report.untold.items()]
    lines += _money(report, dry_run=dry_run)
    problems = [*report.problems, *report.back.problems]
    if problems:
        lines.append("Not done, and what helps:")
    for problem in problems:
        owed = f", {problem.owed}" if problem.owed else ""
        lines += [f"  {problem.order_number}{owed}: {problem.why}", f"    {problem.command}"]
    lines += [f"  cannot be read: {row}" for row in report.unreadable]
    if report.back.left:
        text = f"SumUp gave nothing back so often that {len(report.back.left)} orders are left."
        lines += [text, "Find out why with `python -m ticketing doctor`, then cancel it again."]
    return "\n".join(lines)


def _counts(report: Cancelled) -> Iterator[tuple[str, int]]:
    for settled in Settled:
        if settled in report.settled:
            yield settled.value, report.settled[settled]


def _money(report: Cancelled, *, dry_run: bool) -> Iterator[str]:
    if report.policy is RefundPolicy.NONE:
        yield f"Stays with the organiser: {_sums(report.kept)}"
        return
    back = report.back
    done = "Would refund" if dry_run else "Refunded"
    yield f"{done}: {back.refunds} payments, {_sums(back.amounts)}"
    if back.refunds_before:
        yield f"  before: {back.refunds_before} payments, {_sums(back.amounts_before)}"


def _sums(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(format_amount(a, c) for c, a in sorted(amounts.items())) or "nothing"


def _in_json(report: Cancelled, *, dry_run: bool) -> str:
    event, back = report.event, report.back
    return in_json(
        {
            "event_id": event.event_id,
            "cancelled_at": event.cancelled_at.isoformat() if event.cancelled_at else None,
            "refund": report.policy.value,
            "orders": report.orders,
            "settled": {settled.name.lower(): count for settled, count in report.settled.items()},
            "told": report.told,
            "told_before": report.told_before,
            "untold": report.untold,
            "refunds": back.refunds,
            "refunded": _decimals(back.amounts),
            "refunds_before": back.refunds_before,
            "refunded_before": _decimals(back.amounts_before),
            "kept": _decimals(report.kept),
            "problems": [_facts(one) for one in (*report.problems, *back.problems)],
            "unreadable": list(report.unreadable),
            "left": [order.order_number for order in back.left],
            "complete": report.is_complete,
            "written": not dry_run,
        }
    )


def _decimals(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: str(amount) for currency, amount in amounts.items()}


def _facts(problem: Problem) -> dict[str, object]:
    owed = problem.owed
    return {
        "order_number": problem.order_number,
        "owed": f"{owed.amount} {owed.currency}" if owed else None,
        "why": problem.why,
        "command": problem.command,
    }
