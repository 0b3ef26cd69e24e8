"""Tell the buyers of an event what has changed: one mail an order and revision of the event."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.errors import NothingToAnnounce
from ticketing.events.event import Event
from ticketing.events.revision import Change, changes, known
from ticketing.language import Language
from ticketing.orders.order import Order

EVERY = 100
"""Orders between two signs of progress."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Events(Protocol):
    """What is needed of the events table."""

    def get(self, event_id: str) -> Event: ...
    def mark_announced(self, event: Event) -> None: ...


class Orders(Protocol):
    """What is needed of the orders table."""

    def completed_for(self, event_id: str) -> Iterator[Order]: ...


class Outbox(Protocol):
    """What is needed of the mails table."""

    def add_once(self, mail: Mail) -> bool: ...
    def has(self, mail_id: str) -> bool: ...


@dataclass
class Announced:
    """How many orders there are, whose buyers get a mail, and whose do not for which reason."""

    orders: int = 0
    told: int = 0
    told_before: int = 0
    knew: int = 0
    unwanted: int = 0
    erased: int = 0


@dataclass(frozen=True)
class AnnounceEvent:
    """The flow with everything it talks to."""

    events: Events
    orders: Orders
    outbox: Outbox

    def news(self, event_id: str, now: datetime) -> tuple[Event, tuple[Change, ...]]:
        """Return the event and what is new for whoever bought first, in English.

        Raises `EventNotFound`, and `NothingToAnnounce` with the reason.
        """
        event = self.events.get(event_id)
        if event.revision == 1:
            raise NothingToAnnounce(event_id, "it has not changed since it was first imported")
        if event.starts_at <= now:
            raise NothingToAnnounce(event_id, "it has begun")
        return event, changes(known(event, LONG_AGO), event, Language.ENGLISH)

    def __call__(
        self,
        event: Event,
        now: datetime,
        progress: Callable[[Announced], None],
        *,
        dry_run: bool = False,
    ) -> Announced:
        """Store the mails; whoever is told already is not told twice. A dry run stores none."""
        so_far = Announced()
        for order in self.orders.completed_for(event.event_id):
            self._tell(order, event, so_far, now, dry_run=dry_run)
            if so_far.orders % EVERY == 0:
                progress(so_far)
        if not dry_run:
            self.events.mark_announced(event)
        return so_far

    def _tell(
        self, order: Order, event: Event, so_far: Announced, now: datetime, *, dry_run: bool
    ) -> None:
        so_far.orders += 1
        was = known(event, order.settled_at or order.created_at)
        mail = to_buyer(order, MailKind.EVENT_CHANGED, now, event.revision)
        if was.facts == event.facts:
            so_far.knew += 1
        elif order.complained_at:
            so_far.unwanted += 1
        elif order.customer.is_erased:
            so_far.erased += 1
        elif not self.outbox.has(mail.mail_id) if dry_run else self.outbox.add_once(mail):
            so_far.told += 1
        else:
            so_far.told_before += 1
