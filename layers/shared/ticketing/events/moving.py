"""Move an event to another time: what its row says afterwards, or why it cannot be moved. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ticketing.errors import NotMovable
from ticketing.events.event import Event
from ticketing.events.import_file import disorder, disorder_of_sale
from ticketing.events.revision import revised

LATEST = timedelta(days=7)
"""How long after its start an event can be moved. Later, it has taken place, and another evening is
another event."""


@dataclass(frozen=True)
class NewTimes:
    """When an event will be, and how long buyers may ask for their money back.

    Without `doors_at` or `ends_at`, these move by as much as the start.
    """

    starts_at: datetime
    refunds_until: datetime
    doors_at: datetime | None = None
    ends_at: datetime | None = None


def moved(event: Event, times: NewTimes, now: datetime) -> Event:
    """Return the event as it is to be stored; `NotMovable` says what is wrong.

    The same times again make no new revision, and do not change which buyers may ask.
    """
    later = times.starts_at - event.starts_at
    wanted = replace(
        event,
        starts_at=times.starts_at,
        doors_at=times.doors_at or (event.doors_at and event.doors_at + later),
        ends_at=times.ends_at or (event.ends_at and event.ends_at + later),
    )
    _refuse(event, wanted, times, now)
    after = revised(event, wanted, now)
    is_new = after.revision != event.revision
    return replace(
        after,
        moved_at=now if is_new or event.moved_at is None else event.moved_at,
        refunds_until=times.refunds_until,
    )


def _refuse(event: Event, wanted: Event, times: NewTimes, now: datetime) -> None:
    place = f"event {event.event_id}"
    problems = [
        *(["it is cancelled"] if event.cancelled else []),
        *(["it began more than a week ago"] if now >= event.starts_at + LATEST else []),
        *(["--starts-at is over"] if times.starts_at <= now else []),
        *(["--refunds-until is over"] if times.refunds_until <= now else []),
        *(
            ["--refunds-until is after the new start"]
            if times.refunds_until > times.starts_at
            else []
        ),
        *disorder(place, wanted),
        *disorder_of_sale(place, wanted, wanted),
    ]
    if problems:
        raise NotMovable(event.event_id, "; ".join(problems))
