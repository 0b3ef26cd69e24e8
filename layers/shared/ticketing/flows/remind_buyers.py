"""Remind buyers the day before an event: one mail for each order with valid tickets.

The orders are found by the start of their event, in the index that also serves erasure. A bookmark
remembers how far that went, so each order is read once, and a missed run only delays reminders. The
id of a reminder follows from its order and the day of the event, so nobody is reminded twice.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ticketing.emails.reminder import AHEAD, Bookmark, is_wanted, reminder, stretch
from ticketing.errors import EventNotFound, OrderNotFound, UnreadableOrder
from ticketing.events.event import Event
from ticketing.flows.ports import Clock, Events, Outbox, ReadsOrders, TimeLeft, UpcomingOrders
from ticketing.observability import BUYERS_REMINDED, REMIND_HEARTBEAT, count, count_some, logger

RESERVE = 60.0
"""Seconds that must be left to begin another page."""
MOST = 5000
"""About the most reminders in one run; they leave within three quarters of an hour. The next run
continues."""


@dataclass
class Reminded:
    """How many orders were read, and how many reminders stored.

    `left` is true if the next run has to continue, and `due` is when the last reminder leaves.
    `events` are those that were read so far, None for one that cannot be read.
    """

    orders: int = 0
    reminders: int = 0
    left: bool = False
    due: datetime | None = None
    events: dict[str, Event | None] = field(default_factory=dict)


@dataclass(frozen=True)
class RemindBuyers:
    """Stores reminders, which the next scans queue."""

    upcoming: UpcomingOrders
    orders: ReadsOrders
    events: Events
    outbox: Outbox
    enabled: bool

    def __call__(self, clock: Clock, time_left: TimeLeft) -> Reminded:
        """Remind the buyers of all events that begin soon, while there is time."""
        done = Reminded()
        if self.enabled:
            self._remind_all(done, clock(), time_left)
        count_some(BUYERS_REMINDED, done.reminders)
        count(REMIND_HEARTBEAT)
        return done

    def _remind_all(self, done: Reminded, now: datetime, time_left: TimeLeft) -> None:
        until, at = now + AHEAD, stretch(self.upcoming.bookmark(), now)
        done.due = at.due
        while True:
            if time_left() < RESERVE or done.reminders >= MOST:
                logger.warning("not all were reminded, the next run continues")
                done.left = True
                return
            numbers, following = self.upcoming.page(at.reached, until, at.place)
            for number in numbers:
                self._remind(done, number, now)
            if following is None:
                self.upcoming.keep(Bookmark(until, due=done.due), now)
                return
            at = Bookmark(at.reached, following, done.due)
            self.upcoming.keep(at, now)

    def _remind(self, done: Reminded, number: str, now: datetime) -> None:
        done.orders += 1
        try:
            order = self.orders.get(number)
        except (OrderNotFound, UnreadableOrder) as error:
            logger.warning("not reminded", order=number, problem=str(error))
            return
        event = self._event(done, order.event_id)
        if event and is_wanted(order, event, now):
            mail = reminder(order, event, now, done.due)
            if self.outbox.add_once(mail):
                done.reminders += 1
                done.due = mail.next_attempt_at

    def _event(self, done: Reminded, event_id: str) -> Event | None:
        if event_id not in done.events:
            try:
                done.events[event_id] = self.events.get(event_id)
            except EventNotFound as error:
                logger.warning("not reminded", problem=str(error))
                done.events[event_id] = None
        return done.events[event_id]
