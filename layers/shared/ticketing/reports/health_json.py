"""The health of a shop for programs; unknown figures are null. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ticketing.reports.health import KINDS, Column, Health, Speed
from ticketing.reports.health_facts import Sample, Unread, Waiting


def document(health: Health) -> dict[str, Any]:
    facts = health.facts
    return {
        "as_of": facts.made_at.isoformat(),
        "well": health.is_well,
        "problems": list(health.problems),
        "unread": list(health.unread),
        "pending": _waiting(facts.pending),
        "on_hold": _waiting(facts.on_hold),
        "mails_waiting": _waiting(facts.mails),
        "mails_not_arrived": _waiting(facts.lost_mails),
        "dead_letters": {name: _known(many) for name, many in facts.dead_letters.items()},
        "paid_to_mailed": _speed(health.speed),
        "decisions": {
            "last_24_hours": _totals(health, health.day),
            "last_7_days": _totals(health, health.week),
        },
        "decisions_partial": _is_partial(facts.decided),
        "money_back_partial": _is_partial(facts.money_back),
        "by_hour": [_column(column) for column in health.day],
        "by_day": [_column(column) for column in health.week],
        "mail_counts": health.mails,
        "alarms": _alarms(facts.alarms),
    }


def _known(many: int | Unread) -> int | None:
    return None if isinstance(many, Unread) else many


def _waiting(waiting: Waiting | Unread) -> dict[str, Any] | None:
    if isinstance(waiting, Unread):
        return None
    since = _iso(waiting.since)
    return {"count": waiting.count, "since": since, "partial": waiting.is_partial}


def _speed(speed: Speed | Unread) -> dict[str, Any] | None:
    if isinstance(speed, Unread):
        return None
    return {
        "count": speed.count,
        "median_seconds": _seconds(speed.median),
        "slowest_seconds": _seconds(speed.slowest),
        "slowest_order": speed.slowest_order,
        "not_mailed_yet": _waiting(speed.waiting),
        "partial": speed.is_partial,
    }


def _totals(health: Health, columns: Iterable[Column]) -> dict[str, int | None]:
    columns = tuple(columns)
    return {kind: health.total(kind, columns) for kind in KINDS}


def _column(column: Column) -> dict[str, Any]:
    return {"at": column.at, **column.counts}


def _is_partial(sample: Sample[Any] | Unread) -> bool | None:
    return None if isinstance(sample, Unread) else sample.is_partial


def _alarms(alarms: Any) -> dict[str, Any] | None:  # noqa: ANN401 - a mapping, or Unread
    if isinstance(alarms, Unread):
        return None
    return {name: {"state": state, "notifies": acts} for name, (state, acts) in alarms.items()}


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
