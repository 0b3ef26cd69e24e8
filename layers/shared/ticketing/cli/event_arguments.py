"""The arguments of the commands that show events and their sales, and the formats of output."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from ticketing.cli.options import as_json, command, event, event_id


def add_event_reports(actions: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    does = "list all events: on sale or not, and how many seats are sold, held and left"
    command(actions, "list", "event_lists.show_all", does, as_json)
    does = "show an event and its ticket types"
    command(actions, "show", "event_lists.show", does, event, as_json)
    does = "write events as a file that `events import` takes"
    export = command(actions, "export", "event_lists.export", does)
    export.add_argument(
        "event_id", metavar="EVENT", type=event_id, nargs="?", help="such as 5; default: all"
    )
    _file(export, "--to", "a new file; default: print it")
    does = "list who comes to an event, by name, for a door without a network"
    guests = command(actions, "guests", "event_reports.guests", does, event)
    formats(guests, "csv", "pdf")
    does = "count what was sold of an event, and the money, by ticket type and by day"
    sales = command(actions, "sales", "event_reports.sales", does, event)
    formats(sales, "csv", "html")


def formats(added: ArgumentParser, *kinds: str) -> None:
    """Add the options for a new file of one of these kinds or JSON; without one it is printed."""
    forms = added.add_mutually_exclusive_group()
    for kind in kinds:
        _file(forms, f"--{kind}", f"write a new {kind.upper()} file")
    forms.add_argument("--json", action="store_true", help="for programs")


def _file(added: Any, name: str, about: str) -> None:  # noqa: ANN401 - a parser or its group
    added.add_argument(name, metavar="FILE", type=Path, help=about)
