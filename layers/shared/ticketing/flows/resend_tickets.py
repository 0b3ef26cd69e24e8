"""Send the tickets of an order again, for its buyer or for an operator who may correct the address.

The tickets are the same ones, and so is their PDF. While a mail of them is under way to the same
address, asking again is that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ticketing.emails.address import single_address
from ticketing.emails.mail import Mail, MailKind, mail_id
from ticketing.emails.resending import MOST_IN_ALL, next_mail
from ticketing.errors import BuyerErased, MailNotFound
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.orders.order import Order


class Outbox(Protocol):
    """What is needed of the mails table."""

    def add_once(self, mail: Mail) -> bool: ...
    def get(self, mail_id: str) -> Mail: ...


class Names(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def send_again(self, order: Order, mail: Mail, now: datetime) -> None: ...


@dataclass(frozen=True)
class Resend:
    """What an operator's request comes to: the order as it was, and its mail.

    `is_new` is false where that mail was under way already, and nothing was written.
    """

    order: Order
    mail: Mail
    is_new: bool

    @property
    def corrects(self) -> bool:
        """Return whether the order's address is another one from now on."""
        return self.mail.recipient != self.order.customer.email


@dataclass(frozen=True)
class ResendTickets:
    """The request of a buyer, who has the order open."""

    outbox: Outbox
    deliveries: Names

    def __call__(self, order: Order, now: datetime) -> None:
        """Send the tickets again; raises what `next_mail` does."""
        mail = next_mail(order, _confirmations(self.outbox, order), now)
        self.outbox.add_once(mail)
        self.deliveries.send([mail.mail_id])


@dataclass(frozen=True)
class ResendByHand:
    """The request of an operator: audited, and with another address if need be."""

    orders: Orders
    outbox: Outbox
    deliveries: Names

    def __call__(
        self, order_number: str, to: str | None, now: datetime, *, dry_run: bool = False
    ) -> Resend:
        """Send the tickets again, to the address `to` from now on; a dry run writes nothing.

        Raises `OrderNotFound`, `UnreadableOrder`, `InvalidAddress`, and as for buyers.
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
        """A complaint came from the address that was wrong, not from the one that is right.

        An erased buyer stays erased, whatever address is given.
        """
        if order.customer.is_erased:
            raise BuyerErased(order.order_number)
        corrected = order
        if address and address != order.customer.email:
            customer = replace(order.customer, email=address)
            corrected = replace(order, customer=customer, complained_at=None)
        confirmations = _confirmations(self.outbox, order)
        mail = next_mail(corrected, confirmations, now)
        return Resend(order, mail, is_new=mail not in confirmations)


def _confirmations(outbox: Outbox, order: Order) -> list[Mail]:
    """Return the order's confirmations, oldest first; their revisions have no gaps."""
    found: list[Mail] = []
    while len(found) <= MOST_IN_ALL:
        try:
            found.append(
                outbox.get(mail_id(order.order_number, MailKind.CONFIRMATION, len(found) + 1))
            )
        except MailNotFound:
            break
    return found
