"""The arguments of the commands about the doors of an event."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from ticketing.cli.event_arguments import formats
from ticketing.cli.options import as_json, command, dry_run, event, event_id, group
from ticketing.doors.device import Role

MAY = {
    Role.SUPERVISOR: "it may also admit by number or name, undo scans and override refusals",
    Role.STEWARD: "it admits by code",
}


def add_doors(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    actions = group(commands, "doors", "the devices at the doors, and who came in")
    does = "add a device to a door, and print the link that pairs it, with a QR code"
    add = command(actions, "add", "doors.add", does, event, as_json)
    add.add_argument("--name", required=True, metavar="GATE", help="the gate, such as 'Gate A'")
    role = add.add_mutually_exclusive_group()
    is_default = "; the default once the event has an open device"
    for name, more in ((Role.SUPERVISOR, ""), (Role.STEWARD, is_default)):
        does = MAY[name] + more
        role.add_argument(f"--{name}", dest="role", action="store_const", const=name, help=does)
    add.add_argument(
        "--names-offline", action="store_true", help="it stores the names of ticket holders"
    )
    add.add_argument("--png", metavar="FILE", type=Path, help="also write the code to a new file")
    does = "list devices: gate, role, state, when last seen, and how many scans they have to send"
    show = command(actions, "list", "doors.show", does, as_json)
    show.add_argument(
        "event_id",
        metavar="EVENT",
        type=event_id,
        nargs="?",
        help="such as 5; default: all events that are not over",
    )
    does = "switch a device off: it can read nothing more, and what it sends no longer counts"
    command(actions, "revoke", "doors.revoke", does, event, _device, as_json)
    does = "count the scans that a revoked device had reported before it was revoked"
    command(actions, "accept", "door_accept.run", does, event, _device, dry_run, as_json)
    does = "write what a third-party scanner needs: keys, tickets and void tickets"
    pack = command(actions, "pack", "door_pack.run", does, event, as_json)
    pack.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for the new files; default: door-EVENT"
    )
    pack.add_argument(
        "--names", action="store_true", help="include the names of the ticket holders"
    )
    does = "count who came in, by gate, by type and over time, and name what does not add up"
    formats(command(actions, "report", "door_report.run", does, event), "csv", "html")


def _device(added: ArgumentParser) -> None:
    added.add_argument(
        "device_id", metavar="DEVICE", type=event_id, help="such as D7KQ2; `doors list` shows them"
    )
