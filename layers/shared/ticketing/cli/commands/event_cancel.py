"""`events cancel`: take an event off sale, void its tickets, tell its buyers, refund them."""

from argparse import Namespace
from collections.abc import Iterator

from ticketing.bootstrap.cancel_event import cancel_event
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.event_page import publish
from ticketing.cli.commands.given_back import (
    decimals,
    facts,
    left_lines,
    money_lines,
    problem_lines,
    refunds_so_far,
    sums,
)
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, iso, moment
from ticketing.cli.terminal import progress, say
from ticketing.events.event import RefundPolicy
from ticketing.flows.cancel_event import Cancelled
from ticketing.flows.cancel_order import Settled
from ticketing.payments.manual_decision import checked_note


def run(options: Namespace, stack: Stack) -> int:
    """Cancel an event, or continue an earlier run; list at the end what needs a person."""
    note, services = checked_note(options.reason), stack.services()
    flow = cancel_event(services, dry_run=options.dry_run)
    with progress("Cancelling") as show:
        report = flow(options.event_id, options.refund, note, refunds_so_far(show))
    if options.json:
        print(_in_json(report, dry_run=options.dry_run))
    else:
        say(_text(report, dry_run=options.dry_run))
    if not options.dry_run:
        publish(stack, options.event_id)
    return OK if report.is_complete else ATTENTION


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
    lines += problem_lines(problems, report.unreadable)
    lines += left_lines(report.back)
    return "\n".join(lines)


def _counts(report: Cancelled) -> Iterator[tuple[str, int]]:
    for settled in Settled:
        if settled in report.settled:
            yield settled.value, report.settled[settled]


def _money(report: Cancelled, *, dry_run: bool) -> Iterator[str]:
    if report.policy is RefundPolicy.NONE:
        yield f"Stays with the organiser: {sums(report.kept)}"
        return
    yield from money_lines(report.back, dry_run=dry_run)
    if report.kept:
        yield f"Paid in cash, to be handed back by the organiser: {sums(report.kept)}"


def _in_json(report: Cancelled, *, dry_run: bool) -> str:
    event = report.event
    return in_json(
        {
            "event_id": event.event_id,
            "cancelled_at": iso(event.cancelled_at),
            "refund": report.policy.value,
            "orders": report.orders,
            "settled": {settled.name.lower(): count for settled, count in report.settled.items()},
            "told": report.told,
            "told_before": report.told_before,
            "untold": report.untold,
            **facts(report.back, report.problems),
            "kept": decimals(report.kept),
            "unreadable": list(report.unreadable),
            "complete": report.is_complete,
            "written": not dry_run,
        }
    )
