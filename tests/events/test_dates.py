"""The times of an event as text, also where rows hold what no calendar has."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.builders import an_event
from ticketing.events.dates import date_text, doors_text, hours_text, time_text, until_text
from ticketing.language import Language

START = an_event().starts_at
HOURS = {
    "nothing but the start": ({}, "19:30 BST (Europe/Jersey)", "19:30 BST (Europe/Jersey)"),
    "doors and end": (
        {"doors_at": START - timedelta(hours=1), "ends_at": START + timedelta(hours=3)},
        "19:30 BST (Europe/Jersey), doors 18:30, until 22:30",
        "19:30 BST (Europe/Jersey), ouverture des portes\u00a0: 18:30, fin\u00a0: 22:30",
    ),
    "a night": (
        {"ends_at": START + timedelta(hours=9)},
        "19:30 BST (Europe/Jersey), until 04:30",
        "19:30 BST (Europe/Jersey), fin\u00a0: 04:30",
    ),
    "several days": (
        {"ends_at": START + timedelta(days=2)},
        "19:30 BST (Europe/Jersey), until Monday 20 July 2026, 19:30",
        "19:30 BST (Europe/Jersey), fin\u00a0: lundi 20 juillet 2026, 19:30",
    ),
}


@pytest.mark.parametrize(("times", "english", "french"), HOURS.values(), ids=HOURS)
def test_the_hours_of_an_event(times: dict[str, datetime], english: str, french: str) -> None:
    event = an_event(**times)

    assert hours_text(event, Language.ENGLISH) == english
    assert hours_text(event, Language.FRENCH) == french


def test_doors_that_are_not_known_are_not_mentioned() -> None:
    assert doors_text(an_event(), Language.ENGLISH) == ""


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "\x00"])
def test_a_zone_that_is_unknown_leaves_the_time_in_utc(zone: str) -> None:
    event = an_event(time_zone=zone)

    assert time_text(event) == f"18:30 UTC ({zone})"
    assert date_text(event, Language.ENGLISH) == "Saturday 18 July 2026"


@pytest.mark.parametrize(
    ("moment", "zone", "date"),
    [
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Asia/Tokyo", "Friday 31 December 9999"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Europe/Jersey", "Friday 31 December 9999"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York", "Monday 1 January 1"),
    ],
)
def test_a_time_that_a_zone_does_not_have_is_in_utc(moment: datetime, zone: str, date: str) -> None:
    event = an_event(starts_at=moment, ends_at=moment, time_zone=zone)

    assert date_text(event, Language.ENGLISH) == date
    assert f"{moment:%H:%M}" in hours_text(event, Language.ENGLISH)


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (
            datetime(2026, 7, 18, 18, 30, tzinfo=UTC),
            "Europe/Jersey",
            "Saturday 18 July 2026, 19:30 BST",
        ),
        (
            datetime(2026, 7, 18, 23, 0, tzinfo=UTC),
            "Europe/Jersey",
            "Saturday 18 July 2026, 23:59 BST",
        ),
        (
            datetime(2026, 12, 19, 0, 0, tzinfo=UTC),
            "Europe/Jersey",
            "Friday 18 December 2026, 23:59 GMT",
        ),
        (
            datetime(2026, 4, 23, 22, 0, tzinfo=UTC),
            "Africa/Cairo",
            "Thursday 23 April 2026, 23:59 EET",
        ),
        (
            datetime(2026, 7, 18, 23, 0, tzinfo=UTC),
            "Europe/Atlantis",
            "Saturday 18 July 2026, 23:00 UTC",
        ),
        (datetime.min.replace(tzinfo=UTC), "UTC", "Monday 1 January 1, 00:00 UTC"),
    ],
    ids=[
        "a time",
        "a day",
        "a winter day",
        "a day before a missing midnight",
        "no zone",
        "no day before",
    ],
)
def test_what_lasts_until_the_end_of_a_day_names_that_day(
    moment: datetime, zone: str, shown: str
) -> None:
    assert until_text(moment, zone, Language.ENGLISH) == shown
