"""The calendar file of an order, as parsed by two third-party programs."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from tests.support.builders import NOW, a_brand, a_line, an_event, an_order, later
from tests.support.hostile import NAMES
from ticketing.events.event import Event
from ticketing.events.revision import revised
from ticketing.language import Language
from ticketing.orders.calendar import LASTS, entry
from ticketing.orders.order import Customer, Order


@dataclass(frozen=True)
class Entry:
    """What a calendar program makes of the file."""

    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    summary: str
    location: str
    description: str


def as_icalendar(text: str) -> Entry:
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return Entry(
        str(event["UID"]),
        int(event["SEQUENCE"]),
        event["DTSTART"].dt,
        event["DTEND"].dt,
        str(event["SUMMARY"]),
        str(event["LOCATION"]),
        str(event["DESCRIPTION"]),
    )


def as_ical(text: str) -> Entry:
    (event,) = IcsCalendarStream.calendar_from_ics(text).events
    assert isinstance(event.dtstart, datetime)
    assert isinstance(event.dtend, datetime)
    return Entry(
        event.uid or "",
        event.sequence or 0,
        event.dtstart,
        event.dtend,
        event.summary or "",
        event.location or "",
        event.description or "",
    )


READERS = (as_icalendar, as_ical)
MOMENTS = {
    "summer": ("Europe/Jersey", datetime(2026, 7, 18, 18, 30, tzinfo=UTC), "19:30"),
    "winter": ("Europe/Jersey", datetime(2026, 12, 18, 18, 30, tzinfo=UTC), "18:30"),
    "the night the clocks go back": (
        "Europe/Jersey",
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        "01:30",
    ),
    "the other side of the world": (
        "Australia/Sydney",
        datetime(2026, 1, 10, 8, 0, tzinfo=UTC),
        "19:00",
    ),
    "half an hour": ("Asia/Kolkata", datetime(2026, 1, 10, 8, 0, tzinfo=UTC), "13:30"),
}


def made(event: Event, order: Order | None = None) -> str:
    return entry(order or an_order(), event, a_brand())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(("zone", "moment", "clock"), MOMENTS.values(), ids=MOMENTS)
def test_an_entry_uses_the_local_time_of_the_venue(
    read: type, zone: str, moment: datetime, clock: str
) -> None:
    found: Entry = read(made(an_event(time_zone=zone, starts_at=moment)))

    assert found.starts.astimezone(UTC) == moment
    assert f"{found.starts:%H:%M}" == clock
    assert found.starts.tzinfo == ZoneInfo(zone)
    assert found.ends.replace(tzinfo=None) - found.starts.replace(tzinfo=None) == LASTS


def test_the_file_contains_the_rules_of_its_time_zone() -> None:
    text = made(an_event())

    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/Jersey\r\n" in text
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "METHOD:PUBLISH" in text


def test_the_same_order_and_event_give_the_same_file() -> None:
    assert made(an_event()) == made(an_event())


@pytest.mark.parametrize("read", READERS)
def test_a_later_revision_updates_the_first_entry(read: type) -> None:
    event = an_event()
    moved = revised(
        event, replace(event, starts_at=event.starts_at + timedelta(days=1)), later(days=1)
    )

    first: Entry = read(made(event))
    second: Entry = read(made(moved))

    assert first.uid == second.uid == "ORD-ABC123@example.com"
    assert (first.sequence, second.sequence) == (0, 1)
    assert second.starts - first.starts == timedelta(days=1)
    assert "DTSTAMP:20260602T120000Z" in made(moved)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_gives_a_valid_file(read: type, name: str) -> None:
    found: Entry = read(made(an_event(name=name, venue=name, address=name)))

    assert found.uid == "ORD-ABC123@example.com"
    assert "\n" not in found.summary + found.location


def test_the_description_is_in_the_language_of_the_buyer() -> None:
    french = Customer("Jane", "jane@example.com", Language.FRENCH)
    one = an_order(customer=french, lines=(a_line(quantity=1),), created_at=NOW)

    assert as_ical(made(an_event(), one)).description == "Commande ORD-ABC123, 1 billet"
    assert as_ical(made(an_event())).description == "Order ORD-ABC123, 3 tickets"
