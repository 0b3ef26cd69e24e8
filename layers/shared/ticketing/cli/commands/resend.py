"""`resend`: send a mail again, or an order's unsent mails, or else its tickets once more."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.adapters.aws.queues import Queue
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.audit.order_snapshot import OrderSnapshot, Rule
from ticketing.audit.rules import breaches
from ticketing.cli.commands import OK, replay
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import say
from ticketing.errors import MailUnwanted, NotIssued, TicketingError, TicketsVoid
from ticketing.flows.replay_mail import ReplayMail
from ticketing.flows.resend_tickets import Resend, ResendForOperator
from ticketing.flows.send_again import SendAgain, SentAgain

LACKING = frozenset({Rule.TICKET_MISSING, Rule.PAYMENT_MISSING})
SPAM = (
    "the buyer marked our mail as spam. The tickets are on the order's page. If another address is "
    "theirs, give it with --to; see docs/operating.md, 'Bounces and complaints'"
)


def run(options: Namespace, stack: Stack) -> int:
    """Send a mail or an order's mails again, and show what was stored."""
    if "#" in options.name:
        if options.to:
            raise TicketingError("--to is for an order: a mail keeps its address")
        return replay.run(options, stack)
    services = stack.services()
    queue = Queue(stack.session.client("sqs"), stack.setting("DELIVERY_QUEUE_URL"), "mail_id")
    orders, outbox = OrderTable(stack.caller), Outbox()
    send_again = SendAgain(
        ReplayMail(orders, outbox, queue, options.dry_run),
        ResendForOperator(orders, outbox, queue),
    )
    number, now = options.name, datetime.now(UTC)
    _refuse_unless_whole(services.audit_reader.look(number).snapshot, now)
    try:
        done = send_again(number, options.to, now)
    except TicketsVoid:
        raise
    except NotIssued as error:
        text = f"order {number} has no tickets: it is not completed"
        raise TicketingError(text) from error
    except MailUnwanted as error:
        raise TicketingError(SPAM) from error
    if options.json:
        print(_json(done, dry_run=options.dry_run))
    else:
        say(_text(done, dry_run=options.dry_run))
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


def _text(done: SentAgain, *, dry_run: bool) -> str:
    lines = [replay.line(one, dry_run=dry_run) for one in done.put_back]
    return "\n".join([*lines, *(_new(done.new, dry_run=dry_run) if done.new else [])])


def _new(done: Resend, *, dry_run: bool) -> list[str]:
    order, mail = done.order, done.mail
    if not done.is_new:
        return [f"{mail.mail_id} to {mail.recipient} is under way already: nothing was written."]
    may, sent = ("Would correct", "Would send") if dry_run else ("Corrected", "Sending")
    tickets = counted(len(order.valid_ticket_ids), "ticket")
    lines = [f"{sent} {tickets} of {order.order_number} to {mail.recipient}"]
    if done.corrects:
        lines.insert(0, f"{may} the address of {order.order_number}: it was {order.customer.email}")
    return [*lines, f"Mail: {mail.mail_id}"]


def _json(done: SentAgain, *, dry_run: bool) -> str:
    order, new, mail = done.order, done.new, done.with_tickets
    corrects = new is not None and new.corrects
    is_written = any(one.is_written for one in done.put_back) or (new is not None and new.is_new)
    facts = {
        "order_number": order.order_number,
        "tickets": len(order.valid_ticket_ids),
        "mail_id": mail.mail_id if mail else None,
        "to": mail.recipient if mail else None,
        "address_before": order.customer.email if corrects else None,
        "put_back": [replay.facts(one, dry_run=dry_run) for one in done.put_back],
        "written": is_written and not dry_run,
    }
    return in_json(facts)
