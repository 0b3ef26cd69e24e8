"""The arguments of the commands about single tickets."""

import argparse
from argparse import ArgumentParser
from typing import Any

from ticketing.cli.options import as_json, command, dry_run, group, reason, ticket_id
from ticketing.orders.order import TICKET_ID


def add_tickets(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    actions = group(commands, "tickets", "give a ticket a new code or another holder")
    does = "replace a ticket whose code was shared or lost with one that has a new code"
    command(actions, "reissue", "tickets.reissue", does, _ticket, reason, dry_run, as_json)
    does = "replace a ticket with one that has a new code and another holder's name"
    transfer = command(
        actions, "transfer", "tickets.transfer", does, _ticket, reason, dry_run, as_json
    )
    transfer.add_argument(
        "--to-name", required=True, metavar="NAME", help="printed on the ticket from now on"
    )
    does = "make a ticket void without giving money back, as `void ORDER --ticket ID` does"
    command(actions, "void", "tickets.void", does, _ticket, reason, dry_run, as_json)


def _ticket(added: ArgumentParser) -> None:
    added.add_argument("ticket_id", metavar="TICKET", type=_number, help="such as ORD-ABC123-02")


def _number(text: str) -> str:
    """Return a ticket's id as it was typed or copied."""
    typed = ticket_id(text)
    if not TICKET_ID.fullmatch(typed):
        raise argparse.ArgumentTypeError(f"{text!r} is not a ticket such as ORD-ABC123-02")
    return typed
