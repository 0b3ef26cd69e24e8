"""How an event changes: its revisions, which one a buyer knows, and the changes as text. Pure."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from ticketing.events.dates import date_text, hours_text
from ticketing.events.event import CLOCKS_DIFFER, Event, Revision
from ticketing.language import Language, sentences
from ticketing.text import one_line

LONGEST_TEXT = 400


@dataclass(frozen=True)
class Change:
    """One change for buyers to read: what changed, from what, to what."""

    name: str
    before: str
    now: str


def revised(stored: Event | None, wanted: Event, now: datetime) -> Event:
    """Return the event to store, with a new revision if buyers would see a change."""
    if stored is None:
        return wanted
    if stored.facts == wanted.facts:
        return replace(
            wanted,
            revision=stored.revision,
            since=stored.since,
            announced=stored.announced,
            earlier=stored.earlier,
        )
    before = Revision(stored.facts, stored.since, stored.announced)
    return replace(
        wanted,
        revision=stored.revision + 1,
        since=now,
        announced=False,
        earlier=(*stored.earlier, before),
    )


def as_of(event: Event, revision: int) -> Event:
    if not 0 < revision < event.revision:
        return event
    then = event.earlier[revision - 1]
    return replace(
        event,
        **asdict(then.facts),
        revision=revision,
        since=then.since,
        announced=then.announced,
        earlier=event.earlier[: revision - 1],
    )


def known(event: Event, bought_at: datetime) -> Event:
    """Return the event as a buyer knows it who has not been told of its newest revision.

    That is as it was when they bought, or as it was last announced.
    """
    if event.since is None or bought_at > event.since + CLOCKS_DIFFER:
        return event
    informed = [
        number
        for number, then in enumerate(event.earlier, start=1)
        if then.announced or then.since is None or bought_at > then.since + CLOCKS_DIFFER
    ]
    return as_of(event, max(informed, default=1))


def changes(before: Event, now: Event, language: Language) -> tuple[Change, ...]:
    """Return the changes that a buyer sees."""
    gettext = sentences(language).gettext
    seen = (
        (gettext("What"), before.name, now.name),
        (gettext("When"), _when(before, language), _when(now, language)),
        (gettext("Where"), _where(before), _where(now)),
    )
    return tuple(
        Change(name, one_line(old, LONGEST_TEXT), one_line(new, LONGEST_TEXT))
        for name, old, new in seen
        if old != new
    )


def times_of(event: Event) -> tuple[object, ...]:
    """Return everything that buyers see about the times of an event."""
    return event.starts_at, event.time_zone, event.doors_at, event.ends_at


def _when(event: Event, language: Language) -> str:
    return f"{date_text(event, language)}, {hours_text(event, language)}"


def _where(event: Event) -> str:
    return f"{event.venue}, {event.address}"
