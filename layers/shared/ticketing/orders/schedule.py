"""Decide when to check an order again. The scan takes what is due, however often it runs."""

import math
from datetime import datetime, timedelta

from ticketing.orders.order import Order, OrderStatus, Trouble

CHECK_EVERY = timedelta(seconds=50)
"""Less than a minute, so that even the most frequent scan finds every open order due."""
NOMINATED = timedelta(minutes=4)
"""How long the scan leaves a nominated order to its queue message before nominating it again."""
TROUBLED = tuple(timedelta(minutes=m) for m in (4, 4, 4, 14, 59))
"""Waits after the first, second, ... consecutive check with the same trouble; the last repeats."""
TROUBLED_AND_OPEN = timedelta(minutes=14)
"""The longest of these waits while the buyer can still pay."""
LONGEST_PAUSE = timedelta(minutes=5)
"""The longest that we wait when SumUp asks us to: an order may have been paid in the meantime, and
buyers are waiting, too."""

LATE_EVERY = timedelta(hours=1)
LATE_HOURLY_FOR = timedelta(hours=24)
LATE_SLOWLY = timedelta(hours=24)
LATE_WATCH = timedelta(days=7)
LATE_UNANSWERED = timedelta(days=14)
"""How long a closed order is still checked while SumUp does not answer."""

ADOPTION_GRACE = timedelta(minutes=10)
"""How long a new checkout may take to show at SumUp and in our tables before it is missing."""
BOOKED_EVERY = timedelta(seconds=10)
"""The least time between two checks of an order that a page or a webhook asked for."""
BOOKED_LATE_EVERY = timedelta(minutes=15)
"""The same for an order that is not open, whose checks ask about all its checkouts."""
PAY_EVERY = timedelta(seconds=10)
"""The least time between two attempts to pay an order."""
MOST_ATTEMPTS = 10
"""The most attempts to pay an order. Each is a checkout, and a check may have to ask about all."""
ALERT_AFTER_TIMES = 12
ALERT_AFTER = timedelta(hours=6)
PERSISTENT = timedelta(minutes=15)
UNKNOWN_STATUS_PATIENCE = timedelta(hours=1)


def troubled(order: Order, code: str, now: datetime) -> Trouble:
    """Return the order's trouble after `code` was seen; a different code counts from one."""
    if order.trouble is None or order.trouble.code != code:
        return Trouble(code, now, 1)
    return Trouble(code, order.trouble.since, order.trouble.times + 1)


def next_check(order: Order, now: datetime) -> datetime:
    """Return when to check an unpaid order again: soon, and at the very end of its time to pay."""
    if now < order.open_until:
        return min(now + CHECK_EVERY, order.open_until)
    return now + CHECK_EVERY


def after_trouble(
    order: Order, trouble: Trouble, now: datetime, retry_after: float | None = None
) -> datetime:
    """Return when to ask again after `trouble`: less and less often, and not before `retry_after`.

    That is in seconds, as SumUp gives it, and counts up to `LONGEST_PAUSE`.
    """
    wait = TROUBLED[min(trouble.times, len(TROUBLED)) - 1]
    if now < order.deadline:
        wait = min(wait, TROUBLED_AND_OPEN)
    return now + max(wait, pause(retry_after or 0))


def pause(retry_after: float) -> timedelta:
    """Return how long to pause when SumUp asks us to wait for `retry_after` seconds."""
    return min(timedelta(seconds=retry_after), LONGEST_PAUSE)


def booked_check(order: Order, now: datetime) -> datetime | None:
    """Return when to check an order that somebody asks about; None if a check is booked already.

    The first of several requests is served at once, and one later check serves all the others.
    """
    every = BOOKED_EVERY if order.status is OrderStatus.PENDING else BOOKED_LATE_EVERY
    latest = order.checks_booked_until
    if latest is None or latest <= now - every:
        return now
    return latest + every if latest <= now else None


def seconds_to_pay_again(order: Order, now: datetime) -> int:
    """Return for how many seconds SumUp must not be asked for another checkout of this order."""
    began = order.asked_to_pay_at or order.created_at
    left = (began + PAY_EVERY - now).total_seconds()
    return max(math.ceil(left), 0)


def late_check(settled_at: datetime, now: datetime) -> datetime | None:
    """Return when to check for late payments: hourly for a day, daily for a week, then no more."""
    age = now - settled_at
    following = now + (LATE_EVERY if age < LATE_HOURLY_FOR else LATE_SLOWLY)
    return following if following <= settled_at + LATE_WATCH else None


def late_check_again(settled_at: datetime, now: datetime) -> datetime | None:
    """Return when to repeat a check for late payments that SumUp did not answer.

    This is `late_check`, except that the watch does not end with a check that was not answered:
    that is repeated daily for another week.
    """
    following = late_check(settled_at, now)
    if following is None and now < settled_at + LATE_UNANSWERED:
        return now + LATE_SLOWLY
    return following


def late_turn(settled_at: datetime, now: datetime) -> int:
    """Return a number that grows by one with each check for late payments, hourly or daily."""
    age = max(now - settled_at, timedelta())
    if age < LATE_HOURLY_FOR:
        return age // LATE_EVERY
    return LATE_HOURLY_FOR // LATE_EVERY + age // LATE_SLOWLY


def is_overdue(trouble: Trouble, now: datetime) -> bool:
    """Return whether a trouble has lasted so long, or come so often, that it needs an alert."""
    return trouble.times >= ALERT_AFTER_TIMES or now - trouble.since >= ALERT_AFTER
