"""All rules about an order, as a table."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ticketing.audit import mails, refunds, reissues, sales, scheduling, tickets, trail
from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, Unreadable


def rows_are_readable(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Every row that names the order can be read."""
    for found in snapshot.unreadable:
        yield unreadable(found, snapshot.order.order_number)


TRAIL: Sequence[Callable[[OrderSnapshot, datetime], Iterator[Breach]]] = (
    trail.trail_has_no_gap,
    trail.trail_is_as_written,
    trail.status_is_recorded,
    trail.rejection_is_recorded,
    trail.origin_is_recorded,
    trail.void_tickets_are_recorded,
    trail.each_void_ticket_is_recorded,
    trail.address_changes_are_recorded,
    trail.refund_requests_are_recorded,
    reissues.reissues_are_recorded,
)
"""The rules that are about the audit trail alone."""

RULES: Sequence[Callable[[OrderSnapshot, datetime], Iterator[Breach]]] = (
    rows_are_readable,
    tickets.tickets_are_there,
    tickets.no_ticket_is_unwarranted,
    tickets.tickets_are_right,
    tickets.paid_facts_are_right,
    tickets.payment_is_there,
    tickets.no_payment_is_unwarranted,
    tickets.payment_is_right,
    tickets.checkouts_are_there,
    tickets.checkouts_are_listed,
    tickets.checkouts_are_right,
    sales.sold_while_on_sale,
    sales.paid_before_it_begins,
    mails.confirmation_is_there,
    mails.delivery_agrees,
    mails.tickets_arrive,
    mails.mails_are_right,
    scheduling.order_is_scheduled,
    scheduling.nothing_is_scheduled_needlessly,
    scheduling.seats_are_held,
    scheduling.settled_when_settled,
    refunds.void_for_a_reason,
    refunds.refunds_are_right,
    refunds.no_more_went_back_than_was_paid,
    refunds.refunds_are_recorded,
    refunds.refunds_are_settled,
    *TRAIL,
)


def breaches(snapshot: OrderSnapshot, now: datetime) -> tuple[Breach, ...]:
    """Return every breach of a rule by an order at `now`."""
    return tuple(breach for rule in RULES for breach in rule(snapshot, now))


def unreadable(found: Unreadable, order_number: str | None) -> Breach:
    """Return the breach for a row that cannot be read."""
    text = f"The row cannot be read: {found.problem}."
    return Breach(Rule.UNREADABLE, text, (found.row,), order_number)


def orphans(order_number: str, rows: Sequence[str]) -> Breach:
    """Return the breach for rows that name an order that does not exist."""
    return Breach(Rule.ORPHAN, "The order that is named here does not exist.", tuple(rows),
                  order_number)  # fmt: skip
