"""What needs a person for the shop to be healthy, and what could not be read. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ticketing.reports.health_facts import Facts, Sample, Unread, Waiting

DAYS: Final = 7
"""How far the page looks back."""
SCANNED_WITHIN: Final = timedelta(hours=2)
"""Metrics are read by the hour, and the current one may have no scan yet."""
RAISED: Final = "ALARM"
NAMES: Final = {
    "pending": "the open orders",
    "on_hold": "the orders on hold",
    "mails": "the mails that wait",
    "lost_mails": "the mails that did not arrive",
    "decided": "the decisions",
    "money_back": "the money that went back",
    "deliveries": "the times from paid to mailed",
    "mail_counts": "the metrics of mails and scans",
    "alarms": "the alarms",
}


def shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def problems(facts: Facts, zone: ZoneInfo) -> Iterator[str]:
    if isinstance(facts.on_hold, Waiting) and facts.on_hold.count:
        yield f"{_many(facts.on_hold.count, 'order is', 'orders are')} on hold: `orders`"
    for queue, many in facts.dead_letters.items():
        if isinstance(many, int) and many:
            letters = _many(many, "dead letter waits", "dead letters wait")
            yield f"{letters} in the queue {queue}: `redrive {queue}`"
    if isinstance(facts.lost_mails, Waiting) and facts.lost_mails.count:
        mails = _many(facts.lost_mails.count, "mail", "mails")
        yield f"{mails} of the last {DAYS} days did not arrive: `orders`"
    yield from _silence(facts, zone)
    if not isinstance(facts.alarms, Unread):
        yield from _alarms(facts.alarms)


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _silence(facts: Facts, zone: ZoneInfo) -> Iterator[str]:
    if isinstance(facts.mail_counts, Unread):
        return
    last = facts.mail_counts.scanned_at
    if last is None:
        yield f"no scan has been counted in the last {DAYS} days: `doctor`"
    elif last < facts.made_at - SCANNED_WITHIN:
        yield f"no scan has been counted since {shown(last, zone)}: `doctor`"


def _alarms(alarms: Mapping[str, tuple[str, bool]]) -> Iterator[str]:
    if not alarms:
        yield "there are no alarms: deploy with Watch=alarms or everything"
    for name, (state, acts) in sorted(alarms.items()):
        if state == RAISED:
            yield f"the alarm {name} is raised"
        if not acts:
            yield f"the alarm {name} notifies nobody"


def unread(facts: Facts) -> Iterator[str]:
    for name, called in NAMES.items():
        fact = getattr(facts, name)
        if isinstance(fact, Unread):
            yield f"{called} could not be read: {fact.why}"
        if isinstance(fact, Sample):
            yield from (f"a row could not be read: {row}" for row in fact.unreadable)
    for queue, many in facts.dead_letters.items():
        if isinstance(many, Unread):
            yield f"the dead letters of {queue} could not be read: {many.why}"
