"""The reminder before an event: who gets one, when it is sent, and what outdates it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.events.event import Event, local_time
from ticketing.orders.order import Delivery, Order

AHEAD = timedelta(hours=28)
"""How long before the start: for an event in the evening, the afternoon of the day before."""
LATEST = timedelta(hours=6)
"""How long before the start at the latest: after that, because we failed, it would only startle."""
JUST_BOUGHT = timedelta(hours=12)
"""Buyers who got their tickets less than this ago need no reminder."""
MORNING, NIGHT = 8, 22
"""The hours at the venue between which reminders are sent."""
APART = timedelta(seconds=0.5)
"""Between two reminders, so that they do not fill the queue that tickets are sent through."""

Place = Mapping[str, Any]
"""Where a page of orders ends, in the table's own form, which can be stored as JSON."""


@dataclass(frozen=True)
class Bookmark:
    """How far reminding has come: all events that begin before `reached` are done.

    `place` is a place among the orders of later events; `due` is when the last reminder is sent.
    """

    reached: datetime
    place: Place | None = None
    due: datetime | None = None


def stretch(bookmark: Bookmark | None, now: datetime) -> Bookmark:
    """Return where to continue: at the bookmark or, after a pause, where a reminder still helps."""
    earliest = now + LATEST
    if bookmark and (bookmark.place or bookmark.reached >= earliest):
        return bookmark
    return Bookmark(earliest, due=bookmark.due if bookmark else None)


def is_wanted(order: Order, event: Event, now: datetime) -> bool:
    """Return whether a reminder of the event would help the order's buyer."""
    bought_at = order.settled_at or order.created_at
    return (
        order.admits
        and order.takes_mail
        and order.delivery is not Delivery.PROBLEM
        and bought_at <= now - JUST_BOUGHT
        and not event.cancelled
        and now + LATEST <= event.starts_at <= now + AHEAD
    )


def reminder(order: Order, event: Event, now: datetime, last: datetime | None = None) -> Mail:
    """Return the reminder; an order has one for each day on which its event is to be.

    It is sent after the `last` one, even if an earlier run put that off until the morning.
    """
    mail = to_buyer(order, MailKind.REMINDER, now, _day(event))
    due = _by_day(now, event)
    return replace(mail, next_attempt_at=max(due, last + APART) if last else due)


def outdated(mail: Mail, order: Order, event: Event, now: datetime) -> str | None:
    """Return why a reminder must not be sent any more, or None."""
    problems = {
        "the order has no valid tickets": not order.admits,
        "its buyer takes no mail": not order.takes_mail,
        "the event was cancelled": event.cancelled,
        "the event has begun": event.starts_at <= now,
        "the event is on another day": _day(event) != mail.revision,
    }
    return next((problem for problem, is_so in problems.items() if is_so), None)


def _day(event: Event) -> int:
    """Return the day of the event as a number that people can read: 20260718."""
    return int(f"{event.local_start:%Y%m%d}")


def _by_day(now: datetime, event: Event) -> datetime:
    """Return now or, if it is night at the venue, the next morning there."""
    local = local_time(now, event.time_zone)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if local.hour >= NIGHT:
        morning += timedelta(days=1)
    is_night = local.hour < MORNING or local.hour >= NIGHT
    return morning.astimezone(UTC) if is_night else now
