"""`doors report`: who came in, who was refused, and what does not add up."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.adapters.dynamodb.door_records import DoorRecords
from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.event_lists import name_unreadable, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, table
from ticketing.cli.terminal import progress, say
from ticketing.events.dates import moment_text
from ticketing.flows.report_door import ReportDoor
from ticketing.language import Language
from ticketing.reports.door import DoorReport
from ticketing.reports.door_facts import Cell, Table, for_people, shown


def run(options: Namespace, stack: Stack) -> int:
    """Show the report, or write it to a file; problems make the exit code 3."""
    stack.bind(
        "events_table", "ticket_types_table", "tickets_table", "doors_table", "admissions_table"
    )
    report = ReportDoor(EventTable(), EventRecords(), DoorRecords())
    with progress("Reading the tickets of all events") as show:
        found = report(
            options.event_id, datetime.now(UTC), lambda read: show(counted(read, "ticket"))
        )
    if file := options.csv or options.html:
        from ticketing.reports import door_csv, door_page  # noqa: PLC0415 - for files only

        made = (
            door_csv.sheet(found) if options.csv else door_page.page(found, stack.services().brand)
        )
        write_new(file, made)
        print(f"Written: {file}")
    elif options.json:
        print(in_json(_facts(found)))
    else:
        say("\n".join(_lines(found)))
        for each in (*found.figures, *found.findings):
            if each.rows:
                print(f"\n{_text(each, found)}")
    for problem in found.problems:
        print(f"ticketing: {problem}", file=sys.stderr)
    return name_unreadable(found.unreadable) or (ATTENTION if found.problems else OK)


def _lines(found: DoorReport) -> Iterator[str]:
    event = found.event
    as_of = moment_text(found.made_at, event.time_zone, Language.ENGLISH)
    yield f"Doors of {event.name}, as of {as_of}"
    if not found.people:
        yield "Nobody has come in."
    people = counted(found.people, "person", "people")
    yield f"In: {people}, {found.with_place} of them with a place on a ticket"
    expected = counted(found.expected, "person", "people")
    yield f"Expected: {expected}, {found.absent} of them not in"
    if found.at_other_times:
        yield f"Far from the event, by the clock of their device: {found.at_other_times}"


def _text(each: Table, found: DoorReport) -> str:
    made = for_people(each)
    head = [column.replace("_", " ") for column in made.columns]
    rows = [[shown(cell, found.event) for cell in row] for row in made.rows]
    title = f"{each.title}: {len(rows)}" if each in found.findings else each.title
    return f"{title}\n{table([head, *rows], indent='  ')}"


def _facts(found: DoorReport) -> dict[str, object]:
    return {
        "event_id": found.event.event_id,
        "as_of": iso(found.made_at),
        "people": found.people,
        "with_place": found.with_place,
        "expected": found.expected,
        "absent": found.absent,
        "at_other_times": found.at_other_times,
        **{
            each.name: [dict(zip(each.columns, map(_value, row), strict=True)) for row in each.rows]
            for each in (*found.figures, *found.findings)
        },
        "problems": list(found.problems),
        "unreadable": list(found.unreadable),
    }


def _value(cell: Cell) -> str | int | None:
    return iso(cell.astimezone(UTC)) if isinstance(cell, datetime) else cell
