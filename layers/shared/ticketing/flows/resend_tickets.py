"""Resend an order's tickets, for its buyer or for an operator who may correct the address.

The tickets and their PDF stay the same. If a mail with them is already on its way to the same
address, no new one is stored. Strangers can also have the links to orders without tickets sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.emails.address import single_address
from ticketing.emails.mail import Asker, Mail, MailKind, mail_id
from ticketing.emails.resending import new_mail, next_links, next_mail
from ticketing.errors import BuyerErased, MailNotFound
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import MailsTickets, Outbox, Queue
from ticketing.orders.order import Order


@dataclass(frozen=True)
class Resend:
    """The result of an operator's request: the order as it was read, and its mail.

    `is_new` is false if the mail was already on its way, so that nothing was written.
    """

    order: Order
    mail: Mail
    is_new: bool

    @property
    def corrects(self) -> bool:
        """Whether the order's address changes."""
        return self.mail.recipient != self.order.customer.email


@dataclass(frozen=True)
class ResendTickets:
    """Resends tickets for a buyer on the order's page, or for a stranger.

    Without `deliveries`, the mail waits for the caller to send it, or for the next scan.
    """

    outbox: Outbox
    deliveries: Queue | None = None

    def __call__(self, order: Order, now: datetime, asker: Asker = Asker.BUYER) -> str:
        """Store the mail and return its id; raises what `next_mail` raises."""
        mail = next_mail(order, mails_of(self.outbox, order, MailKind.CONFIRMATION), asker, now)
        self.outbox.add_once(mail)
        if self.deliveries:
            self.deliveries.send([mail.mail_id])
        return mail.mail_id


@dataclass(frozen=True)
class SendLinks:
    """Sends the links to an address's orders without tickets, for a stranger.

    The mail belongs to the newest of them. It waits for the caller to send it, or for a scan.
    """

    outbox: Outbox

    def __call__(self, newest: Order, now: datetime) -> str:
        """Store the mail and return its id; raises what `next_links` raises."""
        mail = next_links(newest, mails_of(self.outbox, newest, MailKind.ORDER_LINKS), now)
        self.outbox.add_once(mail)
        return mail.mail_id


@dataclass(frozen=True)
class ResendForOperator:
    """Resends tickets for an operator: audited, and to a corrected address if one is given."""

    orders: MailsTickets
    outbox: Outbox
    deliveries: Queue

    def __call__(
        self, order_number: str, to: str | None, now: datetime, *, dry_run: bool = False
    ) -> Resend:
        """Resend the tickets; `to` becomes the order's address. A dry run writes nothing.

        Raises `OrderNotFound`, `UnreadableOrder`, `InvalidAddress`, and what `next_mail` raises.
        """
        address = single_address(to) if to is not None else None

        def send(order: Order) -> Resend:
            resend = self._plan(order, address, now)
            if dry_run:
                return resend
            if resend.is_new:
                self.orders.send_again(resend.order, resend.mail, now)
            self.deliveries.send([resend.mail.mail_id])
            return resend

        return retry_on_conflict(self.orders, order_number, send)

    def _plan(self, order: Order, address: str | None, now: datetime) -> Resend:
        if order.customer.is_erased:
            raise BuyerErased(order.order_number)
        confirmations = mails_of(self.outbox, order, MailKind.CONFIRMATION)
        if address and address != order.customer.email:
            corrected = readdressed(order, address)
            mail = new_mail(corrected, confirmations, Asker.OPERATOR, now)
            return Resend(order, mail, is_new=True)
        mail = next_mail(order, confirmations, Asker.OPERATOR, now)
        return Resend(order, mail, is_new=mail not in confirmations)


def readdressed(order: Order, email: str) -> Order:
    """Return the order with another address, from which no mail has been marked as spam."""
    return replace(order, customer=replace(order.customer, email=email), complained_at=None)


def mails_of(outbox: Outbox, order: Order, kind: MailKind) -> list[Mail]:
    """Return the order's mails of a kind, oldest first. Their revisions count up without gaps."""
    found: list[Mail] = []
    while True:
        try:
            found.append(outbox.get(mail_id(order.order_number, kind, len(found) + 1)))
        except MailNotFound:
            return found
