"""`events give` and `events sell-at-door`: tickets that an operator hands out."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.bootstrap.box_office import give_tickets, sell_at_door
from ticketing.cli import terminal
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import checked_name, in_json
from ticketing.emails.address import single_address
from ticketing.errors import TicketingError
from ticketing.flows.give_tickets import Given
from ticketing.flows.sell_at_door import Sold
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.payments.manual_decision import checked_note


def give(options: Namespace, stack: Stack) -> int:
    """Give tickets, and show their order."""
    note, basket = checked_note(options.reason), _basket(options)
    flow = give_tickets(stack.services(), dry_run=options.dry_run)
    done = flow(basket, note, datetime.now(UTC), another=options.another)
    if options.json:
        print(in_json(_facts(done, basket, dry_run=options.dry_run)))
    else:
        terminal.say("\n".join(_lines(done, dry_run=options.dry_run)))
    return OK


def sell(options: Namespace, stack: Stack) -> int:
    """Record a sale at the door, and show the order with its tickets."""
    note, basket = checked_note(options.reason), _basket(options)
    if options.transaction and options.another:
        raise TicketingError("a transaction pays for one order: --another is for cash")
    flow = sell_at_door(stack.services(), dry_run=options.dry_run)
    code = options.transaction and options.transaction.strip().upper()
    done = flow(basket, code, note, datetime.now(UTC), another=options.another)
    if options.json:
        print(in_json(_sale(done, basket, dry_run=options.dry_run)))
    else:
        terminal.say("\n".join(_sale_lines(done, dry_run=options.dry_run)))
    return OK


def _basket(options: Namespace) -> Basket:
    return Basket(
        options.event_id,
        (Wanted(options.sku, options.count),),
        checked_name(options.name, "--name"),
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


def _sale_lines(done: Sold, *, dry_run: bool) -> Iterator[str]:
    order, (line,) = done.order, done.order.lines
    what = f"{line.quantity} x {line.description} for {order.total}, paid {_how(order)}"
    if done.decision is None:
        yield f"Sold before: {what}, nothing was written. {order.order_number} is {order.status}."
        yield f"  Orders: {', '.join(done.earlier or (order.order_number,))}"
        if order.origin is Origin.CASH:
            yield "  --another sells the same once more"
        return
    if dry_run:
        yield f"Would sell {what}"
    else:
        yield f"Sold {what}: order {order.order_number}"
        yield from (f"  Ticket: {ticket_id}" for ticket_id in order.ticket_ids)
        yield from (f"  Mail: {mail.mail_id} to {mail.recipient}" for mail in done.mails)
    if done.decision.payment:
        yield f"  SumUp transaction: {done.decision.payment.id}"
    elif not dry_run:
        yield f"  To take it back, hand the cash back and `void {order.order_number}`"
    others = [number for number in done.earlier if number != order.order_number]
    if others:
        yield f"  Besides, the same was sold before: {', '.join(others)}"


def _how(order: Order) -> str:
    return "in cash" if order.origin is Origin.CASH else "at the terminal"


def _sale(done: Sold, basket: Basket, *, dry_run: bool) -> dict[str, object]:
    order, decision = done.order, done.decision
    payment = decision.payment if decision else None
    is_written = decision is not None and not dry_run
    return {
        "order_number": order.order_number if is_written or decision is None else None,
        "event_id": order.event_id,
        "sku": basket.lines[0].sku,
        "tickets": order.tickets_count,
        "total": f"{order.total.amount} {order.total.currency}",
        "origin": order.origin,
        "transaction_id": payment.id if payment else order.transaction_id,
        "to": order.customer.email,
        "earlier": list(done.earlier),
        "written": is_written,
    }
