"""`void`: make tickets void without giving money back, or free ones."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.cli.terminal import say
from ticketing.flows.void_tickets import Voiding, VoidTickets
from ticketing.orders.commands import line
from ticketing.payments.manual_decision import checked_note


def run(options: Namespace, stack: Stack) -> int:
    """Make the named tickets of an order void, or all of them."""
    services, note = stack.services(), checked_note(options.reason)
    flow = VoidTickets(services.orders, services.notifier, dry_run=options.dry_run)
    done = flow(options.order_number, tuple(options.ticket_ids), note, datetime.now(UTC))
    if options.json:
        print(in_json(_facts(done, dry_run=options.dry_run)))
    else:
        say(_text(done, dry_run=options.dry_run))
    return OK


def _text(done: Voiding, *, dry_run: bool) -> str:
    order = done.order
    if not done.tickets:
        return f"{order.order_number}: these tickets are void already, there is nothing to write."
    lines = [f"{'Would make' if dry_run else 'Made'} tickets of {order.order_number} void"]
    lines += [f"  Void: ticket {ticket_id}" for ticket_id in done.tickets]
    lines.append("  Seats: on sale again")
    lines += [f"  Mail: {mail.mail_id} to {mail.recipient}" for mail in done.mails]
    if not done.mails:
        lines.append(f"  The buyer gets no mail about it: write to {order.customer.email}")
    if not order.is_free:
        lines.append("  No money goes back. To give it back:")
        lines.append(f"    {line('refund', order.order_number)}")
    return "\n".join(lines)


def _facts(done: Voiding, *, dry_run: bool) -> dict[str, object]:
    return {
        "order_number": done.order.order_number,
        "void": list(done.tickets),
        "all": done.is_all,
        "mails": [mail.mail_id for mail in done.mails],
        "written": bool(done.tickets) and not dry_run,
    }
