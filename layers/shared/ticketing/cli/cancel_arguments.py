"""The arguments of the commands that cancel or move an event."""

from typing import Any

from ticketing.cli.options import as_json, command, dry_run, event, reason
from ticketing.events.event import RefundPolicy


def add_cancelling(actions: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    does = "cancel an event: void its tickets, tell its buyers, give their money back"
    cancel = command(actions, "cancel", "event_cancel.run", does, event, reason, dry_run, as_json)
    cancel.add_argument(
        "--refund",
        type=RefundPolicy,
        choices=list(RefundPolicy),
        default=RefundPolicy.ALL,
        help="whose money goes back; default: all. With none, buyers are told to ask",
    )


def add_moving(actions: Any) -> None:  # noqa: ANN401 - as above
    does = "move an event to another time: tell its buyers, and let them ask for their money back"
    move = command(actions, "move", "event_move.run", does, event, dry_run, as_json)
    for name, about, needed in (
        ("--starts-at", "on the clock of the venue, such as 2027-07-18T18:30", True),
        ("--doors-at", "default: as long before the start as now", False),
        ("--ends-at", "default: as long after the start as now", False),
        (
            "--refunds-until",
            "a time, or a day that counts to its end: how long buyers may ask for their money back",
            True,
        ),
    ):
        move.add_argument(name, metavar="TIME", help=about, required=needed)
    does = "give the money back to the buyers of a moved event who asked for it"
    command(actions, "refunds", "event_move.refunds", does, event, reason, dry_run, as_json)
