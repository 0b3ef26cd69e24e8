"""The arguments of the commands about the doors of an event."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from ticketing.cli.event_arguments import formats
from ticketing.cli.options import as_json, command, dry_run, event, event_id, group
from ticketing.doors.device import Role


def add_doors(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    actions = group(commands, "doors", "the devices at the doors, and who came in")
    does = "add a device to a door: print the link that it is opened with, and its code"
    add = command(actions, "add", "doors.add", does, event, as_json)
    add.add_argument("--name", required=True, metavar="GATE", help="of the door, such as 'Gate A'")
    role = add.add_mutually_exclusive_group()
    for name, does in (
        (Role.SUPERVISOR, "it also admits by number and name, undoes and overrides"),
        (Role.STEWARD, "it admits by code; the default, except for an event's only device"),
    ):
        role.add_argument(f"--{name}", dest="role", action="store_const", const=name, help=does)
    add.add_argument(
        "--names-offline", action="store_true", help="it keeps the names of the ticket holders"
    )
    add.add_argument("--png", metavar="FILE", type=Path, help="also write the code as a new file")
    does = "list devices: of whom, paired or not, when last seen, and what they have still to send"
    show = command(actions, "list", "doors.show", does, as_json)
    show.add_argument(
        "event_id",
        metavar="EVENT",
        type=event_id,
        nargs="?",
        help="such as 5; default: all that are not over",
    )
    does = "end a device: it reads nothing more, and what it sends from then on counts nothing"
    command(actions, "revoke", "doors.revoke", does, event, _device, as_json)
    does = "count the scans of a revoked device that it had told of before"
    command(actions, "accept", "door_accept.run", does, event, _device, dry_run, as_json)
    does = "write what a scanner of another make needs: keys, tickets and void tickets"
    pack = command(actions, "pack", "door_pack.run", does, event, as_json)
    pack.add_argument(
        "--out", metavar="DIR", type=Path, help="a folder for the new files; default: door-EVENT"
    )
    pack.add_argument("--names", action="store_true", help="also the names of the ticket holders")
    does = "count who came in, by gate and type and over time, and name what does not add up"
    formats(command(actions, "report", "door_report.run", does, event), "csv", "html")


def _device(added: ArgumentParser) -> None:
    added.add_argument(
        "device_id", metavar="DEVICE", type=event_id, help="such as D7KQ2, as `doors list` has it"
    )
