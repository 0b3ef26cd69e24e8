"""Send alerts and mails: store them in the outbox, then put them on the delivery queue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ticketing.brand import Brand
from ticketing.emails.mail import Mail, MailKind, alert_id, to_buyer, to_operators
from ticketing.flows.ports import Outbox, Queue
from ticketing.observability import logger
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import Alert
from ticketing.orders.order import Order


@dataclass(frozen=True)
class Notifier:
    """Queues alerts and mails, each at most once.

    Without `deliveries`, as in a function that may not write to the queue, a mail waits in the
    outbox for the next scan.
    """

    outbox: Outbox
    brand: Brand
    admin_links: AdminLinks
    deliveries: Queue | None = None

    def alert(self, alert: Alert, now: datetime, order_number: str | None = None) -> None:
        """Send an alert, unless one about the same fact was sent before."""
        self.send(self.alert_mail(alert, now, order_number))

    def alert_mail(self, alert: Alert, now: datetime, order_number: str | None = None) -> Mail:
        """Return the mail of an alert, for the caller to store in a transaction of their own."""
        return to_operators(alert, self.brand, now, order_number)

    def is_reported(self, fact: str) -> bool:
        """Return whether an alert about this fact, and about no order, was sent before."""
        return self.outbox.has(alert_id(fact))

    def buyer_mails(self, order: Order, kind: MailKind, now: datetime) -> list[Mail]:
        """Return the mail of this kind, unstored; none if it exists or the buyer takes no mail.

        Store it in the transaction that changes the order. That transaction fails if the order
        has changed since it was read, so nobody else can have added the mail since then either.
        """
        if not order.takes_mail:
            return []
        mail = to_buyer(order, kind, now)
        return [] if self.outbox.has(mail.mail_id) else [mail]

    def send(self, mail: Mail) -> None:
        """Store a mail and queue it, unless it is stored already."""
        if self.store(mail):
            self.queue([mail])

    def store(self, mail: Mail) -> bool:
        """Store a mail; return False if it is stored already."""
        return self.outbox.add_once(mail)

    def queue(self, mails: Iterable[Mail]) -> None:
        """Have stored mails sent at once. A mail that is not queued is found by the next scan."""
        for mail in mails:
            if self.deliveries and self.deliveries.send([mail.mail_id]):
                logger.warning("mail not queued, the scan will find it", mail=mail.mail_id)
