"""The arguments of the commands with which operators hand out tickets."""

import argparse
from argparse import ArgumentParser
from typing import Any

from ticketing.cli.options import as_json, command, dry_run, event, reason
from ticketing.language import Language


def add_box_office(actions: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    does = "give complimentary tickets: the same tickets and the same mail, and nothing to pay"
    give = command(actions, "give", "box_office.give", does, _tickets, reason, dry_run, as_json)
    give.add_argument("--to", required=True, metavar="ADDRESS", help="where the tickets go")
    give.add_argument(
        "--another",
        action="store_true",
        help="once more, though the same was given before; each time that it is typed",
    )
    does = "record a sale at the door, paid at the organiser's SumUp terminal or in cash"
    sell = command(
        actions, "sell-at-door", "box_office.sell", does, _tickets, reason, dry_run, as_json
    )
    paid = sell.add_mutually_exclusive_group(required=True)
    paid.add_argument("--cash", action="store_true", help="paid in cash: you say so")
    paid.add_argument(
        "--transaction", metavar="CODE", help="the transaction code on SumUp's receipt"
    )
    sell.add_argument("--to", required=True, metavar="ADDRESS", help="where the tickets go")
    sell.add_argument(
        "--another", action="store_true", help="the same for cash once more; each time it is typed"
    )


def _tickets(added: ArgumentParser) -> None:
    event(added)
    added.add_argument("sku", metavar="SKU", help="the ticket type, as `events show` has it")
    added.add_argument("--count", type=_count, required=True, metavar="N", help="how many tickets")
    added.add_argument("--name", required=True, help="printed on the tickets")
    added.add_argument(
        "--language",
        type=Language,
        choices=list(Language),
        default=Language.ENGLISH,
        help="of the tickets and mails: en or fr",
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tickets such as 2")
    return int(text)
