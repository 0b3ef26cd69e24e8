"""The health of a shop as one self-contained HTML page, for a screen and for paper. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from ticketing.brand import Brand
from ticketing.page_templates import filled
from ticketing.reports import pictures
from ticketing.reports.health import KINDS, MAILS, Column, Health, Speed
from ticketing.reports.health_facts import Sample, Unread
from ticketing.reports.health_problems import RAISED
from ticketing.reports.health_text import BACKLOG, UNKNOWN, took, total, waiting

STATES: Final = {RAISED: "raised", "OK": "quiet", "INSUFFICIENT_DATA": "no data yet"}
MAIL_NAMES: Final = {"spam": "marked as spam", "failed": "attempts that failed"}


def page(health: Health, brand: Brand) -> bytes:
    """Return the page; all text from people or from AWS is escaped."""
    facts = health.facts
    shown: dict[str, Any] = {
        "brand": brand,
        "made": brand.local_time(facts.made_at),
        "health": health,
        "backlog": [
            (what, *waiting(getattr(facts, name), brand)) for name, what in BACKLOG.items()
        ],
        "dead_letters": [
            (name, UNKNOWN if isinstance(many, Unread) else f"{many:,}")
            for name, many in facts.dead_letters.items()
        ],
        "speed": _speed(health.speed, brand),
        "windows": [
            _window(health, "The last 24 hours, by hour", health.day),
            _window(health, "The last 7 days, by day", health.week),
        ],
        "partial": any(
            isinstance(one, Sample) and one.is_partial for one in (facts.decided, facts.money_back)
        ),
        "kinds": KINDS,
        "mails": _mails(health),
        "alarms": _alarms(health),
    }
    return filled("ticketing.reports", "health.html", shown).encode()


def _window(health: Health, title: str, columns: Sequence[Column]) -> dict[str, Any]:
    totals = {kind: total(health, kind, columns) for kind in KINDS}
    steps = [(c.at, [(kind, c.counts.get(kind, 0)) for kind in KINDS]) for c in columns]
    return {
        "title": title,
        "totals": totals,
        "unknown": UNKNOWN in totals.values(),
        "picture": pictures.columns(steps),
        "rows": [(at, dict(counts)) for at, counts in steps],
        "first": columns[0].at,
        "last": columns[-1].at,
    }


def _speed(speed: Speed | Unread, brand: Brand) -> dict[str, Any] | None:
    if isinstance(speed, Unread):
        return None
    unmailed, since = waiting(speed.waiting, brand)
    return {
        "count": f"{speed.count:,}",
        "median": took(speed.median),
        "slowest": took(speed.slowest),
        "slowest_order": speed.slowest_order,
        "classes": speed.classes,
        "bars": pictures.parts(speed.classes, speed.count),
        "waiting": unmailed,
        "since": since,
        "is_partial": speed.is_partial,
    }


def _mails(health: Health) -> list[tuple[str, str, str]]:
    """Return each outcome of mails, and how many there were in the last day and the last week."""
    rows = []
    for name in MAILS:
        counts = [window[name] for window in health.mails.values()] if health.mails else []
        day, week = (f"{n:,}" for n in counts) if counts else (UNKNOWN, UNKNOWN)
        rows.append((MAIL_NAMES.get(name, name), day, week))
    return rows


def _alarms(health: Health) -> list[tuple[str, str, str]] | None:
    """Return each alarm, its state, and the CSS class that colours it; raised ones first."""
    alarms = health.facts.alarms
    if isinstance(alarms, Unread):
        return None
    rows = []
    for name, (state, acts) in sorted(alarms.items(), key=lambda one: (_rank(*one[1]), one[0])):
        text = STATES.get(state, state)
        is_bad = state == RAISED or not acts
        rows.append((name, text if acts else f"{text}, notifies nobody", "bad" if is_bad else ""))
    return rows


def _rank(state: str, acts: bool) -> int:  # noqa: FBT001 - as the fact has it
    return 0 if state == RAISED else 1 if not acts else 2 if state != "OK" else 3
