"""Change the address of an order, because its buyer mistyped it; its tickets go to the new one.

The old address is told only that the address was changed, in case somebody else did it. While
nobody has tried to pay, it is told nothing: it may belong to a stranger who never heard of the
order. A mail to it that has not left yet is withdrawn when its turn comes (see `compose_mail`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.mail import Asker, Mail, MailKind, of_address_change
from ticketing.emails.resending import new_mail
from ticketing.errors import AddressFixed, OrderNotFound
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import ChangesAddresses, Outbox, Queue
from ticketing.flows.resend_tickets import mails_of, readdressed
from ticketing.orders.buyer import folded
from ticketing.orders.limits import Limits
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.sentence import sentence

MOST_CHANGES = 3
"""Changes of one order's address by its buyer. A typing error takes one, and each sends mail to an
address that we know nothing about."""


@dataclass(frozen=True)
class ChangeAddress:
    """Changes the addresses of orders. An unpaid order counts among those of the new address."""

    orders: ChangesAddresses
    outbox: Outbox
    deliveries: Queue
    limits: Limits

    def __call__(self, order_number: str, email: str, now: datetime) -> None:
        """Change the address to `email`, which is valid, unless it is the order's already.

        Raises `AddressFixed`, `TooManyOrders`, `TooManyResends`, and `OrderNotFound` for an erased
        buyer. A repeated request changes nothing, because the order has the address by then.
        """
        mails = retry_on_conflict(
            self.orders, order_number, lambda order: self._change(order, email, now)
        )
        if mails:
            self.deliveries.send([mail.mail_id for mail in mails])

    def _change(self, order: Order, email: str, now: datetime) -> Sequence[Mail]:
        if order.customer.key == folded(email):
            return ()
        _refuse_unless_open_to_it(order)
        mails = self._mails(order, email, now)
        allowance = self.limits.of_address(order, email, now)
        self.orders.change_address(order, email, mails, allowance, now)
        return mails

    def _mails(self, order: Order, email: str, now: datetime) -> list[Mail]:
        confirmations = mails_of(self.outbox, order, MailKind.CONFIRMATION)
        mails = []
        if _is_told(order, confirmations):
            mails.append(of_address_change(order, now))
        if order.admits:
            mails.append(new_mail(readdressed(order, email), confirmations, Asker.BUYER, now))
        return mails


def _refuse_unless_open_to_it(order: Order) -> None:
    if order.customer.is_erased:
        raise OrderNotFound(order.order_number)
    if order.status in CLOSED:
        raise AddressFixed(
            order.order_number, sentence("this order is closed, so nothing is sent for it")
        )
    if order.voided_at:
        raise AddressFixed(order.order_number, sentence("the tickets of this order are void"))
    if order.address_changes >= MOST_CHANGES:
        text = sentence(
            "the address was changed {most} times already; please write to us", most=MOST_CHANGES
        )
        raise AddressFixed(order.order_number, text)


def _is_told(order: Order, confirmations: Sequence[Mail]) -> bool:
    """Return whether the old address is told of the change; not if mail to it came back.

    An order that nobody tried to pay is mentioned to nobody, just as when it is closed.
    """
    email = order.customer.email
    is_known = order.attempt_seen_at is not None or order.status is not OrderStatus.PENDING
    came_back = any(mail.failed_at and mail.recipient == email for mail in confirmations)
    return is_known and order.takes_mail and not came_back
