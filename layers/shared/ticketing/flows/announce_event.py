"""Tell the buyers of an event about its changes: one mail for each order and revision.

The new start is noted on each order as well, because reminders and erasure find orders by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ticketing.emails.mail import MailKind, to_buyer
from ticketing.errors import NothingToAnnounce
from ticketing.events.event import Event
from ticketing.events.revision import Change, changes, known
from ticketing.flows.ports import Events, FollowsEvents, Outbox
from ticketing.language import Language
from ticketing.orders.order import Order

EVERY = 100
"""Progress is reported after every so many orders."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Announced:
    """How many orders there are, and what became of the mail for each.

    `announced` get a mail now; `announced_before` got it in an earlier run. The others get none:
    what they bought has not changed since (`knew`), the buyer marked our mail as spam (`unwanted`),
    or the buyer was `erased`.
    """

    orders: int = 0
    announced: int = 0
    announced_before: int = 0
    knew: int = 0
    unwanted: int = 0
    erased: int = 0


@dataclass(frozen=True)
class AnnounceEvent:
    """Queues the announcement of an event's newest revision."""

    events: Events
    orders: FollowsEvents
    outbox: Outbox

    def news(self, event_id: str, now: datetime) -> tuple[Event, tuple[Change, ...]]:
        """Return the event, and all changes since it was imported, in English.

        Raises `EventNotFound`, and `NothingToAnnounce` with the reason.
        """
        event = self.events.get(event_id)
        if event.cancelled:
            raise NothingToAnnounce(event_id, "it is cancelled; `events cancel` tells its buyers")
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
        """Store the mails that are not stored yet. A dry run writes nothing."""
        so_far = Announced()
        for order in self.orders.completed_for(event.event_id):
            self._announce(order, event, so_far, now, dry_run=dry_run)
            if so_far.orders % EVERY == 0:
                progress(so_far)
        if not dry_run:
            self.events.mark_announced(event)
        return so_far

    def _announce(
        self, order: Order, event: Event, so_far: Announced, now: datetime, *, dry_run: bool
    ) -> None:
        so_far.orders += 1
        if not dry_run and order.event_starts_at != event.starts_at:
            self.orders.note_event(order, event.starts_at)
        was = known(event, order.settled_at or order.created_at)
        mail = to_buyer(order, MailKind.EVENT_CHANGED, now, event.revision)
        if was.facts == event.facts:
            so_far.knew += 1
        elif order.complained_at:
            so_far.unwanted += 1
        elif order.customer.is_erased:
            so_far.erased += 1
        elif not self.outbox.has(mail.mail_id) if dry_run else self.outbox.add_once(mail):
            so_far.announced += 1
        else:
            so_far.announced_before += 1
