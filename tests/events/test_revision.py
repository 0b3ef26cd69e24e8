"""Changes to an event: which create a revision, and what a buyer knows and is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, later
from ticketing.events.event import CLOCKS_DIFFER, Event, LatePayment
from ticketing.events.revision import as_of, changes, known, revised
from ticketing.language import Language

FIRST = an_event()
SEEN: dict[str, dict[str, Any]] = {
    "name": {"name": "Jersey Live: Autumn Sounds"},
    "venue": {"venue": "St James Centre"},
    "address": {"address": "St James Street, St Helier"},
    "date": {"starts_at": FIRST.starts_at + timedelta(days=1)},
    "time": {"starts_at": FIRST.starts_at + timedelta(minutes=30)},
    "zone": {"time_zone": "Europe/Paris"},
    "doors": {"doors_at": FIRST.starts_at - timedelta(hours=1)},
    "end": {"ends_at": FIRST.starts_at + timedelta(hours=4)},
}


def moved(event: Event, days: int, at: datetime) -> Event:
    """Return the event a further revision on, at another date."""
    return revised(event, replace(FIRST, starts_at=FIRST.starts_at + timedelta(days=days)), at)


SECOND = moved(FIRST, 1, later(days=1))
THIRD = moved(SECOND, 2, later(days=2))


@pytest.mark.parametrize("changed", SEEN.values(), ids=SEEN)
def test_a_change_visible_to_buyers_creates_a_revision(changed: dict[str, Any]) -> None:
    event = revised(FIRST, replace(FIRST, **changed), later(days=1))

    assert (event.revision, event.since, event.announced) == (2, later(days=1), False)
    assert [one.facts for one in event.earlier] == [FIRST.facts]
    assert changes(FIRST, event, Language.ENGLISH) != ()


def test_a_change_invisible_to_buyers_creates_no_revision() -> None:
    same = revised(SECOND, replace(SECOND, late_payment=LatePayment.REVIEW), later(days=5))

    assert same == replace(SECOND, late_payment=LatePayment.REVIEW)
    assert revised(None, FIRST, NOW) == FIRST


def test_a_revision_keeps_the_earlier_ones() -> None:
    assert THIRD.revision == 3
    assert as_of(THIRD, 1) == FIRST
    assert as_of(THIRD, 2) == SECOND
    assert as_of(THIRD, 3) == as_of(THIRD, 4) == THIRD


KNOWN = {
    "bought before any change": (later(hours=1), THIRD, 1),
    "bought after the second": (later(days=1, hours=1), THIRD, 2),
    "bought after the third": (later(days=2, hours=1), THIRD, 3),
    "bought in the same minute": (later(days=2) + CLOCKS_DIFFER, THIRD, 2),
    "nothing changed": (later(hours=1), FIRST, 1),
    "the second was announced": (
        later(hours=1),
        moved(replace(SECOND, announced=True), 2, later(days=2)),
        2,
    ),
}


@pytest.mark.parametrize(("bought_at", "event", "revision"), KNOWN.values(), ids=KNOWN)
def test_a_buyer_knows_the_revision_at_purchase_or_last_announced(
    bought_at: datetime, event: Event, revision: int
) -> None:
    assert known(event, bought_at).revision == revision


def test_changes_show_the_old_and_new_values() -> None:
    event = replace(FIRST, starts_at=datetime(2026, 12, 19, 19, tzinfo=UTC), venue="Opera House")

    when, where = changes(FIRST, event, Language.FRENCH)

    assert (when.name, where.name) == ("Date", "Lieu")
    assert when.before == "samedi 18 juillet 2026, 19:30 BST (Europe/Jersey)"
    assert when.now == "samedi 19 décembre 2026, 19:00 GMT (Europe/Jersey)"
    assert where.before.startswith("Howard Davis Park, ")
    assert where.now.startswith("Opera House, ")


def test_a_change_shows_doors_and_end() -> None:
    event = replace(
        FIRST,
        doors_at=FIRST.starts_at - timedelta(hours=1),
        ends_at=FIRST.starts_at + timedelta(hours=6),
    )

    (when,) = changes(FIRST, event, Language.ENGLISH)

    start = "Saturday 18 July 2026, 19:30 BST (Europe/Jersey)"
    assert (when.before, when.now) == (start, f"{start}, doors 18:30, until 01:30")
    assert as_of(revised(FIRST, event, NOW), 1) == FIRST
    assert as_of(moved(revised(FIRST, event, NOW), 1, NOW), 2).doors_at == event.doors_at


def test_an_event_changed_back_has_no_changes() -> None:
    again = revised(SECOND, FIRST, later(days=2))

    assert again.revision == 3
    assert known(again, later(hours=1)).facts == again.facts
