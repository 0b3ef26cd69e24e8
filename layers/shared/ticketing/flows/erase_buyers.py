"""Erase buyers: every night those of past events, and single people at their request.

Payments, amounts and the audit trail stay. Files and mails are erased first, then the order and its
tickets in one transaction, so that an interrupted run finds the order again. Files and mails are
then erased a second time, because another worker may have read the order before it was erased and
have written some since.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ticketing.archive_keys import folders, mail_key
from ticketing.emails.mail import UNSETTLED, Mail
from ticketing.errors import (
    OrderChanged,
    OrderNotFound,
    UnreadableEvent,
    UnreadableMail,
    UnreadableOrder,
)
from ticketing.flows.find_orders import find_orders
from ticketing.flows.known_event import known_event
from ticketing.flows.ports import (
    Archive,
    Clock,
    ErasesBuyers,
    Events,
    LostRequests,
    MailUpkeep,
    TimeLeft,
)
from ticketing.observability import BUYERS_ERASED, BUYERS_KEPT, ERASE_HEARTBEAT, count, logger
from ticketing.orders.order import Order
from ticketing.privacy.erasure import obstacle

RESERVE = 30.0
"""Seconds that must be left to begin another order."""
AGE = "kept long enough after the event"


@dataclass
class Erased:
    """The orders whose buyer was erased, and those whose buyer was `kept`, with the reason.

    `others` are erased mails that belong to none of these orders. `left` is true if time was up
    before the last order.
    """

    orders: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    left: bool = False


@dataclass(frozen=True)
class EraseBuyers:
    """Erases buyers, who are `kept` for some time after their event."""

    orders: ErasesBuyers
    outbox: MailUpkeep
    archive: Archive
    events: Events
    requests: LostRequests
    kept: timedelta

    def __call__(self, clock: Clock, time_left: TimeLeft) -> Erased:
        """Erase the buyers of past events while more than `RESERVE` seconds are left.

        Unexpected errors are raised together, as a group, once all other orders have been tried.
        """
        done, failures = Erased(), []
        for number in self.orders.naming_buyers(clock() - self.kept):
            if time_left() < RESERVE:
                logger.warning("time is up, the next night continues")
                done.left = True
                break
            try:
                self._past(number, done, clock())
            except Exception as failure:  # noqa: BLE001 - one order's error must not stop the others
                logger.warning("buyer not erased", order=number)
                failures.append(failure)
        count(BUYERS_ERASED, len(done.orders))
        count(BUYERS_KEPT, len(done.kept))
        if failures:
            raise ExceptionGroup("some buyers could not be erased", failures)
        count(ERASE_HEARTBEAT)
        return done

    def of_person(
        self,
        email: str,
        reason: str,
        now: datetime,
        *,
        even_before_the_event: bool = False,
        dry_run: bool = False,
        progress: Callable[[Erased], None] | None = None,
    ) -> Erased:
        """Erase one person everywhere; run it again after an interruption.

        `progress` is called before each order.
        """
        done = Erased()
        mails = list(self._mentioning(email, done))
        theirs = find_orders(self.orders, email, mails)
        for number, order in theirs.items():
            if progress:
                progress(done)
            if isinstance(order, UnreadableOrder):
                done.kept[number] = str(order)
                continue
            why = self._obstacle(order, now, even_before_the_event=even_before_the_event)
            if not why and not dry_run:
                why = self._erase_on_request(order, reason, now)
            if why:
                done.kept[number] = why
            else:
                done.orders.append(number)
        for mail in mails:
            if mail.order_number not in theirs:
                self._erase_other(mail, done, dry_run=dry_run)
        if not dry_run:
            self.requests.forget(email)
        return done

    def _mentioning(self, email: str, done: Erased) -> Iterator[Mail]:
        """Yield the mails that mention a person; those that cannot be read are kept."""
        for mail in self.outbox.mentioning(email):
            if isinstance(mail, UnreadableMail):
                done.kept[mail.mail_id] = str(mail)
            else:
                yield mail

    def _past(self, number: str, done: Erased, now: datetime) -> None:
        try:
            order = self.orders.get(number)
            why = self._too_early(order, now)
            why = why or self._erase(order, AGE, now)
        except (
            OrderNotFound, UnreadableOrder, UnreadableEvent, UnreadableMail, OrderChanged,
        ) as error:  # fmt: skip
            why = str(error)
        if why:
            done.kept[number] = why
            logger.info("buyer kept", order=number, problem=why)
        else:
            done.orders.append(number)

    def _too_early(self, order: Order, now: datetime) -> str | None:
        """Return why a buyer is kept for now, if so; note a new start of the event on the order."""
        event = known_event(self.events, order.event_id)
        if event and event.starts_at > now - self.kept:
            self.orders.note_event(order, event.starts_at)
            return f"its event was moved to {event.starts_at:%Y-%m-%d}"
        if order.work is not None and not order.customer.is_erased:
            return "SumUp is still asked about it"
        return self._obstacle(order, now, even_before_the_event=event is None)

    def _obstacle(self, order: Order, now: datetime, *, even_before_the_event: bool) -> str | None:
        try:
            mails = self.outbox.of_order(order.order_number)
            event = None if even_before_the_event else known_event(self.events, order.event_id)
        except (UnreadableMail, UnreadableEvent) as error:
            return str(error)
        return obstacle(order, mails, event, now, even_before_the_event=even_before_the_event)

    def _erase_on_request(self, order: Order, reason: str, now: datetime) -> str | None:
        self.orders.forget_requests(order.order_number)
        try:
            return self._erase(order, reason, now)
        except (OrderChanged, UnreadableMail) as error:
            return str(error)

    def _erase(self, order: Order, reason: str, now: datetime) -> str | None:
        """Erase the buyer of an order; return what could not be erased yet, or None."""
        self._clean(order)
        if not order.customer.is_erased:
            self.orders.erase(order, reason, now)
        left = self._clean(order)
        if left:
            return f"erased, but for mails that are under way: {', '.join(left)}"
        self.orders.finish_erasure(order.order_number)
        logger.info("buyer erased", order=order.order_number)
        return None

    def _clean(self, order: Order) -> list[str]:
        """Erase an order's mails and files; return the mails that could not be erased yet."""
        mails = [m for m in self.outbox.of_order(order.order_number) if m.is_personal]
        left = [mail.mail_id for mail in mails if not self.outbox.erase(mail)]
        for folder in folders(order.event_id, order.order_number):
            self.archive.erase(folder)
        return left

    def _erase_other(self, mail: Mail, done: Erased, *, dry_run: bool) -> None:
        """Erase a mail that belongs to none of the person's orders, such as a digest of several."""
        if mail.status in UNSETTLED or not (dry_run or self._erase_unless_due(mail)):
            done.kept[mail.mail_id] = "it is still to be sent"
            return
        if not dry_run:
            self.archive.erase(mail_key(mail.order_number, mail.mail_id))
        done.others.append(mail.mail_id)

    def _erase_unless_due(self, mail: Mail) -> bool:
        """Erase a mail; False if it became due again. If its row has expired, its file remains."""
        return self.outbox.erase(mail) or not self.outbox.has(mail.mail_id)
