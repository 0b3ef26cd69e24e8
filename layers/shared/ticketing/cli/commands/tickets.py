"""`tickets`: give a single ticket a new code or another holder, or make it void."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.bootstrap.reissue_ticket import reissue_ticket
from ticketing.cli.commands import OK
from ticketing.cli.commands import void as voiding
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import checked_name, in_json
from ticketing.cli.terminal import say
from ticketing.flows.reissue_ticket import Reissue
from ticketing.orders.order import TICKET_ID
from ticketing.payments.manual_decision import checked_note
from ticketing.tickets.ticket import Ticket


def reissue(options: Namespace, stack: Stack) -> int:
    """Replace a ticket with one that has a new code."""
    return _reissue(options, stack)


def transfer(options: Namespace, stack: Stack) -> int:
    """Replace a ticket with one that has a new code and another holder."""
    return _reissue(options, stack, checked_name(options.to_name, "--to-name"))


def void(options: Namespace, stack: Stack) -> int:
    """Make a ticket void, as the `void` command does."""
    found = TICKET_ID.fullmatch(options.ticket_id)
    options.order_number = found["order_number"] if found else options.ticket_id
    options.ticket_ids = [options.ticket_id]
    return voiding.run(options, stack)


def _reissue(options: Namespace, stack: Stack, holder: str | None = None) -> int:
    note = checked_note(options.reason)
    flow = reissue_ticket(stack.services(), dry_run=options.dry_run)
    done = flow(options.ticket_id, note, datetime.now(UTC), holder)
    if options.json:
        print(in_json(_facts(done, dry_run=options.dry_run)))
    else:
        say("\n".join(_lines(done, dry_run=options.dry_run)))
    return OK


def _lines(done: Reissue, *, dry_run: bool) -> Iterator[str]:
    order, new = done.order, done.new
    if new is None:
        yield f"{done.ticket_id} was reissued before: it is {done.current_id} now{_void(done)}."
        yield "  Nothing was written. To replace the current ticket, give its number."
        return
    yield f"{'Would reissue' if dry_run else 'Reissued'} {done.ticket_id} as {new.ticket_id}"
    yield f"  Void: ticket {done.ticket_id}"
    yield f"  Holder: {new.holder}"
    if new.places < new.admits:
        yield f"  In already: {new.admits - new.places} of {new.admits}; they stay counted"
    yield from (f"  Mail: {mail.mail_id} to {mail.recipient}" for mail in done.mails)
    if not done.mails:
        yield f"  The buyer gets no mail about it: write to {order.customer.email}"


def _void(done: Reissue) -> str:
    return "" if done.current_id in done.order.valid_ticket_ids else ", and void"


def _facts(done: Reissue, *, dry_run: bool) -> dict[str, object]:
    return {
        "order_number": done.order.order_number,
        "ticket": done.ticket_id,
        "current": done.current_id,
        "valid": done.new is not None or done.current_id in done.order.valid_ticket_ids,
        "in_already": _in_already(done.new),
        "mails": [mail.mail_id for mail in done.mails],
        "written": done.new is not None and not dry_run,
    }


def _in_already(new: Ticket | None) -> int | None:
    return None if new is None else new.admits - new.places
