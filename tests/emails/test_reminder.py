"""The reminder before an event: who gets one, when it leaves, and what outdates it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import an_event, an_order
from ticketing.emails.mail import NUDGE_GRACE
from ticketing.emails.reminder import (
    AHEAD,
    JUST_BOUGHT,
    LATEST,
    Bookmark,
    is_wanted,
    outdated,
    reminder,
    stretch,
)
from ticketing.orders.order import ERASED, Customer, Delivery, OrderStatus

EVENT = an_event()
DAY_BEFORE = EVENT.starts_at - timedelta(hours=27)
BOUGHT: dict[str, Any] = {
    "status": OrderStatus.COMPLETED,
    "delivery": Delivery.DELIVERED,
    "settled_at": DAY_BEFORE - timedelta(days=9),
}
MINUTE = timedelta(minutes=1)


def test_a_buyer_with_tickets_wants_a_reminder() -> None:
    assert is_wanted(an_order(**BOUGHT), EVENT, DAY_BEFORE)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": OrderStatus.PENDING},
        {"status": OrderStatus.REVIEW},
        {"status": OrderStatus.EXPIRED},
        {"voided_at": DAY_BEFORE},
        {"customer": Customer(ERASED, ERASED)},
        {"complained_at": DAY_BEFORE},
        {"delivery": Delivery.PROBLEM},
        {"settled_at": DAY_BEFORE - JUST_BOUGHT + MINUTE},
    ],
    ids=str,
)
def test_no_reminder_of_tickets_that_are_not_or_only_just_there(changes: dict[str, Any]) -> None:
    assert not is_wanted(an_order(**(BOUGHT | changes)), EVENT, DAY_BEFORE)


def test_no_reminder_of_a_cancelled_event() -> None:
    assert not is_wanted(an_order(**BOUGHT), replace(EVENT, cancelled=True), DAY_BEFORE)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (AHEAD + MINUTE, False),
        (AHEAD, True),
        (LATEST, True),
        (LATEST - MINUTE, False),
        (-MINUTE, False),
    ],
)
def test_it_is_neither_too_early_nor_too_late(before: timedelta, *, wanted: bool) -> None:
    assert is_wanted(an_order(**BOUGHT), EVENT, EVENT.starts_at - before) is wanted


def test_who_bought_half_a_day_ago_wants_one() -> None:
    order = an_order(**(BOUGHT | {"settled_at": DAY_BEFORE - JUST_BOUGHT}))

    assert is_wanted(order, EVENT, DAY_BEFORE)


def test_its_id_is_of_the_order_and_of_the_events_own_day() -> None:
    late = replace(EVENT, starts_at=datetime(2026, 7, 18, 23, 30, tzinfo=UTC))

    assert reminder(an_order(), EVENT, DAY_BEFORE).mail_id == "ORD-ABC123#reminder#20260718"
    assert reminder(an_order(), late, DAY_BEFORE).mail_id == "ORD-ABC123#reminder#20260719"


def test_reminders_leave_one_after_the_other() -> None:
    first, second = DAY_BEFORE, DAY_BEFORE + timedelta(seconds=0.5)

    assert reminder(an_order(), EVENT, DAY_BEFORE).next_attempt_at == first
    assert reminder(an_order(), EVENT, DAY_BEFORE, first).next_attempt_at == second
    assert reminder(an_order(), EVENT, second, first).next_attempt_at == second


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-07-17T20:59", "2026-07-17T20:59"),  # 21:59 in Jersey
        ("2026-07-17T21:00", "2026-07-18T07:00"),
        ("2026-07-17T23:30", "2026-07-18T07:00"),
        ("2026-07-18T06:59", "2026-07-18T07:00"),
        ("2026-07-18T07:00", "2026-07-18T07:00"),
    ],
)
def test_it_leaves_by_day_at_the_venue(now: str, leaves: str) -> None:
    at, then = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, leaves))

    assert reminder(an_order(), EVENT, at).next_attempt_at == then


def test_it_waits_for_no_queue() -> None:
    """Unlike other mails: nobody queues it, so the next scan may take it."""
    due = reminder(an_order(), EVENT, DAY_BEFORE).next_attempt_at

    assert due is not None
    assert due < DAY_BEFORE + NUDGE_GRACE


@pytest.mark.parametrize(
    ("order", "event", "problem"),
    [
        ({}, {}, None),
        ({"voided_at": DAY_BEFORE}, {}, "no valid tickets"),
        ({"status": OrderStatus.FAILED}, {}, "no valid tickets"),
        ({"complained_at": DAY_BEFORE}, {}, "takes no mail"),
        ({}, {"cancelled": True}, "was cancelled"),
        ({}, {"starts_at": DAY_BEFORE}, "has begun"),
        ({}, {"starts_at": EVENT.starts_at + timedelta(days=1)}, "another day"),
        ({}, {"starts_at": EVENT.starts_at + timedelta(hours=1)}, None),
    ],
    ids=str,
)
def test_what_outdates_it(
    order: dict[str, Any], event: dict[str, Any], problem: str | None
) -> None:
    mail = reminder(an_order(**BOUGHT), EVENT, DAY_BEFORE)

    found = outdated(mail, an_order(**(BOUGHT | order)), replace(EVENT, **event), DAY_BEFORE)

    assert (problem in (found or "")) if problem else found is None


def test_a_run_continues_where_the_last_one_came_to() -> None:
    amid = Bookmark(DAY_BEFORE, {"number": "ORD-ABC123"})

    for kept in (amid, Bookmark(DAY_BEFORE + LATEST)):
        assert stretch(kept, DAY_BEFORE) == kept


@pytest.mark.parametrize("kept", [None, Bookmark(DAY_BEFORE)])
def test_after_a_long_failure_it_begins_where_a_reminder_still_helps(kept: Bookmark | None) -> None:
    assert stretch(kept, DAY_BEFORE) == Bookmark(DAY_BEFORE + LATEST)
