"""Put mails that were given up, or that wait, back to be tried at once: by their id, or an order's.

One whose try is under way is left alone: it may be leaving this moment. A dry run writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketing.emails.mail import LEFT, Mail
from ticketing.emails.resending import delivery_of, put_back
from ticketing.errors import MailChanged, NotReplayable, OrderChanged
from ticketing.orders.order import Delivery, Order

ROUNDS = 4
"""How often a mail or its order may change under an operator's request."""


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None: ...


class Outbox(Protocol):
    """What is needed of the mails table."""

    def get(self, mail_id: str) -> Mail: ...
    def of_order(self, order_number: str) -> tuple[Mail, ...]: ...
    def put_back(self, before: Mail, mail: Mail) -> None: ...


class Names(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class Replay:
    """A mail as it was and as it is put back; the same where it was due already."""

    before: Mail
    mail: Mail

    @property
    def is_written(self) -> bool:
        """Return whether a row is written, or the mail is only asked for again."""
        return self.mail != self.before


@dataclass(frozen=True)
class ReplayMail:
    """The flow with everything it talks to."""

    orders: Orders
    outbox: Outbox
    deliveries: Names
    dry_run: bool = False

    def one(self, mail_id: str, now: datetime) -> Replay:
        """Put a mail back; raises `MailNotFound` or `NotReplayable`."""
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
        """Put all mails of an order back that wait or were given up; raises `OrderNotFound`.

        What cannot be put back is left out; if nothing else is there, `NotReplayable` says why.
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
