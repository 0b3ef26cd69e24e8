"""How commands and the options that several of them share are declared."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

WHY = "what you saw and who agreed; no names or addresses, because the audit trail keeps it"

Option = Callable[[ArgumentParser], object]


def group(commands: Any, name: str, about: str) -> Any:  # noqa: ANN401 - argparse has no public name
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="ACTION")


def command(
    commands: Any,  # noqa: ANN401 - as above
    name: str,
    run: str,
    does: str,
    *options: Option,
    stack: str | None = None,
) -> ArgumentParser:
    """Add a command; one below another keeps that one's `stack` with `argparse.SUPPRESS`."""
    added: ArgumentParser = commands.add_parser(name, help=does)
    added.add_argument(
        "--stack",
        default=stack or os.environ.get("TICKETING_STACK"),
        help="name of the CloudFormation stack (default: $TICKETING_STACK)",
    )
    added.set_defaults(run=run)
    for add in options:
        add(added)
    return added


def order(command: ArgumentParser) -> None:
    command.add_argument(
        "order_number", metavar="ORDER", type=order_number, help="such as ORD-ABC123"
    )


def order_number(text: str) -> str:
    """Return an order's number, or the id of one of its mails, as it was typed or copied."""
    name, mark, rest = "".join(text.split()).partition("#")
    number = name.upper()
    return f"{number if number.startswith('ORD-') else name}{mark}{rest}"


def ticket_id(text: str) -> str:
    """Return a ticket's id as it was typed or copied."""
    return "".join(text.split()).upper()


def tickets(command: Any) -> None:  # noqa: ANN401 - a parser or its group
    command.add_argument(
        "--ticket",
        dest="ticket_ids",
        metavar="ID",
        type=ticket_id,
        action="append",
        default=[],
        help="such as ORD-ABC123-02, once for each; default: all",
    )


def as_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")


def reason(command: ArgumentParser) -> None:
    command.add_argument("--reason", required=True, metavar="TEXT", help=WHY)


def dry_run(command: ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="only show what would be written")
