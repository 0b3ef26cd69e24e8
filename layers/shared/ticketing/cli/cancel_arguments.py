"""The arguments of the commands that cancel an event."""

from typing import Any

from ticketing.cli.options import as_json, command, dry_run, reason
from ticketing.events.event import RefundPolicy


def add_cancelling(actions: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    does = "cancel an event: void its tickets, tell its buyers, give their money back"
    cancel = command(actions, "cancel", "event_cancel.run", does)
    cancel.add_argument("event_id", metavar="EVENT", help="such as 5")
    cancel.add_argument(
        "--refund",
        type=RefundPolicy,
        choices=list(RefundPolicy),
        default=RefundPolicy.ALL,
        help="whose money goes back; default: all. With none, buyers are told to ask",
    )
    for add in (reason, dry_run, as_json):
        add(cancel)
