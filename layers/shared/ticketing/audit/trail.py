"""The audit trail: no gaps, hashes that are right and linked, and an order that agrees with it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.order import MOVES, OrderStatus, Origin
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence
from ticketing.orders.transitions import ADDRESS_CHANGED, REFUND_ASKED

LONGEST = 1000
"""The most entries in a trail; an order has a dozen in a long life."""
REOPENED_BY_HAND = frozenset({OrderStatus.REVIEW})
"""Statuses from which a person may set an order to pending by hand, without an entry."""


def trail_has_no_gap(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """There is an entry for each audited change, and no other."""
    order = snapshot.order
    if order.version > LONGEST:
        text = f"The order says it is at version {order.version}, more than any order sees."
        yield snapshot.breach(Rule.TRAIL_GAP, text)
        return
    for sequence in sorted(_wanted(snapshot) ^ _found(snapshot)):
        row = f"audit {order.order_number} {sequence}"
        if not snapshot.is_unreadable(row):
            known = "is missing" if sequence <= order.version else "is more than the order counts"
            text = f"The order is at version {order.version}; this entry {known}."
            yield snapshot.breach(Rule.TRAIL_GAP, text, row)


def trail_is_as_written(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Each entry has its own hash and that of the one before; the order has that of the last."""
    order = snapshot.order
    by_sequence = {stored.entry.sequence: stored for stored in snapshot.trail}
    for sequence, stored in sorted(by_sequence.items()):
        row = f"audit {order.order_number} {sequence}"
        if stored.entry.order_number != order.order_number or stored.entry.hash != stored.hash:
            text = "The audit entry is not as it was written."
            yield snapshot.breach(Rule.TRAIL_EDITED, text, row)
        before = by_sequence.get(sequence - 1)
        previous = "" if sequence == 1 else before.hash if before else None
        if previous is not None and stored.entry.previous_hash != previous:
            text = "The audit entry does not follow the one before."
            yield snapshot.breach(Rule.TRAIL_EDITED, text, row)
    last = by_sequence.get(order.version)
    newest = "" if order.version == 0 else last.hash if last else None
    if newest is not None and order.audit_hash != newest:
        text = "The order's audit hash is not that of its newest entry."
        yield snapshot.breach(Rule.TRAIL_EDITED, text)


def status_is_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order has the last status in its trail, and reached it by legal moves."""
    order = snapshot.order
    recorded = [OrderStatus.PENDING, *_statuses(snapshot)]
    last = recorded[-1]
    reopened = order.status is OrderStatus.PENDING and last in REOPENED_BY_HAND
    if order.status is not last and not reopened and not is_torn(snapshot):
        text = f"The order is {order.status}; its audit trail says {last}."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)
    for before, after in pairwise(recorded):
        by_hand = before in REOPENED_BY_HAND and _may_follow_pending(after)
        if after not in MOVES[before] and not by_hand:
            text = f"The audit trail tells of a move from {before} to {after}, which is not legal."
            yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def rejection_is_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order is rejected if and only if its trail records that a person rejected it."""
    order, moves = snapshot.order, _moves(snapshot)
    recorded = bool(moves) and moves[-1].why == Reason.REJECTED
    if order.rejected is not recorded and not is_torn(snapshot):
        state = "is" if order.rejected else "is not"
        text = f"The order {state} marked as rejected; its audit trail says otherwise."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def origin_is_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order has an origin if and only if its trail records it.

    So no row can claim that an unpaid order was complimentary, unless an operator said so.
    """
    order, origins = snapshot.order, set(Origin)
    recorded = [stored.entry.change for stored in snapshot.trail if stored.entry.change in origins]
    if recorded != ([order.origin] if order.origin else []) and not is_torn(snapshot):
        says = f"was {order.origin}" if order.origin else "was placed in the shop"
        text = f"The order {says}; its audit trail says otherwise."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def void_tickets_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """All tickets of an order are void if and only if its trail records that."""
    order = snapshot.order
    recorded = any(stored.entry.change == Consequence.TICKETS_VOID for stored in snapshot.trail)
    if (order.voided_at is not None) is not recorded and not is_torn(snapshot):
        state = "has" if order.voided_at else "does not have"
        text = f"The order {state} void tickets; its audit trail says otherwise."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def each_void_ticket_is_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The tickets that became void while others were valid are those that the trail names."""
    order = snapshot.order
    parts = {part.seen: part.tickets for part in order.parts if part.went_back}
    seen = (s.entry.seen for s in snapshot.trail if s.entry.change == Consequence.SOME_VOID)
    recorded = {i for text in seen for i in parts.get(text, text.split())}
    void = {ticket.ticket_id for ticket in order.void_tickets}
    if void != recorded and not is_torn(snapshot):
        named = ", ".join(sorted(void ^ recorded))
        text = f"The order and its audit trail disagree on whether these are void: {named}."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def address_changes_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order counts as many changes of the address by its buyer as its trail records."""
    counted = snapshot.order.address_changes
    recorded = sum(stored.entry.change == ADDRESS_CHANGED for stored in snapshot.trail)
    if counted != recorded and not is_torn(snapshot):
        text = f"The order counts {counted} changes of its address; its audit trail has {recorded}."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def refund_requests_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The buyer asked for the money back when the trail says, if at all."""
    asked_at = snapshot.order.refund_asked_at
    recorded = [s.entry.at for s in snapshot.trail if s.entry.change == REFUND_ASKED]
    if recorded != ([asked_at] if asked_at else []) and not is_torn(snapshot):
        text = "When the buyer asked for the money back is not as the audit trail tells it."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def _statuses(snapshot: OrderSnapshot) -> list[OrderStatus]:
    return [OrderStatus(entry.change) for entry in _moves(snapshot)]


def _moves(snapshot: OrderSnapshot) -> list[AuditEntry]:
    """Return the entries that changed the status, oldest first."""
    statuses = set(OrderStatus)
    entries = sorted((stored.entry for stored in snapshot.trail), key=lambda e: e.sequence)
    return [entry for entry in entries if entry.change in statuses]


def _may_follow_pending(after: OrderStatus) -> bool:
    return after in MOVES[OrderStatus.PENDING] | {OrderStatus.PENDING}


def is_torn(snapshot: OrderSnapshot) -> bool:
    """Return whether entries are missing or unreadable, which another rule reports."""
    return snapshot.order.version > LONGEST or _found(snapshot) != _wanted(snapshot)


def _found(snapshot: OrderSnapshot) -> set[int]:
    return {stored.entry.sequence for stored in snapshot.trail}


def _wanted(snapshot: OrderSnapshot) -> set[int]:
    return set(range(1, snapshot.order.version + 1))
