"""Erase who bought: every night after past events, and at once where a person asks for it.

Payments, amounts and the audit trail stay. What is in the bucket and in mails goes first, the order
and its tickets last and together: until then the order is found again by whoever was interrupted.
Then once more, for what somebody wrote who had read the order before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ticketing.archive_keys import folders, mail_key
from ticketing.emails.mail import UNSETTLED, Mail
from ticketing.errors import EventNotFound, OrderChanged, OrderNotFound, UnreadableOrder
from ticketing.events.event import Event
from ticketing.observability import BUYERS_ERASED, BUYERS_KEPT, ERASE_HEARTBEAT, count, logger
from ticketing.orders.order import Order
from ticketing.privacy.erasure import obstacle

RESERVE = 30.0
"""Seconds kept back for the order at hand."""
AGE = "kept long enough after the event"


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def of_email(self, email: str) -> tuple[str, ...]: ...
    def naming_buyers(self, until: datetime) -> Iterator[str]: ...
    def note_event(self, order: Order, starts_at: datetime) -> None: ...
    def erase(self, order: Order, reason: str, now: datetime) -> None: ...
    def forget_requests(self, order_number: str) -> None: ...
    def finish_erasure(self, order_number: str) -> None: ...


class Outbox(Protocol):
    """What is needed of the mails table."""

    def of_order(self, order_number: str) -> tuple[Mail, ...]: ...
    def mentioning(self, address: str) -> Iterator[Mail]: ...
    def erase(self, mail: Mail) -> bool: ...


class Archive(Protocol):
    """What is needed of the bucket."""

    def erase(self, prefix: str) -> int: ...


class Events(Protocol):
    """What is needed of the events table."""

    def get(self, event_id: str) -> Event: ...


@dataclass
class Erased:
    """Whose buyers were erased, and whose were not, with the reason; `others` are other mails."""

    orders: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    left: bool = False


@dataclass(frozen=True)
class EraseBuyers:
    """The flow with everything it talks to. Buyers are `kept` for so long after their event."""

    orders: Orders
    outbox: Outbox
    archive: Archive
    events: Events
    kept: timedelta

    def __call__(self, clock: Callable[[], datetime], time_left: Callable[[], float]) -> Erased:
        """Erase the buyers of past events, while more than `RESERVE` seconds are left.

        What fails in a way nobody foresaw is raised as a group, after all others had their turn.
        """
        done, failures = Erased(), []
        for number in self.orders.naming_buyers(clock() - self.kept):
            if time_left() < RESERVE:
                logger.warning("time is up, the next night goes on")
                done.left = True
                break
            try:
                self._past(number, done, clock())
            except Exception as failure:  # noqa: BLE001 - one's trouble, whichever, is not the others'
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
    ) -> Erased:
        """Erase one person wherever their address is; running it again goes on where it ended."""
        done, mails = Erased(), list(self.outbox.mentioning(email))
        theirs = self.orders_of(email, mails)
        for number, order in theirs.items():
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
        return done

    def orders_of(self, email: str, mails: Sequence[Mail]) -> dict[str, Order | UnreadableOrder]:
        """Return the orders of an address, in whichever spelling mails to it have it.

        Among them those that were erased by halves. An order whose mail merely went to this address
        before it was corrected is another person's.
        """
        spelled = {m.recipient for m in mails if m.recipient.casefold() == email.casefold()}
        numbers = [n for known in (email, *sorted(spelled)) for n in self.orders.of_email(known)]
        numbers += [m.order_number for m in mails if m.order_number and m.recipient in spelled]
        found: dict[str, Order | UnreadableOrder] = {}
        for number in dict.fromkeys(numbers):
            try:
                order = self.orders.get(number)
            except OrderNotFound:
                continue
            except UnreadableOrder as error:
                found[number] = error
                continue
            if order.customer.is_erased or order.customer.email in {email, *spelled}:
                found[number] = order
        return found

    def _past(self, number: str, done: Erased, now: datetime) -> None:
        try:
            order = self.orders.get(number)
            why = self._too_early(order, now)
            why = why or self._erase(order, AGE, now)
        except (OrderNotFound, UnreadableOrder, OrderChanged) as error:
            why = str(error)
        if why:
            done.kept[number] = why
            logger.info("buyer kept", order=number, problem=why)
        else:
            done.orders.append(number)

    def _too_early(self, order: Order, now: datetime) -> str | None:
        """Return why the buyer of a past event is kept; what an event became meanwhile is noted."""
        event = self._event(order)
        if event and event.starts_at > now - self.kept:
            self.orders.note_event(order, event.starts_at)
            return f"its event was moved to {event.starts_at:%Y-%m-%d}"
        if order.work is not None and not order.customer.is_erased:
            return "SumUp is still asked about it"
        return self._obstacle(order, now, even_before_the_event=event is None)

    def _obstacle(self, order: Order, now: datetime, *, even_before_the_event: bool) -> str | None:
        mails = self.outbox.of_order(order.order_number)
        event = None if even_before_the_event else self._event(order)
        return obstacle(order, mails, event, now, even_before_the_event=even_before_the_event)

    def _erase_on_request(self, order: Order, reason: str, now: datetime) -> str | None:
        self.orders.forget_requests(order.order_number)
        try:
            return self._erase(order, reason, now)
        except OrderChanged as error:
            return str(error)

    def _erase(self, order: Order, reason: str, now: datetime) -> str | None:
        """Erase the buyer of an order; return what is still left, if somebody wrote meanwhile."""
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
        """Clean mails and bucket of an order; return the mails that are still to be sent."""
        mails = [m for m in self.outbox.of_order(order.order_number) if m.is_personal]
        left = [mail.mail_id for mail in mails if not self.outbox.erase(mail)]
        for folder in folders(order.event_id, order.order_number):
            self.archive.erase(folder)
        return left

    def _erase_other(self, mail: Mail, done: Erased, *, dry_run: bool) -> None:
        """Erase a mail that is of no order of theirs, such as an alert about several orders."""
        if mail.status in UNSETTLED:
            done.kept[mail.mail_id] = "it is still to be sent"
            return
        if not dry_run:
            self.outbox.erase(mail)
            self.archive.erase(mail_key(mail.order_number, mail.mail_id))
        done.others.append(mail.mail_id)

    def _event(self, order: Order) -> Event | None:
        try:
            return self.events.get(order.event_id)
        except EventNotFound:
            return None
