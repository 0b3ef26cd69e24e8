"""The arguments of the commands about the doors of an event."""

from pathlib import Path
from typing import Any

from ticketing.cli.options import as_json, command, event, group
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
