"""`resend`: send the tickets of an order again, to another address if the old one is wrong."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.adapters.aws.queues import Queue
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.audit.order_snapshot import OrderSnapshot, Rule
from ticketing.audit.rules import breaches
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.errors import MailUnwanted, NotIssued, TicketingError, TicketsVoid
from ticketing.flows.resend_tickets import Resend, ResendForOperator

LACKING = frozenset({Rule.TICKET_MISSING, Rule.PAYMENT_MISSING})
SPAM = (
    "the buyer marked our mail as spam. The tickets are on the order's page. If another address is "
    "theirs, give it with --to; see docs/operating.md, 'Bounces and complaints'"
)


def run(options: Namespace, stack: Stack) -> int:
    """Send the tickets again, and show what was written."""
    services = stack.services()
    queue = Queue(stack.session.client("sqs"), stack.setting("DELIVERY_QUEUE_URL"), "mail_id")
    resend = ResendForOperator(OrderTable(stack.caller), Outbox(), queue)
    number, now = options.order_number, datetime.now(UTC)
    _refuse_unless_whole(services.audit_reader.look(number).snapshot, now)
    try:
        done = resend(number, options.to, now, dry_run=options.dry_run)
    except TicketsVoid:
        raise
    except NotIssued as error:
        text = f"order {number} has no tickets: it is not completed"
        raise TicketingError(text) from error
    except MailUnwanted as error:
        raise TicketingError(SPAM) from error
    show = _json if options.json else _text
    print(show(done, dry_run=options.dry_run))
    return OK


def _refuse_unless_whole(snapshot: OrderSnapshot | None, now: datetime) -> None:
    """Raise `TicketingError` if the delivery would fail: a ticket or the payment has no row."""
    if snapshot is None or not snapshot.order.admits:
        return  # the flow says why
    lacking = [b for b in breaches(snapshot, now) if b.rule in LACKING]
    if lacking:
        rows = ", ".join(row for breach in lacking for row in breach.rows)
        text = f"order {snapshot.order.order_number} is not whole, so nothing was sent: "
        text += " ".join(breach.sentence for breach in lacking)
        raise TicketingError(f"{text} ({rows}); see docs/runbooks/broken-data.md")


def _text(done: Resend, *, dry_run: bool) -> str:
    order, mail = done.order, done.mail
    if not done.is_new:
        return f"{mail.mail_id} to {mail.recipient} is under way already: nothing was written."
    may, sent = ("Would correct", "Would send") if dry_run else ("Corrected", "Sending")
    count = len(order.valid_ticket_ids)
    lines = [f"{sent} {count} tickets of {order.order_number} to {mail.recipient}"]
    if done.corrects:
        lines.insert(0, f"{may} the address of {order.order_number}: it was {order.customer.email}")
    return "\n".join([*lines, f"Mail: {mail.mail_id}"])


def _json(done: Resend, *, dry_run: bool) -> str:
    facts = {
        "order_number": done.order.order_number,
        "tickets": len(done.order.valid_ticket_ids),
        "mail_id": done.mail.mail_id,
        "to": done.mail.recipient,
        "address_before": done.order.customer.email if done.corrects else None,
        "written": done.is_new and not dry_run,
    }
    return in_json(facts)
