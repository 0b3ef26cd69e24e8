"""The calendar file of an order, as parsed by two third-party programs."""

import re
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
    "summer": ("Europe/Jersey", datetime(2026, 7, 18, 18, 30, tzinfo=UTC), "20260718T183000Z"),
    "winter": ("Europe/Jersey", datetime(2026, 12, 18, 18, 30, tzinfo=UTC), "20261218T183000Z"),
    "the night the clocks go back": (
        "Europe/Jersey",
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        "20261025T003000Z",
    ),
    "the other side of the world": (
        "Australia/Sydney",
        datetime(2026, 1, 10, 8, 0, tzinfo=UTC),
        "20260110T080000Z",
    ),
    "half an hour": (
        "Asia/Kolkata",
        datetime(2026, 1, 10, 13, 30, tzinfo=ZoneInfo("Asia/Kolkata")),
        "20260110T080000Z",
    ),
    "a zone that is unknown": (
        "Europe/Atlantis",
        datetime(2026, 1, 10, 8, 0, tzinfo=UTC),
        "20260110T080000Z",
    ),
}


def made(event: Event, order: Order | None = None) -> str:
    return entry(order or an_order(), event, a_brand())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(("zone", "moment", "written"), MOMENTS.values(), ids=MOMENTS)
def test_an_entry_begins_and_ends_in_utc(
    read: type, zone: str, moment: datetime, written: str
) -> None:
    text = made(an_event(time_zone=zone, starts_at=moment))

    found: Entry = read(text)
    assert found.starts == moment
    assert found.ends - found.starts == LASTS
    assert f"\r\nDTSTART:{written}\r\n" in text


def test_the_file_needs_no_rules_of_a_time_zone() -> None:
    """Outlook refuses some, and needs none of a single event."""
    text = made(an_event())

    assert "TZ" not in text
    assert text.count("BEGIN:") == 2
    for name in ("DTSTAMP", "DTSTART", "DTEND"):
        assert re.search(rf"\r\n{name}:\d{{8}}T\d{{6}}Z\r\n", text)
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "METHOD:PUBLISH" in text


@pytest.mark.parametrize("read", READERS)
def test_an_entry_has_the_end_and_the_doors_of_its_event(read: type) -> None:
    event = an_event()
    ends, doors = event.starts_at + timedelta(hours=5), event.starts_at - timedelta(hours=1)
    french = an_order(customer=Customer("Jane", "jane@example.com", Language.FRENCH))

    found: Entry = read(made(replace(event, ends_at=ends, doors_at=doors)))
    in_french: Entry = read(made(replace(event, doors_at=doors), french))

    assert (found.starts, found.ends) == (event.starts_at, ends)
    assert found.description == "Order ORD-ABC123, 3 tickets, doors 18:30"
    assert (
        in_french.description == "Commande ORD-ABC123, 3 billets, ouverture des portes\u00a0: 18:30"
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "99991231T235959Z"),
        (datetime(9999, 12, 31, 20, 0, tzinfo=UTC), "99991231T230000Z"),
        (datetime(1000, 1, 1, tzinfo=UTC), "10000101T030000Z"),
    ],
)
def test_an_entry_can_be_made_at_the_ends_of_the_calendar(
    moment: datetime, ends: str, zone: str
) -> None:
    text = made(an_event(starts_at=moment, time_zone=zone))

    assert f"DTSTART:{moment:%Y%m%dT%H%M}00Z" in text
    assert f"DTEND:{ends}" in text


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
def test_a_cancelled_event_takes_its_entry_out_again(read: type) -> None:
    event = an_event()
    moved = revised(event, replace(event, venue="St James Centre"), later(days=1))
    gone = replace(moved, on_sale=False, cancelled=True, cancelled_at=later(days=2))

    first: Entry = read(made(moved))
    last: Entry = read(made(gone))

    assert first.uid == last.uid
    assert (first.sequence, last.sequence) == (1, 2)
    assert "METHOD:PUBLISH" in made(moved)
    assert "STATUS" not in made(moved)
    for line in ("METHOD:CANCEL", "STATUS:CANCELLED", "DTSTAMP:20260603T120000Z"):
        assert line in made(gone)


@pytest.mark.parametrize("read", READERS)
def test_an_event_that_its_file_marks_as_cancelled_keeps_its_entry(read: type) -> None:
    """A later file may take the mark back, and no program goes back to a lower SEQUENCE."""
    event = an_event()
    marked = replace(event, on_sale=False, cancelled=True)
    revived = revised(marked, replace(event, venue="St James Centre"), later(days=1))

    entries: list[Entry] = [read(made(one)) for one in (event, marked, revived)]

    assert [one.sequence for one in entries] == [0, 0, 1]
    assert "METHOD:PUBLISH" in made(marked)
    assert "STATUS" not in made(marked)


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


def test_an_entry_leads_to_the_page_of_the_event() -> None:
    (event,) = Calendar.from_ical(entry(an_order(), an_event(), a_brand())).walk("VEVENT")

    assert str(event["URL"]) == a_brand().event_url("5")
