"""`doors accept`: count the scans that a revoked device had reported."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.bootstrap.manage_doors import accept_scans
from ticketing.cli.commands.doors import no_device
from ticketing.cli.commands.event_lists import name_unreadable
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, moment, table
from ticketing.cli.terminal import progress, say
from ticketing.doors.admission import Admission, Verdict
from ticketing.errors import DoorNotFound
from ticketing.flows.accept_scans import Accepted

HEAD = ("scan", "at", "ticket", "people", "became")


def run(options: Namespace, stack: Stack) -> int:
    """Count the scans, or continue an earlier run, and name those that are double or void."""
    flow = accept_scans(stack.services())
    with progress("Reading the log of the event") as show:
        try:
            done = flow(
                options.event_id,
                options.device_id,
                datetime.now(UTC),
                lambda read: show(counted(read, "entry", "entries")),
                dry_run=options.dry_run,
            )
        except DoorNotFound as error:
            raise no_device(options.event_id, options.device_id) from error
    if options.json:
        print(in_json(_facts(done, written=not options.dry_run)))
    else:
        say("\n".join(_lines(done, dry_run=options.dry_run)))
    return max(
        name_unreadable(done.unreadable),
        name_unreadable(done.busy, "not counted, type the command again"),
    )


def _lines(done: Accepted, *, dry_run: bool) -> Iterator[str]:
    people = sum(one.people for one in done.counted)
    places = sum(one.counted for one in done.counted)
    would = "Would count" if dry_run else "Counted"
    scans, heads = counted(len(done.counted), "scan"), counted(people, "person", "people")
    of_them = f", {places} of them with a place" if places != people else ""
    yield f"{would}: {scans} for {heads}{of_them}"
    if done.counted:
        yield table([HEAD, *map(_row, done.counted)], indent="  ")
    if done.before:
        yield f"Counted before: {counted(done.before, 'scan')}"
    if done.not_told_of:
        late, told = ", ".join(e.scan_id for e in done.not_told_of), done.device.revoked_seq or 0
        yield f"Not counted, because it had reported scans only up to number {told}: {late}"


def _row(entry: Admission) -> tuple[str, ...]:
    return (
        entry.scan_id,
        moment(entry.at),
        entry.ticket_id or "-",
        f"{entry.people}",
        _became(entry),
    )


def _became(entry: Admission) -> str:
    if entry.verdict is Verdict.DOUBLE:
        return f"double: {entry.collides or 'another scan'} was counted before"
    if entry.verdict is Verdict.VOID:
        why = f", {entry.reason.replace('_', ' ')}" if entry.reason else ""
        return f"void since {moment(entry.since)}{why}"
    return entry.verdict.value.replace("_", " ")


def _facts(done: Accepted, *, written: bool) -> dict[str, object]:
    return {
        "event_id": done.device.event_id,
        "device_id": done.device.device_id,
        "counted": [_entry(one) for one in done.counted],
        "counted_before": done.before,
        "not_told_of": [_entry(one) for one in done.not_told_of],
        "unreadable": list(done.unreadable),
        "busy": list(done.busy),
        "written": written,
    }


def _entry(entry: Admission) -> dict[str, object]:
    return {
        "scan": entry.scan_id,
        "at": iso(entry.at),
        "ticket": entry.ticket_id or None,
        "people": entry.people,
        "places": entry.counted,
        "verdict": entry.verdict.value,
        "reason": entry.reason or None,
        "since": iso(entry.since),
        "collides": entry.collides or None,
    }
