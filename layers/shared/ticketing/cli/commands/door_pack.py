"""`doors pack`: the keys and tickets of an event as files, for a third-party scanner."""

import gzip
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.cli.commands.event_lists import name_unreadable, refuse_taken, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, table
from ticketing.cli.terminal import progress
from ticketing.errors import TicketingError
from ticketing.flows.pack_door import PackDoor
from ticketing.reports.door_pack import FILES, LIST


def run(options: Namespace, stack: Stack) -> int:
    """Write the files into a folder, and print their sizes."""
    folder = options.out or Path(f"door-{options.event_id}")
    if folder.exists():
        for name in FILES:
            refuse_taken(folder / name)
    stack.bind("events_table", "ticket_types_table", "tickets_table")
    now = datetime.now(UTC)
    with progress("Reading the tickets of all events") as show:
        pack = PackDoor(EventTable(), EventRecords())(
            options.event_id, now, lambda read: show(counted(read, "ticket")), names=options.names
        )
    _write(folder, pack.files, names=options.names)
    sizes = {name: (len(content), _gzipped(content)) for name, content in pack.files.items()}
    if options.json:
        facts = {
            "event_id": options.event_id,
            "as_of": iso(now),
            "folder": str(folder),
            "tickets": pack.tickets,
            "void": pack.void,
            "names": options.names,
            "files": {name: {"bytes": n, "gzipped": z} for name, (n, z) in sizes.items()},
            "unreadable": list(pack.unreadable),
        }
        print(in_json(facts))
        return name_unreadable(pack.unreadable)
    rows = [(name, f"{size}", f"{zipped}") for name, (size, zipped) in sizes.items()]
    print(table([("file", "bytes", "gzipped"), *rows]))
    print(f"Written: {folder}, {counted(pack.tickets, 'ticket')}, {pack.void} of them void.")
    if options.names:
        print("It contains names: keep it safe, and delete it after the event.")
    return name_unreadable(pack.unreadable)


def _write(folder: Path, files: Mapping[str, bytes], *, names: bool) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise TicketingError(f"{folder} cannot be written: {error.strerror}") from error
    for name, content in files.items():
        write_new(folder / name, content, is_secret=names and name == LIST)


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, mtime=0))
