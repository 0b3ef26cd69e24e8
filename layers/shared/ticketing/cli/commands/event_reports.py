"""`events guests`: who comes, for a door without a network."""

import sys
from argparse import Namespace
from datetime import UTC, datetime

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.cli.commands.event_lists import name_unreadable, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, iso, table
from ticketing.flows.list_guests import ListGuests
from ticketing.reports.guest_list import GuestList
from ticketing.reports.rows import Progress
from ticketing.text import one_line

LONGEST_NAME = 36


def guests(options: Namespace, stack: Stack) -> int:
    """Show the guests of an event, or write them to a file.

    No index has tickets by their event, so the whole table of tickets is read.
    """
    stack.bind("events_table", "tickets_table")
    found = ListGuests(EventTable(), EventRecords())(
        options.event_id, datetime.now(UTC), _progress("tickets")
    )
    if options.csv:
        from ticketing.reports import guest_csv  # noqa: PLC0415 - used by one format only

        write_new(options.csv, guest_csv.sheet(found))
    elif options.pdf:
        from ticketing.reports import guest_pdf  # noqa: PLC0415 - reading fonts takes a second

        write_new(options.pdf, guest_pdf.document(found, stack.services().brand))
    elif options.json:
        print(in_json(_facts(found)))
        return name_unreadable(found.unreadable)
    else:
        _print(found)
    _summary(found)
    if file := options.csv or options.pdf:
        print(f"Written: {file}. It has names: keep it safe, and delete it after the event.")
    return name_unreadable(found.unreadable)


def _progress(rows: str) -> Progress:
    def progress(read: int) -> None:
        print(f"  {read} {rows} of all events read ...", file=sys.stderr, flush=True)

    return progress


def _print(found: GuestList) -> None:
    if found.guests:
        head = ("name", "type", "admits", "order", "ticket")
        lines = (
            (one_line(g.name, LONGEST_NAME), one_line(g.kind, LONGEST_NAME), f"{g.admits}",
             g.order_number, g.ticket_id)
            for g in found.guests
        )  # fmt: skip
        print(table([head, *lines]))


def _summary(found: GuestList) -> None:
    void = f"; {found.void} void, not listed" if found.void else ""
    print(f"{found.event.name}: {len(found.guests)} tickets for {found.people} people{void}")


def _facts(found: GuestList) -> dict[str, object]:
    return {
        "event_id": found.event.event_id,
        "as_of": iso(found.made_at),
        "void": found.void,
        "unreadable": list(found.unreadable),
        "guests": [
            {
                "name": g.name,
                "ticket": g.ticket_id,
                "type": g.kind,
                "admits": g.admits,
                "order": g.order_number,
                "scanned": g.is_in,
            }
            for g in found.guests
        ],
    }
