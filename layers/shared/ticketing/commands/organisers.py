"""`organisers connect` and `organisers list`."""

import json
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime

from ticketing.commands import OK
from ticketing.commands.stack import Stack
from ticketing.flows.invite_organiser import InviteOrganiser, Wanted
from ticketing.organisers.health import age_in_days, health, note
from ticketing.organisers.links import Links
from ticketing.organisers.organiser import Organiser
from ticketing.organisers.table import OrganiserTable

HEAD = ("ID", "NAME", "MERCHANT", "CURRENCY", "CONNECTION", "PERMISSION FROM", "NOTE")


def connect(options: Namespace, stack: Stack) -> int:
    """Print a link with which an organiser connects SumUp, once, within a week."""
    stack.bind("organisers_table", "requests_table")
    invite = InviteOrganiser(OrganiserTable(), Links(), stack.setting("PUBLIC_URL"))
    wanted = Wanted(options.organiser_id, options.name, options.currency, options.merchant)
    invitation = invite(wanted, datetime.now(UTC))
    print(f"Send this link to {invitation.organiser.name}. Whoever has it can connect, once:\n")
    print(f"  {invitation.url}\n")
    print(f"It works until {invitation.ends:%Y-%m-%d %H:%M} UTC.")
    return OK


def show(options: Namespace, stack: Stack) -> int:
    """List the organisers and how their connections are."""
    stack.bind("organisers_table")
    now = datetime.now(UTC)
    organisers = sorted(OrganiserTable().every(), key=lambda organiser: organiser.organiser_id)
    if options.json:
        print(json.dumps([_facts(one, now) for one in organisers], indent=2, ensure_ascii=False))
    else:
        print(_table([HEAD, *(_row(one, now) for one in organisers)]))
    return OK


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


def _row(organiser: Organiser, now: datetime) -> tuple[str, ...]:
    issued = organiser.refresh_issued_at
    return (
        organiser.organiser_id,
        organiser.name,
        (organiser.merchant_code or "-") + (" (test)" if organiser.sandbox else ""),
        organiser.currency,
        health(organiser, now).value,
        f"{issued:%Y-%m-%d}" if issued else "-",
        note(organiser, now),
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
