"""The health of a shop as lines of text. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from ticketing.brand import Brand
from ticketing.reports.health import KINDS, MONEY_BACK, Column, Health
from ticketing.reports.health_facts import Unread, Waiting
from ticketing.reports.health_problems import RAISED

UNKNOWN: Final = "unknown"
BACKLOG: Final = {
    "pending": "open orders",
    "on_hold": "orders on hold",
    "mails": "mails to be sent",
    "lost_mails": "mails that did not arrive",
}


def lines(health: Health, brand: Brand) -> Iterator[str]:
    """Yield the figures for a terminal, without the problems that follow from them."""
    facts = health.facts
    for name, what in BACKLOG.items():
        yield f"{what}: {', '.join(filter(None, waiting(getattr(facts, name), brand)))}"
    for queue, many in facts.dead_letters.items():
        yield f"dead letters, {queue}: {UNKNOWN if isinstance(many, Unread) else f'{many:,}'}"
    yield f"from paid to mailed: {_speed(health)}"
    for title, columns in (("last 24 hours", health.day), ("last 7 days", health.week)):
        counts = ", ".join(f"{kind} {total(health, kind, columns)}" for kind in KINDS)
        yield f"decisions of the {title}: {counts}"
    for title, key in (("last 24 hours", "last_24_hours"), ("last 7 days", "last_7_days")):
        mails = health.mails and health.mails[key]
        shown = ", ".join(f"{name} {many:,}" for name, many in mails.items()) if mails else UNKNOWN
        yield f"mails of the {title}: {shown}"
    if isinstance(facts.alarms, Unread):
        yield f"alarms: {UNKNOWN}"
    else:
        raised = sum(state == RAISED for state, _ in facts.alarms.values())
        yield f"alarms: {raised} of {len(facts.alarms)} raised"


def waiting(facts: Waiting | Unread, brand: Brand) -> tuple[str, str]:
    """Return how many are waiting, and since when."""
    if isinstance(facts, Unread):
        return UNKNOWN, ""
    many = f"at least {facts.count:,}" if facts.is_partial else f"{facts.count:,}"
    return many, f"since {brand.local_time(facts.since)}" if facts.since else ""


def total(health: Health, kind: str, columns: Sequence[Column]) -> str:
    """Return how often a kind of event happened in these hours or days."""
    source = health.facts.money_back if kind == MONEY_BACK else health.facts.decided
    many = health.total(kind, columns)
    if many is None or isinstance(source, Unread):
        return UNKNOWN
    return f"at least {many:,}" if source.is_partial else f"{many:,}"


def took(time: timedelta | None) -> str:
    """Return a duration as people say it: to the minute, and below an hour to the second."""
    if time is None:
        return "-"
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _speed(health: Health) -> str:
    speed = health.speed
    if isinstance(speed, Unread):
        return UNKNOWN
    some = ", of some of them" if speed.is_partial else ""
    slowest = f"slowest {took(speed.slowest)}"
    slowest += f" ({speed.slowest_order})" if speed.slowest_order else ""
    return f"median {took(speed.median)}, {slowest}, of {speed.count:,}{some}"
