"""Move an event to another time, and tell its buyers. Their tickets stay valid.

Buyers who ordered before may ask for their money back, up to a certain day. The new start is noted
on all orders, even unpaid ones, because reminders and erasure find orders by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import NotMovable
from ticketing.events.event import Event
from ticketing.events.moving import NewTimes, moved
from ticketing.events.revision import Change, changes
from ticketing.flows.announce_event import Announced, AnnounceEvent
from ticketing.flows.ports import FollowsEvents, MovesEvents, OrdersOfEvents
from ticketing.language import Language
from ticketing.orders.order import OrderStatus
from ticketing.reports.rows import gathered

TRIES = 3


@dataclass(frozen=True)
class Moved:
    """The event before and after, and how many buyers are told."""

    before: Event
    event: Event
    announced: Announced

    @property
    def changes(self) -> tuple[Change, ...]:
        """What buyers see change, in English."""
        return changes(self.before, self.event, Language.ENGLISH)


@dataclass(frozen=True)
class MoveEvent:
    """Moves events. A dry run reads the same but writes nothing."""

    events: MovesEvents
    orders: FollowsEvents
    records: OrdersOfEvents
    announce: AnnounceEvent
    dry_run: bool = False

    def __call__(
        self,
        event_id: str,
        times: Callable[[Event], NewTimes],
        now: datetime,
        progress: Callable[[Announced], None],
    ) -> Moved:
        """Move the event, or go on telling its buyers; `times` returns the new times of an event.

        Raises `EventNotFound`, or `NotMovable` with the reason; then nothing was written.
        """
        before, after = self._moved(event_id, times, now)
        if not self.dry_run:
            self._note_start(after)
        announced = self.announce(after, now, progress, dry_run=self.dry_run)
        return Moved(before, after, announced)

    def _moved(
        self, event_id: str, times: Callable[[Event], NewTimes], now: datetime
    ) -> tuple[Event, Event]:
        for _ in range(TRIES):
            before = self.events.get(event_id)
            after = moved(before, times(before), now)
            if self.dry_run or self.events.move(before, after):
                return before, after
        raise NotMovable(event_id, "somebody else is changing it: try again")

    def _note_start(self, event: Event) -> None:
        """Note the start on orders that are not completed; announcing does that for the others."""
        for order in gathered(self.records.orders(event.event_id)).found:
            is_open = order.status in {OrderStatus.PENDING, OrderStatus.REVIEW}
            if is_open and order.event_starts_at != event.starts_at:
                self.orders.note_event(order, event.starts_at)
