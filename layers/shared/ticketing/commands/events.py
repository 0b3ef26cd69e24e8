"""`events import`: events and ticket types from a file."""

import sys
from argparse import Namespace
from pathlib import Path

from ticketing.commands import FAILED, OK
from ticketing.commands.stack import Stack
from ticketing.errors import ImportRefused, TicketingError
from ticketing.events.stock import Stock
from ticketing.flows.import_events import ImportEvents
from ticketing.organisers.table import OrganiserTable


def take_over(options: Namespace, stack: Stack) -> int:
    """Import a file, all of it or nothing, and say what changed."""
    content = _read(options.file)
    stack.bind("organisers_table", "events_table", "ticket_types_table")
    try:
        changes = ImportEvents(OrganiserTable(), Stock(stack.region))(content)
    except ImportRefused as error:
        print(f"Nothing was imported: {options.file} has mistakes.", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return FAILED
    for change in changes:
        print(change)
    return OK


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TicketingError(f"{file} cannot be read: {error.strerror}") from error
