"""The arguments of every command. The commands themselves are imported when they are run."""

import argparse
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ticketing.cli.box_office_arguments import add_box_office
from ticketing.cli.cancel_arguments import add_cancelling, add_moving
from ticketing.cli.commands import DEAD_LETTER_QUEUES, POLL_SECONDS
from ticketing.cli.door_arguments import add_doors
from ticketing.cli.event_arguments import add_event_reports, formats
from ticketing.cli.options import (
    GroupedParser,
    as_json,
    command,
    dry_run,
    event,
    event_id,
    group,
    order,
    order_number,
    organiser,
    organiser_id,
    reason,
    tickets,
)
from ticketing.cli.ticket_arguments import add_tickets

LISTS = {
    "attention": "list what needs a person, and the command that helps; the default",
    "pending": "list the orders that are open",
    "stuck": "list orders and mails that have waited too long",
}


def command_line() -> GroupedParser:
    """Return the parser; `run` of its result names a module and function of `commands`."""
    parser = GroupedParser(
        "ticketing",
        usage="ticketing [-h] COMMAND ...",
        description="Payments, orders and tickets.",
        epilog="`ticketing COMMAND --help` says what a command takes.",
    )
    look, order, shop, doors, people = parser.groups("look", "one order", "shop", "doors", "people")
    _add_all_orders(look)
    _add_doctor(look)
    _add_one_order(order)
    _add_resend(order)
    add_tickets(order)
    _add_organisers(shop)
    _add_events(shop)
    _add_links(shop)
    add_doors(doors)
    _add_qr(doors)
    _add_privacy(people)
    _add_old_names(parser.ungrouped)
    return parser


def _add_all_orders(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    does = "list what needs a person, and the command that helps"
    orders = command(commands, "orders", "lists.attention", does, as_json)
    which = orders.add_mutually_exclusive_group()
    for name, does in LISTS.items():
        which.add_argument(
            f"--{name}", dest="run", action="store_const", const=f"lists.{name}", help=does
        )
    poll = command(
        commands, "poll", "poll.run", "verify an order, or all open ones, with SumUp now"
    )
    poll.add_argument(
        "order_number", metavar="ORDER", nargs="?", type=order_number, help="default: all open ones"
    )
    as_json(poll)
    poll.add_argument("--verbose", action="store_true", help="give the reason for each order")
    poll.add_argument(
        "--timeout", type=float, default=POLL_SECONDS, help="seconds to wait for answers"
    )
    audit = command(
        commands,
        "audit",
        "audit.run",
        "check all orders and report every broken rule, or verify trails",
    )
    actions = audit.add_subparsers(metavar="ACTION")
    does = "recompute the hashes of audit trails"
    trails = command(actions, "verify", "audit.verify", does, stack=argparse.SUPPRESS)
    which = trails.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "order_number", metavar="ORDER", nargs="?", type=order_number, help="such as ORD-ABC123"
    )
    which.add_argument("--all", action="store_true", help="the trails of all orders")
    as_json(trails)
    reconcile = command(
        commands,
        "reconcile",
        "reconcile.run",
        "compare a day's payments with SumUp's, as every night",
    )
    reconcile.add_argument(
        "--organiser", metavar="ID", type=organiser_id, help="such as jersey-live; default: all"
    )
    reconcile.add_argument(
        "--date", metavar="DAY", type=_day, help="such as 2026-07-18; default: yesterday"
    )
    as_json(reconcile)
    reconcile.add_argument(
        "--dry-run", action="store_true", help="only compare: change nothing, keep no report"
    )
    redrive = command(commands, "redrive", "redrive.run", "requeue dead letters")
    redrive.add_argument(
        "queue", nargs="?", choices=DEAD_LETTER_QUEUES, help="default: all of them"
    )
    as_json(redrive)
    dry_run(redrive)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-07-18") from None
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError(f"{day} is still to come")
    return day


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount such as 5.00")
    return amount


def _add_one_order(commands: Any) -> None:  # noqa: ANN401 - as above
    command(commands, "status", "status.run", "show everything about an order", order, as_json)
    for name, does in (
        ("approve", "issue the tickets of an order under review"),
        ("reject", "close an order under review for good"),
        ("cancel", "close a pending order that is not paid"),
    ):
        command(commands, name, f"decide.{name}", does, order, as_json, reason, dry_run)
    refund = command(
        commands, "refund", "refund.run", "give a buyer's money back", order, as_json, reason
    )
    part = refund.add_mutually_exclusive_group()
    part.add_argument(
        "--transaction", metavar="ID", help="which payment, where the order has several"
    )
    tickets(part)
    part.add_argument(
        "--amount", type=_amount, help="this much, such as 5.00; the tickets stay valid"
    )
    more = refund.add_mutually_exclusive_group()
    more.add_argument(
        "--already-back",
        action="store_true",
        help="only note a part that went back in SumUp's dashboard",
    )
    more.add_argument(
        "--another", action="store_true", help="the same amount as an earlier part, once more"
    )
    refund.add_argument(
        "--again",
        action="store_true",
        help="request it from SumUp once more, an hour after a request without a visible result",
    )
    dry_run(refund)
    does = "make tickets void without giving money back"
    command(commands, "void", "void.run", does, order, tickets, as_json, reason, dry_run)


