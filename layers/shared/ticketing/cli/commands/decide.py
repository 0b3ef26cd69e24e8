"""`approve`, `reject` and `cancel`: decisions about an order that only a person may make."""

from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime

from ticketing.bootstrap.review_order import review_order
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.cli.terminal import say
from ticketing.flows.review_order import Decided, ReviewOrder
from ticketing.money import format_amount
from ticketing.orders.commands import line
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action, Decision
from ticketing.payments.manual_decision import checked_note

DONE = {
    Reason.APPROVED: ("Approved", "Would approve"),
    Reason.REJECTED: ("Rejected", "Would reject"),
    Reason.CANCELLED: ("Cancelled", "Would cancel"),
}


def approve(options: Namespace, stack: Stack) -> int:
    """Issue the tickets of an order under review; SumUp must show its money."""
    return _decide(options, stack, ReviewOrder.approve)


def reject(options: Namespace, stack: Stack) -> int:
    """Close an order under review for good."""
    return _decide(options, stack, ReviewOrder.reject)


def cancel(options: Namespace, stack: Stack) -> int:
    """Close a pending order that is not paid."""
    return _decide(options, stack, ReviewOrder.cancel)


def _decide(
    options: Namespace,
    stack: Stack,
    decide: Callable[[ReviewOrder, str, str, datetime], Decided],
) -> int:
    note = checked_note(options.reason)
    flow = review_order(stack.services(), dry_run=options.dry_run)
    done = decide(flow, options.order_number, note, datetime.now(UTC))
    if options.json:
        print(in_json(_facts(done, dry_run=options.dry_run)))
    else:
        say(_text(done, dry_run=options.dry_run))
    return OK


def _text(done: Decided, *, dry_run: bool) -> str:
    order, decision = done.order, done.decision
    if decision is None:
        return f"{order.order_number} is {order.status} already: there is nothing more to write."
    verb = DONE[decision.reason][dry_run]
    lines = [f"{verb} {order.order_number}, {order.total}: {order.status} -> {_after(decision)}"]
    if decision.payment:
        paid = format_amount(decision.payment.amount, decision.payment.currency)
        lines.append(f"  Paid: {paid}, SumUp transaction {decision.payment.id}")
    lines += [f"  Checkout taken out of use: {gone}" for gone in done.deactivated]
    lines += [f"  Ticket: {ticket.ticket_id}" for ticket in done.tickets]
    lines.append(f"  Seats: {_seats(done)}")
    lines += [f"  Mail: {mail.mail_id} to {mail.recipient}" for mail in done.mails]
    if decision.action is Action.CLOSE and not done.mails:
        lines.append(f"  The buyer gets no mail about it: write to {order.customer.email}")
    if decision.action is Action.CLOSE and decision.has_money:
        lines += _giving_back(order, decision)
    lines.append(f"  In the trail: {decision.reason}: {decision.note}")
    return "\n".join(lines)


def _after(decision: Decision) -> OrderStatus:
    return decision.closes_as or OrderStatus.COMPLETED


def _seats(done: Decided) -> str:
    issues = done.decision is not None and done.decision.action is Action.ISSUE
    if issues:
        return "held as before" if done.order.holds_seats else "taken again"
    return "on sale again" if done.order.holds_seats else "on sale since it was closed"


def _giving_back(order: Order, decision: Decision) -> list[str]:
    """Return lines with the payments that SumUp shows, and for each the command for a refund."""
    taken = decision.checkout.successful if decision.checkout else ()
    named = [line("refund", order.order_number, transaction=t.id) for t in taken if t.id]
    return [f"  Give the money back: {_money(decision)}", *(f"    {typed}" for typed in named)]


def _money(decision: Decision) -> str:
    taken = decision.checkout.successful if decision.checkout else ()
    listed = (f"{t.id} {format_amount(t.amount, t.currency)}" for t in taken)
    return ", ".join(listed) or "SumUp names no transaction"


def _facts(done: Decided, *, dry_run: bool) -> dict[str, object]:
    order, decision = done.order, done.decision
    payment = decision.payment if decision else None
    return {
        "order_number": order.order_number,
        "status_before": order.status.value,
        "status": (_after(decision) if decision else order.status).value,
        "reason": decision.reason.value if decision else None,
        "note": decision.note if decision else None,
        "total": f"{order.total.amount} {order.total.currency}",
        "transaction_id": payment.id if payment else None,
        "paid": f"{payment.amount} {payment.currency}" if payment else None,
        "to_give_back": _money(decision)
        if decision and decision.action is Action.CLOSE and decision.has_money
        else None,
        "tickets": [ticket.ticket_id for ticket in done.tickets],
        "mails": [mail.mail_id for mail in done.mails],
        "deactivated": list(done.deactivated),
        "written": decision is not None and not dry_run,
    }
