"""Moving an event: what its row says afterwards, and what is refused."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, later
from ticketing.errors import NotMovable
from ticketing.events.event import Event
from ticketing.events.moving import LATEST, NewTimes, moved

START = an_event().starts_at
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
EVENT = an_event(doors_at=START - HOUR, ends_at=START + 3 * HOUR)
THEN = later(days=1)
TIMES = NewTimes(START + WEEK, START - WEEK)


def test_a_moved_event_is_a_revision_that_is_not_announced_yet() -> None:
    event = moved(replace(EVENT, announced=True), TIMES, THEN)

    assert (event.starts_at, event.revision, event.since) == (START + WEEK, 2, THEN)
    assert not event.announced
    assert (event.moved_at, event.refunds_until) == (THEN, START - WEEK)
    assert event.earlier[0].facts == EVENT.facts


def test_doors_and_end_move_with_the_start_unless_they_are_given() -> None:
    event = moved(EVENT, TIMES, THEN)
    other = moved(EVENT, replace(TIMES, ends_at=START + WEEK + HOUR), THEN)

    assert (event.doors_at, event.ends_at) == (START + WEEK - HOUR, START + WEEK + 3 * HOUR)
    assert (other.doors_at, other.ends_at) == (START + WEEK - HOUR, START + WEEK + HOUR)
    assert moved(an_event(), TIMES, THEN).doors_at is None


def test_the_same_times_again_change_nothing_but_how_long_buyers_may_ask() -> None:
    event = moved(EVENT, TIMES, THEN)

    again = moved(event, TIMES, later(days=2))
    longer = moved(event, replace(TIMES, refunds_until=START), later(days=2))

    assert again == event
    assert longer == replace(event, refunds_until=START)


def test_who_ordered_between_two_moves_may_ask_as_well() -> None:
    event = moved(EVENT, TIMES, THEN)

    again = moved(event, replace(TIMES, starts_at=START + 2 * WEEK), later(days=2))

    assert (again.moved_at, again.revision) == (later(days=2), 3)


REFUSED: dict[str, tuple[Event, dict[str, Any], datetime, str]] = {
    "cancelled": (replace(EVENT, cancelled=True), {}, THEN, "it is cancelled"),
    "long over": (EVENT, {"starts_at": START + 2 * WEEK, "refunds_until": START + 2 * WEEK},
                  START + LATEST, "began more than a week ago"),
    "into the past": (EVENT, {"starts_at": NOW}, THEN, "--starts-at is over"),
    "nobody may ask": (EVENT, {"refunds_until": THEN}, THEN, "--refunds-until is over"),
    "ask after it": (EVENT, {"refunds_until": START + WEEK + HOUR}, THEN, "after the new start"),
    "doors after it": (EVENT, {"doors_at": START + WEEK + HOUR}, THEN, "event 5.doors_at"),
    "ends before it": (EVENT, {"ends_at": START}, THEN, "event 5.ends_at"),
    "sold after it": (replace(EVENT, sale_ends_at=START), {"starts_at": START - HOUR}, THEN,
                      "event 5.sale_ends_at"),
}  # fmt: skip


@pytest.mark.parametrize(("event", "changes", "now", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused(
    event: Event,
    changes: dict[str, Any],
    now: datetime,
    why: str,
) -> None:
    with pytest.raises(NotMovable, match=why):
        moved(event, replace(TIMES, **changes), now)
