"""`status`: everything about an order on one screen, from every table, and what comes next."""

from argparse import Namespace
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from ticketing.audit.order_snapshot import OrderSnapshot, Unreadable
from ticketing.audit.rules import breaches
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, moment, table
from ticketing.cli.terminal import bad, say
from ticketing.emails.mail import Mail, MailStatus
from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.money import format_amount
from ticketing.operators.next_step import NextStep, next_step
from ticketing.orders.commands import PROGRAM
from ticketing.orders.order import Order
from ticketing.tickets.ticket import TicketStatus


def run(options: Namespace, stack: Stack) -> int:
    """Show the order; the exit code tells whether it needs a person."""
    number, now = options.order_number, datetime.now(UTC)
    look = stack.services().audit_reader.look(number)
    if isinstance(look.order, Unreadable):
        raise UnreadableOrder(number, f"{look.order.problem}; rows that name it: {look.rows}")
    if look.snapshot is None:
        raise OrderNotFound(number)
    evidence, next_ = look.snapshot, next_step(look.snapshot.order)
    broken = [f"{b.rule}: {b.sentence} ({', '.join(b.rows)})" for b in breaches(evidence, now)]
    if options.json:
        print(in_json(_facts(evidence, next_, broken)))
    else:
        say("\n".join(_text(evidence, next_, broken)))
    return ATTENTION if next_.needs_a_person or broken else OK


def _text(evidence: OrderSnapshot, next_: NextStep, broken: Sequence[str]) -> Iterator[str]:
    order = evidence.order
    since = order.settled_at or order.created_at
    rejected = ", rejected by a person" if order.rejected else ""
    void = f", its tickets void since {moment(order.voided_at)} UTC" if order.voided_at else ""
    head = f"{order.order_number}: {order.status} since {moment(since)} UTC{rejected}{void}"
    yield bad(head) if next_.needs_a_person or broken else head
    yield f"  Why: {order.status_reason or 'no reason is stored'}"
    yield f"  Next: {next_.happens} See {next_.page}"
    if next_.tickets:
        more = f" See {next_.tickets_page}" if next_.tickets_page else ""
        yield f"  Tickets: {next_.tickets}{more}"
    if next_.at:
        yield f"  When: {moment(next_.at)} UTC, or at the next scan after that"
    if next_.commands:
        yield "  Commands:"
        yield from (f"    {PROGRAM} {typed}" for typed in next_.commands)
    yield f"  Buyer: {order.customer.name}, {order.customer.email}"
    yield f"  Event {order.event_id} of {order.organiser_id}, total {order.total}"
    if order.origin:
        yield f"  Origin: {order.origin}, not ordered in the shop"
    for line in order.lines:
        price = format_amount(line.unit_price, order.total.currency)
        yield f"    {line.quantity} x {line.description} at {price}"
    yield f"  Placed {moment(order.created_at)}, to be paid until {moment(order.open_until)} UTC"
    yield f"  Seats: {'held' if order.holds_seats else 'on sale again'}"
    status = order.payment_status or "nothing"
    yield f"  Last check: {moment(order.checked_at)}, SumUp answered {status}"
    yield from _section("Checkouts", [("ID", "STATUS", "AMOUNT"), *_checkouts(evidence)])
    yield from _section("Payment", [("TRANSACTION", "AMOUNT", "CHECKOUT"), *_payments(evidence)])
    refunds = ("TRANSACTION", "STATUS", "AMOUNT", "ASKED", "SETTLED", "NOTE")
    yield from _section("Refunds", [refunds, *_refunds(order)], long=[5])
    yield from _section("Tickets", [("ID", "STATUS", "TYPE"), *_tickets(evidence)], long=[2])
    mails = ("ID", "STATUS", "TO", "WHEN", "NOTE")
    yield from _section("Mails", [mails, *_mails(evidence)], long=[2, 4])
    trail = ("", "WHEN", "BY", "CHANGE", "WHY", "SEEN")
    yield from _section("Trail", [trail, *_trail(evidence)], long=[2, 4, 5])
    yield "\nRules:" if broken else "\nRules: all hold"
    yield from (f"  {bad(line)}" for line in broken)


def _section(
    name: str, rows: Sequence[Sequence[str]], *, long: Collection[int] = ()
) -> Iterator[str]:
    yield f"\n{name}{': none' if len(rows) == 1 else ''}"
    if len(rows) > 1:
        yield table(rows, "  ", long=long)


def _checkouts(evidence: OrderSnapshot) -> Iterator[tuple[str, ...]]:
    for one in evidence.checkouts:
        yield one.checkout_id, one.status or "-", format_amount(one.amount, one.currency)


