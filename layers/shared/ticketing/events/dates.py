"""The times of an event as text: the same in PDFs, in mails and on pages."""

from datetime import UTC, datetime, timedelta

from babel.dates import format_date

from ticketing.events.event import Event, local_time
from ticketing.language import Language, sentences

MINUTE = timedelta(minutes=1)
ONE_NIGHT = timedelta(hours=12)
"""Within this time of the start, a time is understood without its day, even after midnight."""


def date_text(event: Event, language: Language) -> str:
    """Return the day at the venue: `Saturday 18 July 2026`, `samedi 18 juillet 2026`."""
    return _day(event.local_start, language)


def time_text(event: Event) -> str:
    """Return the start at the venue, with its zone: `19:30 BST (Europe/Jersey)`."""
    return f"{_clock(event.local_start)} ({event.time_zone})"


def doors_text(event: Event, language: Language) -> str:
    """Return when the doors open: `doors 18:30`; empty if that is not known."""
    if event.doors_at is None:
        return ""
    opens = _beside_the_start(event.doors_at, event, language)
    return sentences(language).gettext("doors %(time)s") % {"time": opens}


def hours_text(event: Event, language: Language) -> str:
    """Return all times: `19:30 BST (Europe/Jersey), doors 18:30, until 23:00`."""
    return ", ".join(filter(None, (time_text(event), other_times_text(event, language))))


def other_times_text(event: Event, language: Language) -> str:
    """Return the times except the start: `doors 18:30, until 23:00`; empty if none is known."""
    until = ""
    if event.ends_at is not None:
        ends = _beside_the_start(event.ends_at, event, language)
        until = sentences(language).gettext("until %(time)s") % {"time": ends}
    return ", ".join(filter(None, (doors_text(event, language), until)))


def moment_text(moment: datetime, time_zone: str, language: Language) -> str:
    """Return any aware moment in a zone: `Monday 1 June 2026, 15:00 BST`."""
    local = local_time(moment, time_zone)
    return f"{_day(local, language)}, {_clock(local)}"


def until_text(moment: datetime, time_zone: str, language: Language) -> str:
    """Return the end of a period; the midnight that ends a day is shown as its last minute."""
    shown = moment
    if moment - datetime.min.replace(tzinfo=UTC) >= MINUTE:
        day = local_time(moment, time_zone).date()
        is_midnight = local_time(moment - datetime.resolution, time_zone).date() < day
        shown = moment - MINUTE if is_midnight else moment
    return moment_text(shown, time_zone, language)


def _beside_the_start(moment: datetime, event: Event, language: Language) -> str:
    """Return a time at the venue, with its day if that is not the day or night of the event."""
    local = local_time(moment, event.time_zone)
    is_near = abs(moment - event.starts_at) <= ONE_NIGHT or local.date() == event.local_start.date()
    return f"{local:%H:%M}" if is_near else f"{_day(local, language)}, {local:%H:%M}"


def _day(local: datetime, language: Language) -> str:
    return str(format_date(local, "EEEE d MMMM y", locale=language.locale))


def _clock(local: datetime) -> str:
    # Zones without an abbreviation are called `-03` and the like; `UTC-03` is easier to understand.
    name = local.tzname() or "UTC"
    return f"{local:%H:%M} {name if name.isalpha() else 'UTC' + name}"
