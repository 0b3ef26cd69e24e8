"""`events move` moves an event; `events refunds` gives back what its buyers ask for."""

import re
from argparse import Namespace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ticketing.bootstrap.move_event import move_event, refund_requests
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.announced import announced_lines, so_far
from ticketing.cli.commands.event_page import publish
from ticketing.cli.commands.given_back import (
    facts,
    left_lines,
    money_lines,
    problem_lines,
    refunds_so_far,
)
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, iso
from ticketing.cli.terminal import progress, say
from ticketing.errors import NotMovable
from ticketing.events.dates import until_text
from ticketing.events.event import Event
from ticketing.events.import_file import moment_at
from ticketing.events.import_schema import LOCAL_TIME
from ticketing.events.moving import NewTimes
from ticketing.flows.move_event import Moved
from ticketing.language import Language
from ticketing.payments.manual_decision import checked_note

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def run(options: Namespace, stack: Stack) -> int:
    """Move an event and tell its buyers, or continue an earlier run."""
    flow = move_event(stack.services(), dry_run=options.dry_run)

    def times(event: Event) -> NewTimes:
        return _times(event, options)

    with progress("Moving") as show:
        done = flow(options.event_id, times, datetime.now(UTC), so_far(show))
    if options.json:
        print(in_json(_facts(done, dry_run=options.dry_run)))
    else:
        say(_text(done, dry_run=options.dry_run))
    if not options.dry_run:
        publish(stack, options.event_id)
    return OK


def _times(event: Event, options: Namespace) -> NewTimes:
    """Return the typed times, which are in the venue's time zone."""
    try:
        zone = ZoneInfo(event.time_zone)
        return NewTimes(
            starts_at=_moment(options.starts_at, zone),
            refunds_until=_until(options.refunds_until, zone),
            doors_at=_moment(options.doors_at, zone) if options.doors_at else None,
            ends_at=_moment(options.ends_at, zone) if options.ends_at else None,
        )
    except (KeyError, ValueError) as error:
        raise NotMovable(event.event_id, str(error)) from error


def _moment(text: str, zone: ZoneInfo) -> datetime:
    if not LOCAL_TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2027-07-18T18:30")
    return moment_at(text, zone)


def _until(text: str, zone: ZoneInfo) -> datetime:
    """Return a typed time; a day alone counts to its end, the midnight that follows."""
    if not DAY.fullmatch(text):
        return _moment(text, zone)
    try:
        next_day = date.fromisoformat(text) + timedelta(days=1)
        return datetime.combine(next_day, time(), zone).astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError(f"{text!r} is not in the calendar") from None


def _text(done: Moved, *, dry_run: bool) -> str:
    event = done.event
    verb = "Would move" if dry_run else "Moved"
    lines = [f"{verb} event {event.event_id}, {event.name}, revision {event.revision}:"]
    lines += [f"  {change.name}: {change.before} -> {change.now}" for change in done.changes]
    if event.refunds_until:
        until = until_text(event.refunds_until, event.time_zone, Language.ENGLISH)
        lines.append(f"  Money back: on request until {until}")
    lines.append(f"Orders with valid tickets: {done.announced.orders}")
    lines += announced_lines(done.announced, dry_run=dry_run)
    return "\n".join(lines)


def _facts(done: Moved, *, dry_run: bool) -> dict[str, object]:
    event, announced = done.event, done.announced
    return {
        "event_id": event.event_id,
        "revision": event.revision,
        "starts_at": iso(event.starts_at),
        "doors_at": iso(event.doors_at),
        "ends_at": iso(event.ends_at),
        "refunds_until": iso(event.refunds_until),
        "orders": announced.orders,
        "told": announced.announced,
        "told_before": announced.announced_before,
        "knew": announced.knew,
        "unwanted": announced.unwanted,
        "erased": announced.erased,
        "written": not dry_run,
    }


def refunds(options: Namespace, stack: Stack) -> int:
    """Refund those who asked, one after another; list at the end what needs a person."""
    note = checked_note(options.reason)
    flow = refund_requests(stack.services(), dry_run=options.dry_run)
    waiting = flow.waiting(options.event_id)
    many = len(waiting.found)
    with progress("Giving money back") as show:
        done = flow(waiting, note, refunds_so_far(show))
    if options.json:
        report = {"requests": many, **facts(done, ()), "unreadable": list(waiting.unreadable)}
        print(in_json(report | {"written": not options.dry_run}))
    else:
        lines = [f"Buyers who asked for their money back: {many}"]
        lines += money_lines(done, dry_run=options.dry_run)
        lines += problem_lines(done.problems, waiting.unreadable)
        say("\n".join([*lines, *left_lines(done)]))
    return ATTENTION if done.problems or done.left or waiting.unreadable else OK