def _add_doctor(commands: Any) -> None:  # noqa: ANN401 - as above
    command(commands, "doctor", "doctor.run", "report what is missing; change nothing", as_json)
    does = "show the health of the shop: what waits, decisions, mails, alarms"
    formats(command(commands, "report", "report.run", does), "html")


def _add_resend(commands: Any) -> None:  # noqa: ANN401 - as above
    does = "send an order's mails that were not sent, or its tickets again"
    resend = command(commands, "resend", "resend.run", does)
    _mail_or_order(resend)
    resend.add_argument(
        "--to", metavar="ADDRESS", help="the right address; the order keeps it from now on"
    )
    dry_run(resend)
    as_json(resend)


def _add_old_names(commands: Any) -> None:  # noqa: ANN401 - as above
    """Add the names of earlier versions, which still work; the help says what replaced them."""
    for name, does in LISTS.items():
        command(commands, name, f"lists.{name}", f"{does}; now an option of `orders`", as_json)
    does = "check an order with SumUp now: `poll ORDER`"
    command(commands, "verify", "verify.run", does, order, as_json)
    does = "try mails again that were given up: `resend MAIL` or `resend ORDER`"
    _mail_or_order(command(commands, "replay", "replay.run", does, as_json, dry_run))


def _mail_or_order(command: ArgumentParser) -> None:
    command.add_argument(
        "name",
        metavar="MAIL|ORDER",
        type=order_number,
        help="such as ORD-ABC123, or one of its mails: 'ORD-ABC123#confirmation#1'",
    )


def _add_organisers(commands: Any) -> None:  # noqa: ANN401 - as above
    actions = group(commands, "organisers", "organisers and their connections to SumUp")
    does = "print a link with which an organiser connects SumUp"
    connect = command(actions, "connect", "organisers.connect", does, organiser)
    connect.add_argument("--name", help="needed for a new organiser; else changes the name")
    connect.add_argument("--currency", help="needed for a new organiser, such as GBP")
    connect.add_argument("--merchant", help="the only SumUp merchant code that is accepted")
    does = "give an organiser's tickets a colour and a logo"
    look = command(actions, "look", "organisers.look", does, organiser)
    look.add_argument("--colour", metavar="#RRGGBB", help="of the band with the event's name")
    logo = look.add_mutually_exclusive_group()
    logo.add_argument("--logo", metavar="FILE", type=Path, help="a PNG, at most 1 MB")
    logo.add_argument("--no-logo", action="store_true", help="remove the logo")
    command(actions, "list", "organisers.show", "list organisers and connections", as_json)


def _add_events(commands: Any) -> None:  # noqa: ANN401 - as above
    actions = group(commands, "events", "events and their ticket types")
    does = "put events and ticket types from a file on sale"
    file = command(actions, "import", "events.import_file", does)
    file.add_argument("file", metavar="FILE", type=Path, help="JSON, such as local/events.json")
    does = "write the pages of all events anew, after the site was deployed"
    command(actions, "pages", "events.pages", does)
    does = "mail the buyers of an event what has changed"
    announce = command(actions, "announce", "events.announce", does)
    announce.add_argument(
        "event_id", metavar="EVENT", type=event_id, help="as in the file that was imported"
    )
    announce.add_argument("--dry-run", action="store_true", help="only count the mails")
    add_event_reports(actions)
    add_cancelling(actions)
    add_moving(actions)
    add_box_office(actions)


def _add_qr(commands: Any) -> None:  # noqa: ANN401 - as above
    actions = group(commands, "qr", "the QR codes of tickets")
    verify = command(actions, "verify", "qr.verify", "check whether a scanned text is a ticket")
    verify.add_argument("text", metavar="TEXT", type=str.strip, help="as scanned, in quotes")
    verify.add_argument("--event", metavar="ID", type=event_id, help="the only event it may be for")
    as_json(verify)
    command(actions, "keys", "qr.keys", "print what a door needs to check tickets", event)
    does = "publish the public keys of all events, after the keys were rotated"
    command(actions, "publish", "qr.publish", does)
    command(actions, "void", "qr.void", "list the void tickets of an event", event, as_json)


def _add_links(commands: Any) -> None:  # noqa: ANN401 - as above
    actions = group(commands, "links", "the links in buyers' mails")
    does = "let links from before an update open their orders after it; see CHANGELOG.md"
    command(actions, "keep", "links.keep", does)


def _add_privacy(commands: Any) -> None:  # noqa: ANN401 - as above
    actions = group(commands, "privacy", "the data of one person")
    export = command(actions, "export", "privacy.export", "print everything about one person")
    export.add_argument(
        "--to", metavar="DIR", type=Path, help="also write it there, with PDFs and mails"
    )
    does = "erase one person from all tables and files"
    erase = command(actions, "erase", "privacy.erase", does, reason)
    erase.add_argument(
        "--even-before-the-event",
        action="store_true",
        help="also if the event is still to come; the tickets stay valid",
    )
    as_json(erase)
    dry_run(erase)
    command(actions, "fold", "privacy.fold", "file orders of an earlier version by small letters")
    for each in (export, erase):
        each.add_argument("--email", required=True, metavar="ADDRESS", help="theirs")
