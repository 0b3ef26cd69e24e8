"""`events give`: tickets that an operator hands out."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.bootstrap.box_office import give_tickets
from ticketing.cli import terminal
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.emails.address import single_address
from ticketing.errors import TicketingError
from ticketing.flows.give_tickets import Given
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import OrderStatus
from ticketing.payments.manual_decision import checked_note
from ticketing.text import LONGEST_NAME, clean


def give(options: Namespace, stack: Stack) -> int:
    """Give tickets, and show the order that they are of."""
    note, basket = checked_note(options.reason), _basket(options)
    flow = give_tickets(stack.services(), dry_run=options.dry_run)
    done = flow(basket, note, datetime.now(UTC), another=options.another)
    if options.json:
        print(in_json(_facts(done, basket, dry_run=options.dry_run)))
    else:
        terminal.say("\n".join(_lines(done, dry_run=options.dry_run)))
    return OK


def _basket(options: Namespace) -> Basket:
    name = clean(options.name)
    if not name or len(name) > LONGEST_NAME:
        raise TicketingError(f"--name needs a name of at most {LONGEST_NAME} characters")
    return Basket(
        options.event_id,
        (Wanted(options.sku, options.count),),
        name,
        single_address(options.to),
        options.language,
    )


def _lines(done: Given, *, dry_run: bool) -> Iterator[str]:
    order, (line,) = done.order, done.order.lines
    what = f"{line.quantity} x {line.description} to {order.customer.email}"
    if not done.is_new:
        yield f"Given before: {what}, nothing was written. {_status(done)}"
        yield f"  Orders: {', '.join(done.earlier or (order.order_number,))}"
        yield "  --another gives the same once more"
        return
    if dry_run:
        yield f"Would give {what}"
    else:
        yield f"Gave {what}: order {order.order_number}"
        yield f"  {_status(done)}"
    if done.earlier:
        yield f"  Besides, the same was given before: {', '.join(done.earlier)}"


def _status(done: Given) -> str:
    number = done.order.order_number
    if done.order.status is not OrderStatus.PENDING:
        return f"{number} is {done.order.status}."
    when = "within a minute" if done.is_queued else "with the next scan, within minutes"
    return f"Tickets and mail follow {when}; see `status {number}`."


def _facts(done: Given, basket: Basket, *, dry_run: bool) -> dict[str, object]:
    order = done.order
    is_planned = dry_run and done.is_new
    return {
        "order_number": None if is_planned else order.order_number,
        "status": None if is_planned else order.status.value,
        "event_id": order.event_id,
        "sku": basket.lines[0].sku,
        "tickets": order.tickets_count,
        "to": order.customer.email,
        "language": order.customer.language.value,
        "origin": order.origin,
        "earlier": list(done.earlier),
        "written": done.is_new and not dry_run,
    }
