"""`doors add`, `list` and `revoke`: the devices at the doors, and the links that pair them."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from qrcode import QRCode

from ticketing.bootstrap import Services
from ticketing.bootstrap.manage_doors import list_doors, manage_doors
from ticketing.cli import terminal
from ticketing.cli.commands import OK
from ticketing.cli.commands.event_lists import name_unreadable, refuse_taken, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, moment, table
from ticketing.cli.door_arguments import MAY
from ticketing.doors.device import Device, State, expiry_of, pairing_link
from ticketing.errors import DoorNotFound, EventNotFound, TicketingError
from ticketing.events.dates import moment_text
from ticketing.events.event import Event
from ticketing.flows.manage_doors import NewDoor
from ticketing.language import Language
from ticketing.tickets import qr_image

HEAD = ("event", "gate", "device", "role", "state", "paired", "last seen", "scans", "waiting")


def add(options: Namespace, stack: Stack) -> int:
    """Add a device and show its link, which is not stored: it cannot be shown again."""
    if options.png:
        refuse_taken(options.png)
    services, now = stack.services(), datetime.now(UTC)
    with terminal.progress("Reading the tickets of all events") as show:
        made = manage_doors(services).add(
            options.event_id,
            options.name,
            options.role,
            now,
            names_offline=options.names_offline,
            progress=lambda read: show(counted(read, "ticket")),
        )
    link = pairing_link(services.brand.public_url, made.device, made.secret)
    if options.json:
        print(in_json(_new_facts(made, link, now)))
    else:
        terminal.say("\n".join(_lines(made)))
        print(f"\n{link}\n", flush=True)
        _print_code(link)
    if options.png:
        write_new(options.png, qr_image.png(link), is_secret=True)
    if options.png and not options.json:
        print(f"Written: {options.png}. It pairs a phone as the link does: delete it afterwards.")
    return name_unreadable(made.unreadable, "cannot be read and is not on the list")


def show(options: Namespace, stack: Stack) -> int:
    """List the devices of an event, or of all events that are not over."""
    now = datetime.now(UTC)
    found = list_doors(stack.services())(now, options.event_id)
    if options.json:
        print(in_json([_listed_facts(*one, now) for one in found.devices]))
    elif found.devices:
        print(table([HEAD, *(_row(*one, now) for one in found.devices)]))
    elif not found.unreadable:
        of = f"event {options.event_id}" if options.event_id else "any event that is not over"
        print(f"There is no device for {of}; `doors add` adds one.")
    return name_unreadable(found.unreadable)


def revoke(options: Namespace, stack: Stack) -> int:
    """Revoke a device. Revoking it again changes nothing."""
    event_id, device_id, now = options.event_id, options.device_id, datetime.now(UTC)
    services = stack.services()
    try:
        device = manage_doors(services).revoke(event_id, device_id, now)
    except DoorNotFound as error:
        raise no_device(event_id, device_id) from error
    if options.json:
        print(in_json(_facts(device, State.REVOKED, _expiry(services, event_id))))
    else:
        terminal.say("\n".join(_revoked(device, now)))
    return OK


def no_device(event_id: str, device_id: str) -> TicketingError:
    return TicketingError(
        f"event {event_id} has no device {device_id}; `doors list {event_id}` shows its devices"
    )


def _revoked(device: Device, now: datetime) -> Iterator[str]:
    is_new = device.revoked_at == now
    done = "is revoked" if is_new else f"was revoked at {moment(device.revoked_at)} UTC"
    event_id, device_id, told = device.event_id, device.device_id, device.revoked_seq or 0
    yield f"{device.gate}, device {device_id} of event {event_id}, {done}."
    yield "It can read nothing more. What it sends from now on is kept, but does not count."
    late = f", {device.waiting} of which had not arrived" if device.waiting else ""
    yield f"It had reported {counted(told, 'scan')}{late}."
    if told:
        command = f"`doors accept {event_id} {device_id}`"
        yield f"If more arrive, {command} counts those up to number {told}."


def _lines(made: NewDoor) -> Iterator[str]:
    device, event = made.device, made.event
    until = moment_text(expiry_of(event), event.time_zone, Language.ENGLISH)
    who = f"{device.gate}, device {device.device_id}, for a {device.role}: {MAY[device.role]}."
    yield f"Event {event.event_id}, {event.name}"
    yield who
    yield f"It works until {until}."
    if device.names_offline:
        yield "It stores the names of the ticket holders, and shows them without a network."
    if made.filled:
        were = "was" if made.filled == 1 else "were"
        yield f"{counted(made.filled, 'ticket')} {were} put on the list for the doors."
    yield ""
    yield "Open this link on the phone, or point its camera at the code. It pairs one phone, and"
    yield "is not shown again."


def _print_code(link: str) -> None:
    """Print the QR code: dark on light in a terminal, or as plain blocks."""
    code = QRCode()
    code.add_data(link)
    code.make()
    needed, columns = code.modules_count + 2 * code.border, terminal.width()
    if columns is not None and columns < needed:
        print(f"This window is too narrow for the QR code, which needs {needed} columns.")
        return
    code.print_ascii(out=sys.stdout, tty=columns is not None)


def _row(device: Device, event: Event, now: datetime) -> tuple[str, ...]:
    return (
        device.event_id,
        device.gate,
        device.device_id,
        device.role.value,
        device.state(event, now).value,
        moment(device.paired_at),
        moment(device.seen_at),
        f"{device.highest}",
        f"{device.waiting}",
    )


def _facts(device: Device, state: State, expires_at: datetime | None) -> dict[str, object]:
    return {
        "event_id": device.event_id,
        "device_id": device.device_id,
        "gate": device.gate,
        "role": device.role.value,
        "state": state.value.replace(" ", "_"),
        "names_offline": device.names_offline,
        "created_at": iso(device.created_at),
        "paired_at": iso(device.paired_at),
        "seen_at": iso(device.seen_at),
        "expires_at": iso(expires_at),
        "revoked_at": iso(device.revoked_at),
        "revoked_seq": device.revoked_seq,
        "highest": device.highest,
        "waiting": device.waiting,
        "not_ours": device.not_ours,
    }


def _new_facts(made: NewDoor, link: str, now: datetime) -> dict[str, object]:
    told = {"link": link, "listed": made.filled, "unreadable": list(made.unreadable)}
    return _listed_facts(made.device, made.event, now) | told


def _listed_facts(device: Device, event: Event, now: datetime) -> dict[str, object]:
    return _facts(device, device.state(event, now), expiry_of(event))


def _expiry(services: Services, event_id: str) -> datetime | None:
    """Return when a device expires; None if its event cannot be read."""
    try:
        return expiry_of(services.events.get(event_id))
    except EventNotFound:
        return None
