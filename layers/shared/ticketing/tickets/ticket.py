"""Tickets: which ones an order gets, and their ids. Issuing them twice gives the same ones."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ticketing.errors import NotIssued, TicketsVoid
from ticketing.orders.order import Order, OrderStatus, Origin, VoidReason


class TicketStatus(StrEnum):
    """Whether a ticket opens the door. How many people it still admits is in `left`."""

    VALID = "valid"
    VOID = "void"


class Paper(StrEnum):
    """The format of tickets: A4 to print, A6 to show on a telephone."""

    A4 = "a4"
    A6 = "a6"


@dataclass(frozen=True)
class Ticket:
    """A ticket for one or several people; ids count up within an order, as in `ORD-ABC123-01`.

    `origin` is that of its order. `left` is how many people it still admits, None until it is first
    scanned; `last_scan` is the scan that last used it. `changed_at` is when it was issued or became
    void. A ticket that was issued anew is void, and `replaced_by` another that `replaces` it.
    `transferred`: its holder is not the buyer, but somebody whom an operator named.
    """

    ticket_id: str
    order_number: str
    event_id: str
    holder: str
    sku: str
    description: str
    status: TicketStatus
    qr_text: str
    admits: int = 1
    origin: Origin | None = None
    left: int | None = None
    last_scan: str | None = None
    void_reason: VoidReason | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    transferred: bool = False
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def places(self) -> int:
        """How many people it still admits."""
        return self.admits if self.left is None else self.left


class Signer(Protocol):
    """Signs the QR text of a ticket."""

    def text(self, ticket_id: str, order_number: str, event_id: str) -> str: ...


def issue(order: Order, signer: Signer) -> tuple[Ticket, ...]:
    return tuple(
        Ticket(
            ticket_id=ticket_id,
            order_number=order.order_number,
            event_id=order.event_id,
            holder=order.customer.name,
            sku=line.sku,
            description=line.description,
            status=TicketStatus.VALID,
            qr_text=signer.text(ticket_id, order.order_number, order.event_id),
            admits=line.admits,
            origin=order.origin,
        )
        for ticket_id, line in order.ticket_lines
    )


def issued_anew(
    ticket: Ticket, ticket_id: str, signer: Signer, holder: str | None = None
) -> Ticket:
    """Return the replacement of a ticket, perhaps for another holder. People who are in stay in."""
    return replace(
        ticket,
        ticket_id=ticket_id,
        holder=holder or ticket.holder,
        qr_text=signer.text(ticket_id, ticket.order_number, ticket.event_id),
        replaces=ticket.ticket_id,
        transferred=ticket.transferred or holder is not None,
    )


def refuse_unless_valid(order: Order) -> None:
    """Raise `NotIssued` for an order without tickets, or `TicketsVoid` if all of them are void."""
    if order.status is not OrderStatus.COMPLETED:
        raise NotIssued(order.order_number)
    if not order.admits:
        raise TicketsVoid(order.order_number)
