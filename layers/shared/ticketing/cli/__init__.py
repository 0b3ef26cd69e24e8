"""The command line. It finds the tables and functions of a stack in the stack's outputs.

Credentials, region and endpoint come from the environment, as with every AWS tool. Exit codes: 0
all is well, 1 the command could not do its work or the doctor misses something, 2 it was called
wrongly, 3 some order or ticket needs attention.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ticketing.adapters.dynamodb.retries import SDK_ERRORS
from ticketing.cli.commands import (
    ATTENTION,
    FAILED,
    OK,
    audit,
    decide,
    doctor,
    events,
    lists,
    organisers,
    poll,
    privacy,
    qr,
    reconcile,
    redrive,
    refund,
    replay,
    resend,
    status,
    verify,
)
from ticketing.cli.commands.stack import Stack
from ticketing.errors import TicketingError

__all__ = ["ATTENTION", "FAILED", "OK", "main"]

WHY = "what you saw and who agreed; the audit trail keeps it for good, so no names, no addresses"


def main(arguments: Sequence[str], find_stack: Callable[[str | None], Stack] = Stack.named) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options, find_stack(options.stack)))
    except (TicketingError, *SDK_ERRORS) as error:
        print(f"ticketing: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("ticketing", description="Payments, orders and tickets.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_poll(commands)
    _add_audit(commands)
    _add_reconcile(commands)
    _add_lists(commands)
    _add_one_order(commands)
    _add_doctor(commands)
    _add_resend(commands)
    _add_organisers(commands)
    _add_events(commands)
    _add_qr(commands)
    _add_privacy(commands)
    return parser


def _add_poll(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    command = _command(commands, "poll", "verify all pending orders now and report", poll.run)
    command.add_argument("--verbose", action="store_true", help="say why, order by order")
    command.add_argument(
        "--timeout", type=float, default=poll.PATIENCE, help="seconds to wait for answers"
    )


def _add_audit(commands: Any) -> None:  # noqa: ANN401 - as above
    does = "go through all orders and report every broken rule; or verify trails"
    command = _command(commands, "audit", does, audit.run)
    actions = command.add_subparsers(metavar="ACTION")
    does = "recompute the hashes of audit trails"
    trails = _command(actions, "verify", does, audit.verify, argparse.SUPPRESS)
    which = trails.add_mutually_exclusive_group(required=True)
    which.add_argument("order_number", metavar="ORDER", nargs="?", help="such as ORD-ABC123")
    which.add_argument("--all", action="store_true", help="those of all orders")
    trails.add_argument("--json", action="store_true", help="for programs")


def _add_reconcile(commands: Any) -> None:  # noqa: ANN401 - as above
    does = "compare a day of payments with SumUp's, as every night"
    command = _command(commands, "reconcile", does, reconcile.run)
    command.add_argument("--organiser", metavar="ID", help="such as jersey-live; default: all")
    command.add_argument(
        "--date", metavar="DAY", type=_day, help="such as 2026-07-18; default: yesterday"
    )
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument(
        "--dry-run", action="store_true", help="only compare: change nothing, keep no report"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-07-18") from None


def _add_lists(commands: Any) -> None:  # noqa: ANN401 - as above
    for name, does, run in (
        ("pending", "list the orders that are open", lists.pending),
        ("stuck", "list orders and mails that wait for long", lists.stuck),
        ("attention", "list what needs a person, and the command that helps", lists.attention),
    ):
        command = _command(commands, name, does, run)
        command.add_argument("--json", action="store_true", help="for programs")
    letters = _command(commands, "redrive", "hand dead letters over again", redrive.run)
    letters.add_argument("queue", nargs="?", choices=redrive.QUEUES, help="default: all of them")
    letters.add_argument("--json", action="store_true", help="for programs")
    _dry_run(letters)


def _add_one_order(commands: Any) -> None:  # noqa: ANN401 - as above
    _of_order(commands, "status", "show all about an order", status.run)
    _of_order(commands, "verify", "have an order checked by SumUp now", verify.run)
    decisions = (
        ("approve", "issue the tickets of an order under review", decide.approve),
        ("reject", "close an order under review for good", decide.reject),
        ("cancel", "close a pending order that nobody has paid", decide.cancel),
    )
    for name, does, run in decisions:
        command = _of_order(commands, name, does, run)
        command.add_argument("--reason", required=True, metavar="TEXT", help=WHY)
        _dry_run(command)
    back = _of_order(commands, "refund", "give a buyer's money back", refund.run)
    back.add_argument("--reason", required=True, metavar="TEXT", help=WHY)
    back.add_argument(
        "--transaction", metavar="ID", help="which payment, where the order has several"
    )
    back.add_argument(
        "--again", action="store_true",
        help="ask SumUp once more, an hour after a request that came to nothing that can be seen",
    )  # fmt: skip
    _dry_run(back)
    again = _command(commands, "replay", "have a mail tried again that was given up", replay.run)
    again.add_argument("name", metavar="MAIL|ORDER", help="such as 'ORD-ABC123#confirmation#1'")
    again.add_argument("--json", action="store_true", help="for programs")
    _dry_run(again)


def _of_order(
    commands: Any,  # noqa: ANN401 - as above
    name: str,
    does: str,
    run: Callable[[argparse.Namespace, Stack], int],
) -> argparse.ArgumentParser:
    command = _command(commands, name, does, run)
    command.add_argument("order_number", metavar="ORDER", help="such as ORD-ABC123")
    command.add_argument("--json", action="store_true", help="for programs")
    return command


def _dry_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="only say what would be written")


def _add_doctor(commands: Any) -> None:  # noqa: ANN401 - as above
    command = _command(commands, "doctor", "say what is missing, and change nothing", doctor.run)
    command.add_argument("--json", action="store_true", help="for programs")


def _add_resend(commands: Any) -> None:  # noqa: ANN401 - as above
    command = _command(commands, "resend", "send the tickets of an order again", resend.run)
    command.add_argument("order_number", metavar="ORDER", help="such as ORD-ABC123")
    command.add_argument(
        "--to", metavar="ADDRESS", help="the right address; the order keeps it from now on"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be written")
    command.add_argument("--json", action="store_true", help="for programs")


def _add_organisers(commands: Any) -> None:  # noqa: ANN401 - as above
    group = commands.add_parser("organisers", help="whose money it is")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    connect = _command(
        actions, "connect", "print a link with which an organiser connects SumUp",
        organisers.connect,
    )  # fmt: skip
    connect.add_argument("organiser_id", metavar="ID", help="such as jersey-live")
    connect.add_argument("--name", help="needed for a new organiser; else changes the name")
    connect.add_argument("--currency", help="needed for a new organiser, such as GBP")
    connect.add_argument("--merchant", help="the only SumUp merchant code that is accepted")
    look = _command(
        actions, "look", "give an organiser's tickets a colour and a logo", organisers.look
    )
    look.add_argument("organiser_id", metavar="ID", help="such as jersey-live")
    look.add_argument("--colour", metavar="#RRGGBB", help="of the band with the event's name")
    logo = look.add_mutually_exclusive_group()
    logo.add_argument("--logo", metavar="FILE", type=Path, help="a PNG, at most 1 MB")
    logo.add_argument("--no-logo", action="store_true", help="take the logo away")
    listed = _command(actions, "list", "list organisers and connections", organisers.show)
    listed.add_argument("--json", action="store_true", help="for programs")


def _add_events(commands: Any) -> None:  # noqa: ANN401 - as above
    group = commands.add_parser("events", help="what is sold")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = _command(
        actions, "import", "put events and ticket types from a file on sale", events.take_over
    )
    command.add_argument("file", metavar="FILE", type=Path, help="JSON, such as local/events.json")
    announce = _command(
        actions, "announce", "tell the buyers of an event what has changed", events.announce
    )
    announce.add_argument("event_id", metavar="ID", help="as in the file that was imported")
    announce.add_argument("--dry-run", action="store_true", help="only count who would be told")


def _add_qr(commands: Any) -> None:  # noqa: ANN401 - as above
    group = commands.add_parser("qr", help="what doors read")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    verify = _command(actions, "verify", "say whether a scanned text is a ticket", qr.verify)
    verify.add_argument("text", metavar="TEXT", help="as scanned, in quotes")
    verify.add_argument("--event", metavar="ID", help="the only event it may be for")
    verify.add_argument("--json", action="store_true", help="for programs")
    keys = _command(actions, "keys", "print what a door needs to check tickets", qr.keys)
    keys.add_argument("event_id", metavar="EVENT", help="such as 5")
    void = _command(actions, "void", "list the tickets that open no door any more", qr.void)
    void.add_argument("event_id", metavar="EVENT", help="such as 5")
    void.add_argument("--json", action="store_true", help="for programs")


def _add_privacy(commands: Any) -> None:  # noqa: ANN401 - as above
    group = commands.add_parser("privacy", help="what is kept about a person")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    does = "print everything about one person as JSON"
    export = _command(actions, "export", does, privacy.export)
    export.add_argument("--to", metavar="DIR", type=Path, help="put it there, with PDFs and mails")
    does = "erase one person wherever they are named"
    erase = _command(actions, "erase", does, privacy.erase)
    erase.add_argument("--reason", required=True, metavar="TEXT", help=WHY)
    erase.add_argument(
        "--even-before-the-event",
        action="store_true",
        help="also if the event is still to come; the tickets stay valid",
    )
    erase.add_argument("--json", action="store_true", help="for programs")
    _dry_run(erase)
    for command in (export, erase):
        command.add_argument("--email", required=True, metavar="ADDRESS", help="theirs")


def _command(
    commands: Any,  # noqa: ANN401 - as above
    name: str,
    does: str,
    run: Callable[[argparse.Namespace, Stack], int],
    stack: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command; one below another takes over its `stack` unless it is given its own."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=does)
    command.add_argument(
        "--stack",
        default=stack or os.environ.get("TICKETING_STACK"),
        help="name of the CloudFormation stack (default: $TICKETING_STACK)",
    )
    command.set_defaults(run=run)
    return command
