"""The health of a shop: its backlog, how soon tickets are mailed, what was decided. Pure.

Days are those of the shop's time zone. The current hour and the current day are not over yet.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from ticketing.reports.health_facts import Delivery, Facts, Happened, Sample, Unread, Waiting
from ticketing.reports.health_problems import DAYS, problems, shown, unread

HOURS: Final = 24
DECIDED: Final = ("completed", "expired", "failed", "on hold")
MONEY_BACK: Final = "money back"
KINDS: Final = (*DECIDED, MONEY_BACK)
MAILS: Final = ("sent", "delivered", "bounced", "spam", "failed")
CLASSES: Final = (
    ("within 1 minute", timedelta(minutes=1)),
    ("within 5 minutes", timedelta(minutes=5)),
    ("within 1 hour", timedelta(hours=1)),
)


@dataclass(frozen=True)
class Column:
    """An hour or a day, and how often each kind of event happened in it."""

    at: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Speed:
    """The times from paid to mailed; `waiting` counts paid orders that are not mailed yet."""

    count: int
    median: timedelta | None
    slowest: timedelta | None
    slowest_order: str | None
    classes: tuple[tuple[str, int], ...]
    waiting: Waiting
    is_partial: bool


@dataclass(frozen=True)
class Health:
    """The facts and what follows from them; None stands for a figure that is unknown.

    `problems` need a person; `unread` names what is missing from the figures.
    """

    facts: Facts
    time_zone: str
    day: tuple[Column, ...]
    week: tuple[Column, ...]
    speed: Speed | Unread
    mails: Mapping[str, Mapping[str, int]] | None
    problems: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        return not self.problems and not self.unread

    def total(self, kind: str, columns: Iterable[Column]) -> int | None:
        """Return how often a kind of event happened; None if that could not be read."""
        source = self.facts.money_back if kind == MONEY_BACK else self.facts.decided
        if isinstance(source, Unread):
            return None
        return sum(column.counts.get(kind, 0) for column in columns)


def week_begins(now: datetime, time_zone: str) -> datetime:
    """Return when the oldest day on the page begins."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    first = datetime.combine(today - timedelta(days=DAYS - 1), datetime.min.time())
    return first.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def health(facts: Facts, time_zone: str) -> Health:
    zone = ZoneInfo(time_zone)
    hours, days = _hours(facts.made_at), _days(facts.made_at.astimezone(zone).date())
    events = [one for source in (facts.decided, facts.money_back) for one in _found(source)]
    by_hour = _counts((_hour(one.at), one.kind) for one in events)
    by_day = _counts((one.at.astimezone(zone).date(), one.kind) for one in events)
    return Health(
        facts,
        time_zone,
        day=tuple(Column(shown(hour, zone), by_hour.get(hour, {})) for hour in hours),
        week=tuple(Column(f"{day}", by_day.get(day, {})) for day in days),
        speed=_speed(facts.deliveries),
        mails=_mails(facts, hours[0], zone, days[0]),
        problems=tuple(problems(facts, zone)),
        unread=tuple(unread(facts)),
    )


def _hours(now: datetime) -> list[datetime]:
    return [_hour(now) - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _days(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _found(source: Sample[Happened] | Unread) -> tuple[Happened, ...]:
    return () if isinstance(source, Unread) else source.found


def _counts(events: Iterable[tuple[Any, str]]) -> dict[Any, Counter[str]]:
    counts: dict[Any, Counter[str]] = {}
    for at, kind in events:
        counts.setdefault(at, Counter())[kind] += 1
    return counts


def _speed(deliveries: Sample[Delivery] | Unread) -> Speed | Unread:
    if isinstance(deliveries, Unread):
        return deliveries
    took = sorted(
        (max(one.mailed_at - one.paid_at, timedelta()), one.order_number)
        for one in deliveries.found
        if one.mailed_at
    )
    times = [time for time, _ in took]
    slowest, slowest_order = took[-1] if took else (None, None)
    waits = [one.paid_at for one in deliveries.found if not one.mailed_at]
    return Speed(
        len(times),
        timedelta(seconds=median(t.total_seconds() for t in times)) if times else None,
        slowest,
        slowest_order,
        tuple(_classes(times)),
        Waiting(len(waits), min(waits, default=None), deliveries.is_partial),
        deliveries.is_partial,
    )


def _classes(times: list[timedelta]) -> Iterator[tuple[str, int]]:
    before = 0
    for name, limit in CLASSES:
        within = sum(time <= limit for time in times)
        yield name, within - before
        before = within
    yield "later", len(times) - before


def _mails(
    facts: Facts, first_hour: datetime, zone: ZoneInfo, first_day: date
) -> Mapping[str, Mapping[str, int]] | None:
    if isinstance(facts.mail_counts, Unread):
        return None
    hours = facts.mail_counts.hours
    day = {name: sum(n for at, n in hours.get(name, ()) if at >= first_hour) for name in MAILS}
    week = {
        name: sum(n for at, n in hours.get(name, ()) if at.astimezone(zone).date() >= first_day)
        for name in MAILS
    }
    return {"last_24_hours": day, "last_7_days": week}