def _payments(evidence: OrderSnapshot) -> Iterator[tuple[str, ...]]:
    for one in evidence.payments:
        yield one.transaction_id, format_amount(one.amount, one.currency), one.checkout_id or "-"


def _refunds(order: Order) -> Iterator[tuple[str, ...]]:
    for one in (*order.refunds, *order.parts):
        status = one.status.value if one.went_back else bad(one.status.value)
        times = moment(one.asked_at), moment(one.settled_at)
        yield one.name, status, f"{one.amount}", *times, one.problem


def _tickets(evidence: OrderSnapshot) -> Iterator[tuple[str, ...]]:
    for one in evidence.tickets:
        now = f", now {one.replaced_by}" if one.replaced_by else ""
        status = f"{one.status.value}{now}"
        is_void = one.status is TicketStatus.VOID
        yield one.ticket_id, bad(status) if is_void else status, one.description


def _mails(evidence: OrderSnapshot) -> Iterator[tuple[str, ...]]:
    for mail in _in_order(evidence):
        status = mail.status.value
        is_lost = mail.status is MailStatus.PROBLEM
        shown = bad(status) if is_lost else status
        yield mail.mail_id, shown, mail.recipient, moment(_when(mail)), _note(mail)


def _in_order(evidence: OrderSnapshot) -> list[Mail]:
    return sorted((stored.mail for stored in evidence.mails), key=lambda mail: mail.created_at)


def _when(mail: Mail) -> datetime:
    return mail.failed_at or mail.delivered_at or mail.created_at


def _note(mail: Mail) -> str:
    if mail.next_attempt_at:
        tried = f", tried {counted(mail.attempts, 'time')}" if mail.attempts else ""
        return f"due {moment(mail.next_attempt_at)}{tried} {mail.problem or ''}".rstrip()
    return mail.problem or ""


def _trail(evidence: OrderSnapshot) -> Iterator[tuple[str, ...]]:
    for stored in sorted(evidence.trail, key=lambda s: s.entry.sequence):
        one = stored.entry
        yield str(one.sequence), moment(one.at), one.by, one.change, one.reason, one.seen


def _facts(evidence: OrderSnapshot, next_: NextStep, broken: Sequence[str]) -> dict[str, object]:
    order = evidence.order
    entries = sorted((s.entry for s in evidence.trail), key=lambda entry: entry.sequence)
    return {
        **_order(order),
        "next": next_.happens,
        "next_at": iso(next_.at),
        "runbook": next_.page,
        "tickets_next": next_.tickets,
        "tickets_runbook": next_.tickets_page,
        "commands": list(next_.commands),
        "needs_a_person": next_.needs_a_person,
        "checkouts": [
            {"id": c.checkout_id, "status": c.status or "-", "amount": f"{c.amount} {c.currency}"}
            for c in evidence.checkouts
        ],
        "payments": [
            {
                "transaction_id": p.transaction_id,
                "amount": f"{p.amount} {p.currency}",
                "checkout_id": p.checkout_id,
            }
            for p in evidence.payments
        ],
        "refunds": [
            {
                "transaction_id": r.name,
                "status": r.status.value,
                "amount": f"{r.amount.amount} {r.amount.currency}",
                "asked_at": iso(r.asked_at),
                "settled_at": iso(r.settled_at),
                "note": r.problem,
            }
            for r in (*order.refunds, *order.parts)
        ],
        "tickets": [
            {
                "id": t.ticket_id,
                "status": t.status.value,
                "type": t.description,
                "replaced_by": t.replaced_by,
            }
            for t in evidence.tickets
        ],
        "mails": [
            {
                "id": m.mail_id,
                "status": m.status.value,
                "to": m.recipient,
                "when": iso(_when(m)),
                "note": _note(m),
            }
            for m in _in_order(evidence)
        ],
        "trail": [
            {
                "sequence": e.sequence,
                "at": iso(e.at),
                "by": e.by,
                "change": e.change,
                "reason": e.reason,
                "seen": e.seen,
            }
            for e in entries
        ],
        "broken_rules": list(broken),
    }


def _order(order: Order) -> dict[str, object]:
    return {
        "order_number": order.order_number,
        "status": order.status.value,
        "rejected": order.rejected,
        "why": order.status_reason,
        "total": str(order.total.amount),
        "currency": order.total.currency,
        "event_id": order.event_id,
        "organiser_id": order.organiser_id,
        "buyer": {"name": order.customer.name, "email": order.customer.email},
        "created_at": iso(order.created_at),
        "open_until": iso(order.open_until),
        "settled_at": iso(order.settled_at),
        "checked_at": iso(order.checked_at),
        "payment_status": order.payment_status,
        "delivery": order.delivery.value if order.delivery else None,
        "holds_seats": order.holds_seats,
        "origin": order.origin,
        "voided_at": iso(order.voided_at),
    }
