"""Replay mails: make one mail, or all of an order's mails that wait or failed, due at once.

A mail with an attempt under way is left alone, because it may be going out right now. A dry run
writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.mail import LEFT, Mail
from ticketing.emails.resending import delivery_of, put_back
from ticketing.errors import MailChanged, NotReplayable, OrderChanged
from ticketing.flows.ports import MailsTickets, MailUpkeep, Queue

ROUNDS = 4
"""After this many conflicts the operator has to try again."""


@dataclass(frozen=True)
class Replay:
    """A mail before and after the replay, which are equal if it was due already."""

    before: Mail
    mail: Mail

    @property
    def is_written(self) -> bool:
        """Whether the mail's row changes; otherwise the mail is only queued again."""
        return self.mail != self.before


@dataclass(frozen=True)
class ReplayMail:
    """Replays mails."""

    orders: MailsTickets
    outbox: MailUpkeep
    deliveries: Queue
    dry_run: bool = False

    def one(self, mail_id: str, now: datetime) -> Replay:
        """Replay a mail; raises `MailNotFound` or `NotReplayable`."""
        for _ in range(ROUNDS):
            before = self.outbox.get(mail_id)
            replay = Replay(before, put_back(before, now))
            if self.dry_run:
                return replay
            try:
                if replay.is_written:
                    self._write(replay, now)
            except (OrderChanged, MailChanged):
                continue
            self.deliveries.send([mail_id])
            return replay
        raise MailChanged(mail_id)

    def of_order(self, order_number: str, now: datetime) -> list[Replay]:
        """Replay all mails of an order that were not sent; raises `OrderNotFound`.

        Mails that cannot be replayed are left out. If that is all of them, the first
        `NotReplayable` is raised.
        """
        self.orders.get(order_number)
        put: list[Replay] = []
        refused: list[NotReplayable] = []
        for mail in self.outbox.of_order(order_number):
            if mail.status in LEFT:
                continue
            try:
                put.append(self.one(mail.mail_id, now))
            except NotReplayable as error:
                refused.append(error)
        if refused and not put:
            raise refused[0]
        return put

    def _write(self, replay: Replay, now: datetime) -> None:
        before, mail = replay.before, replay.mail
        if mail.order_number is None:
            self.outbox.put_back(before, mail)
            return
        order = self.orders.get(mail.order_number)
        others = self.outbox.of_order(mail.order_number)
        delivery = delivery_of([m for m in others if m.mail_id != mail.mail_id] + [mail])
        self.orders.replay(order, before, mail, delivery, now)
