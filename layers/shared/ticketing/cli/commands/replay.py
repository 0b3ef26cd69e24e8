"""`replay`: send mails again that were given up or are waiting, by their id or their order."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.adapters.aws.queues import Queue
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.cli.terminal import say
from ticketing.flows.replay_mail import Replay, ReplayMail


def run(options: Namespace, stack: Stack) -> int:
    """Make a mail due again, or all mails of an order that need it."""
    stack.bind("orders_table", "mails_table", "audit_table")
    queue = Queue(stack.session.client("sqs"), stack.outputs["DeliveryQueueUrl"], "mail_id")
    orders = OrderTable(stack.caller)
    flow = ReplayMail(orders, Outbox(), queue, dry_run=options.dry_run)
    now = datetime.now(UTC)
    if "#" in options.name:
        done = [flow.one(options.name, now)]
    else:
        done = flow.of_order(options.name, now)
    if options.json:
        print(in_json([facts(replay, dry_run=options.dry_run) for replay in done]))
    elif not done:
        print(f"No mail of {options.name} waits or was given up: nothing to do.")
    else:
        say("\n".join(line(replay, dry_run=options.dry_run) for replay in done))
    return OK


def line(replay: Replay, *, dry_run: bool) -> str:
    mail, before = replay.mail, replay.before
    if not replay.is_written:
        asked = "would be asked for" if dry_run else "it was asked for"
        return f"{mail.mail_id} is due already: {asked} again"
    verb = "Would put" if dry_run else "Put"
    why = f" ({before.problem})" if before.problem else ""
    return f"{verb} {mail.mail_id} to {mail.recipient} back: it was {before.status}{why}"


def facts(replay: Replay, *, dry_run: bool) -> dict[str, object]:
    return {
        "mail_id": replay.mail.mail_id,
        "to": replay.mail.recipient,
        "status_before": replay.before.status.value,
        "status": replay.mail.status.value,
        "problem": replay.before.problem,
        "written": replay.is_written and not dry_run,
    }
