"""`doors add`: a device at a door, and the link that it is opened with."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from qrcode import QRCode

from ticketing.bootstrap.manage_doors import manage_doors
from ticketing.cli import terminal
from ticketing.cli.commands.event_lists import name_unreadable, refuse_taken, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso
from ticketing.doors.device import Role, pairing_link
from ticketing.events.dates import moment_text
from ticketing.flows.manage_doors import NewDoor
from ticketing.language import Language
from ticketing.tickets import qr_image

MAY = {
    Role.SUPERVISOR: "it also admits by number and name, undoes and overrides",
    Role.STEWARD: "it admits by code",
}


def add(options: Namespace, stack: Stack) -> int:
    """Add a device and show its link, which is stored nowhere: it cannot be shown again."""
    if options.png:
        refuse_taken(options.png)
    services = stack.services()
    with terminal.progress("Reading the tickets of all events") as show:
        made = manage_doors(services).add(
            options.event_id,
            options.name,
            options.role,
            datetime.now(UTC),
            names_offline=options.names_offline,
            progress=lambda read: show(counted(read, "ticket")),
        )
    link = pairing_link(services.brand.public_url, made.device, made.secret)
    if options.json:
        print(in_json(_facts(made, link)))
    else:
        terminal.say("\n".join(_lines(made)))
        print(f"\n{link}\n", flush=True)
        _print_code(link)
    if options.png:
        write_new(options.png, qr_image.png(link), is_secret=True)
    if options.png and not options.json:
        print(f"Written: {options.png}. It opens the door as well: delete it afterwards.")
    return name_unreadable(made.unreadable)


def _lines(made: NewDoor) -> Iterator[str]:
    device, event = made.device, made.event
    until = moment_text(device.expires_at, event.time_zone, Language.ENGLISH)
    who = f"{device.gate}, device {device.device_id}, for a {device.role}: {MAY[device.role]}."
    yield f"Event {event.event_id}, {event.name}"
    yield who
    yield f"It works until {until}."
    if device.names_offline:
        yield "It keeps the names of the ticket holders, and shows them without a network."
    if made.filled:
        were = "was" if made.filled == 1 else "were"
        yield f"{counted(made.filled, 'ticket')} {were} put on the list of the event."
    yield ""
    yield "Open this link on the phone, or point its camera at the code. It pairs one phone, and"
    yield "is not shown again."


def _print_code(link: str) -> None:
    """Print the code: dark on light as a terminal would not by itself, or as plain blocks."""
    code = QRCode()
    code.add_data(link)
    code.make()
    needed, columns = code.modules_count + 2 * code.border, terminal.width()
    if columns is not None and columns < needed:
        print(f"This window is too narrow for the code, which takes {needed} columns.")
        return
    code.print_ascii(out=sys.stdout, tty=columns is not None)


def _facts(made: NewDoor, link: str) -> dict[str, object]:
    device = made.device
    return {
        "event_id": device.event_id,
        "device_id": device.device_id,
        "gate": device.gate,
        "role": device.role.value,
        "names_offline": device.names_offline,
        "expires_at": iso(device.expires_at),
        "link": link,
        "listed": made.filled,
        "unreadable": list(made.unreadable),
    }
