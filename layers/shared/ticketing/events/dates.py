"""The time of an event as text: the same in the PDF, in mails and on pages."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from ticketing.events.event import Event
from ticketing.language import Language


def date_text(event: Event, language: Language) -> str:
    """Return the day at the venue: `Saturday 18 July 2026`, `samedi 18 juillet 2026`."""
    return _day(event.local_start, language)


def time_text(event: Event) -> str:
    """Return the start at the venue, with its zone: `19:30 BST (Europe/Jersey)`."""
    return f"{_clock(event.local_start)} ({event.time_zone})"


def moment_text(moment: datetime, time_zone: str, language: Language) -> str:
    """Return any aware moment in a zone: `Monday 1 June 2026, 15:00 BST`."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{_day(local, language)}, {_clock(local)}"


def _day(local: datetime, language: Language) -> str:
    return str(format_date(local, "EEEE d MMMM y", locale=language.locale))


def _clock(local: datetime) -> str:
    # Zones without letters of their own are called `-03` in the data: `UTC-03` says what it is.
    name = local.tzname() or "UTC"
    return f"{local:%H:%M} {name if name.isalpha() else 'UTC' + name}"
