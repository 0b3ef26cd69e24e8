"""Make tickets void without giving money back: one, several, or all of an order.

The tickets and their seats change in one transaction with the buyer's mails. A repeated command
finds that they are void already.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.mail import Asker, Mail, MailKind, of_void
from ticketing.emails.resending import new_mail
from ticketing.errors import NotDecidable
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import Outbox, VoidsTickets
from ticketing.flows.resend_tickets import mails_of
from ticketing.orders.order import Order, OrderStatus, refuse_foreign
from ticketing.orders.transitions import tickets_voided


@dataclass(frozen=True)
class Voiding:
    """The order as it was read, the tickets that become void, and the mails about it.

    `tickets` is empty if all of them were void before; then nothing is written.
    """

    order: Order
    tickets: tuple[str, ...] = ()
    mails: tuple[Mail, ...] = ()

    @property
    def is_all(self) -> bool:
        return set(self.tickets) == set(self.order.valid_ticket_ids)


@dataclass(frozen=True)
class VoidTickets:
    """Makes tickets void; with `dry_run` it decides and writes nothing."""

    orders: VoidsTickets
    notifier: Notifier
    dry_run: bool = False

    def __call__(
        self, order_number: str, ticket_ids: tuple[str, ...], note: str, now: datetime
    ) -> Voiding:
        """Make these tickets void, or all of the order's if `ticket_ids` is empty.

        Raises `OrderNotFound`, `UnreadableOrder`, and `NotDecidable` for an order without tickets.
        """

        def void(order: Order) -> Voiding:
            planned = self._planned(order, ticket_ids, now)
            if planned.tickets and not self.dry_run:
                self.orders.void_tickets(
                    order, planned.tickets, planned.mails, f"void: {note}", now
                )
                self.notifier.queue(planned.mails)
            return planned

        return retry_on_conflict(self.orders, order_number, void)

    def _planned(self, order: Order, ticket_ids: tuple[str, ...], now: datetime) -> Voiding:
        if order.status is not OrderStatus.COMPLETED:
            text = f"it is {order.status} and has no tickets"
            raise NotDecidable(order.order_number, text)
        refuse_foreign(order, ticket_ids)
        wanted = ticket_ids or order.ticket_ids
        void = tuple(i for i in order.valid_ticket_ids if i in wanted)
        if not void:
            return Voiding(order)
        after = tickets_voided(order, void, "", now).after
        if not after.takes_mail:
            return Voiding(order, void)
        rest = mail_with_the_rest(after, self.notifier.outbox, now)
        return Voiding(order, void, (of_void(after, void, now), *rest))


def mail_with_the_rest(after: Order, outbox: Outbox, now: datetime) -> tuple[Mail, ...]:
    """Return a new mail with the tickets that are still valid; none if there are none."""
    if not after.admits:
        return ()
    return (new_mail(after, mails_of(outbox, after, MailKind.CONFIRMATION), Asker.OPERATOR, now),)
