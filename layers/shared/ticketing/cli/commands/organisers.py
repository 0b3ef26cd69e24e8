"""`organisers connect`, `organisers list` and `organisers look`."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from ticketing.adapters.aws.archive import Archive
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.rows import UnreadableRow
from ticketing.cli.commands import OK
from ticketing.cli.commands.event_lists import name_unreadable
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, table
from ticketing.cli.terminal import bad
from ticketing.errors import TicketingError, UnusableLook
from ticketing.flows.invite_organiser import InviteOrganiser, Wanted
from ticketing.flows.set_branding import NO_LOGO, SetLook
from ticketing.organisers.connection_health import Health, age_in_days, health, note
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import LARGEST_FILE, WHITE, Branding, rgb

HEAD = ("ID", "NAME", "MERCHANT", "CURRENCY", "CONNECTION", "PERMISSION FROM", "NOTE")


def connect(options: Namespace, stack: Stack) -> int:
    """Print a link with which an organiser can connect SumUp once, within a week."""
    stack.bind("organisers_table", "requests_table")
    invite = InviteOrganiser(OrganiserTable(), Invitations(), stack.setting("PUBLIC_URL"))
    wanted = Wanted(options.organiser_id, options.name, options.currency, options.merchant)
    invitation = invite(wanted, datetime.now(UTC))
    print(f"Send this link to {invitation.organiser.name}. Anyone who has it can connect, once:\n")
    print(f"  {invitation.url}\n")
    print(f"It works until {invitation.ends:%Y-%m-%d %H:%M} UTC.")
    return OK


def show(options: Namespace, stack: Stack) -> int:
    """List the organisers and the health of their connections."""
    stack.bind("organisers_table")
    now = datetime.now(UTC)
    rows = list(OrganiserTable().every_row())
    organisers = sorted(
        (row for row in rows if isinstance(row, Organiser)), key=lambda one: one.organiser_id
    )
    if options.json:
        print(in_json([_facts(one, now) for one in organisers]))
    else:
        print(table([HEAD, *(_row(one, now) for one in organisers)], long=[len(HEAD) - 1]))
    return name_unreadable(
        [f"an organiser: {row.problem}" for row in rows if isinstance(row, UnreadableRow)]
    )


def look(options: Namespace, stack: Stack) -> int:
    """Give an organiser's tickets a colour and a logo."""
    if options.colour is None and options.logo is None and not options.no_logo:
        raise UnusableLook("nothing is to be changed: give --colour, --logo or --no-logo")
    picture = None if options.logo is None else _read(options.logo)
    if options.no_logo:
        picture = NO_LOGO
    stack.bind("organisers_table")
    archive = Archive(stack.session.client("s3"), stack.outputs["TicketsBucket"])
    organiser = SetLook(OrganiserTable(), archive)(options.organiser_id, options.colour, picture)
    print(f"Tickets of {organiser.name} that are made from now on have")
    print(f"  the colour {organiser.colour or 'of the shop'}{_ink(organiser.colour)}")
    print(f"  {'the logo ' + organiser.logo if organiser.logo else 'no logo'}")
    return OK


def _ink(colour: str) -> str:
    if not colour:
        return ""
    return f", with {'white' if Branding(colour=rgb(colour)).ink == WHITE else 'dark'} text on it"


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise TicketingError(f"{file} cannot be read: {error.strerror}") from error


def _facts(organiser: Organiser, now: datetime) -> dict[str, object]:
    issued, checked = organiser.refresh_issued_at, organiser.connection_checked_at
    return {
        "organiser_id": organiser.organiser_id,
        "name": organiser.name,
        "merchant_code": organiser.merchant_code or None,
        "currency": organiser.currency,
        "sandbox": organiser.sandbox,
        "connection": organiser.connection.value,
        "health": health(organiser, now).value,
        "permission_from": issued.isoformat() if issued else None,
        "permission_days": age_in_days(organiser, now),
        "checked_at": checked.isoformat() if checked else None,
        "note": note(organiser, now),
    }


def _shown(how: Health) -> str:
    return bad(how.value) if how in {Health.REAUTH, Health.WARN} else how.value


def _row(organiser: Organiser, now: datetime) -> tuple[str, ...]:
    issued = organiser.refresh_issued_at
    return (
        organiser.organiser_id,
        organiser.name,
        (organiser.merchant_code or "-") + (" (test)" if organiser.sandbox else ""),
        organiser.currency,
        _shown(health(organiser, now)),
        f"{issued:%Y-%m-%d}" if issued else "-",
        note(organiser, now),
    )
