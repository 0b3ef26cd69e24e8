"""Issue a ticket anew, because its code was shared or lost, or for another holder.

The old ticket becomes void and the new one valid in one transaction, with the mail that brings it
to the buyer. People who came in with the old one stay in. A repeated command finds it replaced.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.emails.mail import REISSUED, TRANSFERRED, Asker, Mail, MailKind
from ticketing.emails.resending import new_mail
from ticketing.errors import BuyerErased, NotDecidable, TicketsMissing
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import ReadsTickets, ReissuesTickets
from ticketing.flows.resend_tickets import mails_of
from ticketing.orders.order import (
    MAX_REISSUES,
    TICKET_ID,
    Order,
    OrderStatus,
    refuse_foreign,
)
from ticketing.orders.transitions import ticket_reissued
from ticketing.tickets.ticket import Signer, Ticket, TicketStatus, issued_anew


@dataclass(frozen=True)
class Reissue:
    """The order as it was read, the id that was asked for, and the ticket that replaces it.

    If the ticket was replaced before, `new` is None, nothing is written, and `current_id` is what
    it is called now.
    """

    order: Order
    ticket_id: str
    current_id: str
    new: Ticket | None = None
    mails: tuple[Mail, ...] = ()


@dataclass(frozen=True)
class ReissueTicket:
    """Issues tickets anew; with `dry_run` it decides and writes nothing."""

    orders: ReissuesTickets
    tickets: ReadsTickets
    signer: Signer
    notifier: Notifier
    dry_run: bool = False

    def __call__(
        self, ticket_id: str, note: str, now: datetime, holder: str | None = None
    ) -> Reissue:
        """Replace a ticket, and transfer it to `holder` if one is given.

        Raises `OrderNotFound`, `UnreadableOrder`, `BuyerErased`, `TicketsMissing`, and
        `NotDecidable` for a ticket that is not valid or cannot be replaced now.
        """
        number = _order_of(ticket_id)
        return retry_on_conflict(
            self.orders, number, lambda order: self._replace(order, ticket_id, note, now, holder)
        )

    def _replace(
        self, order: Order, ticket_id: str, note: str, now: datetime, holder: str | None
    ) -> Reissue:
        current_id = order.current_id(ticket_id)
        if current_id != ticket_id:
            return Reissue(order, ticket_id, current_id)
        _refuse(order, ticket_id)
        old = self._valid(order, ticket_id)
        if holder == old.holder:
            raise NotDecidable(order.order_number, f"{ticket_id} is already in that name")
        reason = f"transfer: {note}" if holder else f"reissue: {note}"
        after = ticket_reissued(order, ticket_id, reason, holder).after
        new = issued_anew(old, after.current_id(ticket_id), self.signer, holder)
        mails = self._mails(after, old, TRANSFERRED if holder else REISSUED, now)
        if not self.dry_run:
            self.orders.reissue(order, old, new, mails, reason, now)
            self.notifier.queue(mails)
        return Reissue(order, ticket_id, new.ticket_id, new, mails)

    def _valid(self, order: Order, ticket_id: str) -> Ticket:
        found = self.tickets.get_all([ticket_id])
        if not found:
            raise TicketsMissing(order.order_number, 1, 0)
        (ticket,) = found
        if ticket.order_number != order.order_number or ticket.status is not TicketStatus.VALID:
            text = f"the row of {ticket_id} does not match the order: see `status`"
            raise NotDecidable(order.order_number, text)
        return ticket

    def _mails(self, after: Order, old: Ticket, why: str, now: datetime) -> tuple[Mail, ...]:
        """Return the mail with all tickets; none for a buyer who takes no mail."""
        if not after.takes_mail:
            return ()
        confirmations = mails_of(self.notifier.outbox, after, MailKind.CONFIRMATION)
        mail = new_mail(after, confirmations, Asker.OPERATOR, now)
        return (replace(mail, cause=f"{why} {old.ticket_id}"),)


def _order_of(ticket_id: str) -> str:
    """Return the order number in a ticket's id; another text as it is, which names no order."""
    found = TICKET_ID.fullmatch(ticket_id)
    return found["order_number"] if found else ticket_id


def _refuse(order: Order, ticket_id: str) -> None:
    """Raise `NotDecidable` or `BuyerErased` if this ticket cannot be replaced."""
    number = order.order_number
    if order.status is not OrderStatus.COMPLETED:
        raise NotDecidable(number, f"it is {order.status} and has no tickets")
    refuse_foreign(order, [ticket_id])
    if ticket_id not in order.valid_ticket_ids:
        raise NotDecidable(number, f"{ticket_id} is void")
    if order.customer.is_erased:
        raise BuyerErased(number)
    if any(part.is_unsettled and ticket_id in part.tickets for part in order.parts):
        text = f"it is not known whether the price of {ticket_id} went back: type `refund` again"
        raise NotDecidable(number, text)
    if order.reissues >= MAX_REISSUES:
        raise NotDecidable(number, f"{MAX_REISSUES} of its tickets were reissued already")
