"""Tickets that were issued anew: the order, its trail and the rows agree about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule
from ticketing.audit.trail import is_torn
from ticketing.orders.audit_entry import fingerprint_of_holder
from ticketing.orders.order import VoidReason
from ticketing.orders.transitions import REISSUED, TRANSFERRED
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True)
class Transfer:
    """The ticket that first had a holder whom an operator named, and the hash of the name."""

    ticket_id: str
    hashed: str


def reissues_are_recorded(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The tickets that were issued anew are those in the trail, each with its replacement."""
    recorded = [(old, new) for old, new, _ in _recorded(snapshot)]
    if sorted(recorded) != sorted(snapshot.order.replacements) and not is_torn(snapshot):
        text = "Which tickets were reissued is not as the audit trail tells it."
        yield snapshot.breach(Rule.STATUS_UNTOLD, text)


def is_linked(snapshot: OrderSnapshot, ticket: Ticket) -> bool:
    """Return whether a ticket correctly names the one it replaces, and the one that replaces it."""
    after = dict(snapshot.order.replacements)
    before = {new: old for old, new in after.items()}
    wanted = before.get(ticket.ticket_id), after.get(ticket.ticket_id)
    return (ticket.replaces, ticket.replaced_by) == wanted


def has_its_reason(snapshot: OrderSnapshot, ticket: Ticket, *, is_void: bool) -> bool:
    """Return whether the reason is `REISSUED` if and only if another ticket replaced this one.

    A valid ticket has no reason, nor has one that became void before there were reasons.
    """
    if ticket.ticket_id in dict(snapshot.order.replacements):
        return ticket.void_reason is VoidReason.REISSUED
    if ticket.void_reason is None:
        return True
    return is_void and ticket.void_reason is not VoidReason.REISSUED


def is_transferred_as_recorded(snapshot: OrderSnapshot, ticket: Ticket) -> bool:
    """Return whether trail and row agree on whether a ticket was transferred."""
    return is_torn(snapshot) or ticket.transferred is (ticket.ticket_id in _transfers(snapshot))


def has_its_holder(snapshot: OrderSnapshot, ticket: Ticket) -> bool:
    """Return whether a ticket is in the buyer's name, or in one that fits the hash in the trail."""
    customer = snapshot.order.customer
    if customer.is_erased or not ticket.transferred:
        return ticket.holder == customer.name
    transfer = _transfers(snapshot).get(ticket.ticket_id)
    if transfer is None:
        return is_torn(snapshot)
    return fingerprint_of_holder(transfer.ticket_id, ticket.holder) == transfer.hashed


def _transfers(snapshot: OrderSnapshot) -> dict[str, Transfer]:
    """Return the tickets with another holder than the buyer, who keeps them when issued anew."""
    found: dict[str, Transfer] = {}
    for old, new, hashed in _recorded(snapshot):
        if hashed:
            found[new] = Transfer(new, hashed)
        elif old in found:
            found[new] = found[old]
    return found


def _recorded(snapshot: OrderSnapshot) -> Iterator[tuple[str, str, str]]:
    """Yield each old and new ticket, oldest first, and the hash of a new holder's name, if any."""
    for stored in sorted(snapshot.trail, key=lambda stored: stored.entry.sequence):
        if stored.entry.change in {REISSUED, TRANSFERRED}:
            old, new, hashed, *_ = (*stored.entry.seen.split(" "), "", "", "")
            yield old, new, hashed
