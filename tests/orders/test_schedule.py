"""When an order is checked again, minute by minute."""

from datetime import timedelta

import pytest

from tests.support.builders import NOW, an_order, later
from ticketing.orders import schedule
from ticketing.orders.order import OrderStatus, Trouble

CODE = "unreadable"
ORDER = an_order()
"""Created at `NOW`, to be paid within two hours."""


def minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


UNPAID = {
    "at first": (0, 50),
    "an hour in": (3600, 3650),
    "so that the deadline is not overrun": (7190, 7200),
    "at it": (7200, 7250),
    "long after it": (30_000, 30_050),
}


@pytest.mark.parametrize(("now", "following"), UNPAID.values(), ids=UNPAID)
def test_an_unpaid_order_is_checked_again(now: float, following: float) -> None:
    assert schedule.next_check(ORDER, later(seconds=now)) == later(seconds=following)


@pytest.mark.parametrize(
    ("hours", "turn"),
    [(-1, 0), (0, 0), (0.9, 0), (1, 1), (23.5, 23), (24, 25), (47, 25), (48, 26), (336, 38)],
)
def test_checks_for_late_payments_take_turns_by_the_hour_and_then_by_the_day(
    hours: float, turn: int
) -> None:
    picked = range(100)[schedule.late_turn(NOW, later(hours=hours))]

    assert picked == turn


BOOKED = {
    "the first of an open order": (OrderStatus.PENDING, None, 0, 0),
    "within ten seconds of one": (OrderStatus.PENDING, 0, 9.9, 10),
    "at the same moment": (OrderStatus.PENDING, 0, 0, 10),
    "ten seconds after one": (OrderStatus.PENDING, 0, 10, 10),
    "while one is booked": (OrderStatus.PENDING, 10, 9.9, None),
    "the first of a closed order": (OrderStatus.EXPIRED, None, 0, 0),
    "within a quarter of an hour": (OrderStatus.FAILED, 0, 899, 900),
    "a quarter of an hour later": (OrderStatus.COMPLETED, 0, 900, 900),
}


@pytest.mark.parametrize(("status", "latest", "now", "booked"), BOOKED.values(), ids=BOOKED)
def test_of_many_requests_the_first_is_served_at_once_and_the_rest_by_one_later_check(
    status: OrderStatus, latest: float | None, now: float, booked: float | None
) -> None:
    until = None if latest is None else later(seconds=latest)
    order = an_order(status=status, checks_booked_until=until)

    expected = None if booked is None else later(seconds=booked)

    assert schedule.booked_check(order, later(seconds=now)) == expected


PAY_AGAIN = {
    "just created": (None, 0, 10),
    "part of a second counts as one": (None, 0.1, 10),
    "ten seconds after its creation": (None, 10, 0),
    "long after": (None, 3600, 0),
    "an attempt counts from itself": (60, 61, 9),
    "ten seconds after an attempt": (60, 70, 0),
}


@pytest.mark.parametrize(("asked", "now", "wait"), PAY_AGAIN.values(), ids=PAY_AGAIN)
def test_an_order_may_be_paid_anew_every_ten_seconds(
    asked: float | None, now: float, wait: int
) -> None:
    order = an_order(asked_to_pay_at=None if asked is None else later(seconds=asked))

    assert schedule.seconds_to_pay_again(order, later(seconds=now)) == wait


def test_the_fastest_schedule_checks_every_order_each_time() -> None:
    assert timedelta(0) < schedule.CHECK_EVERY < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, (4, 4, 4, 14, 14, 14)), (120, (4, 4, 4, 14, 59, 59)), (121, (4, 4, 4, 14, 59, 59))],
    ids=["while it can be paid", "at its deadline", "after its deadline"],
)
def test_a_failing_order_backs_off_and_is_never_given_up(
    age: float, expected: tuple[float, ...]
) -> None:
    now = later(minutes=age)

    waits = [
        schedule.after_trouble(ORDER, Trouble(CODE, now, times), now) - now
        for times in (1, 2, 3, 4, 5, 99)
    ]

    assert waits == [minutes(m) for m in expected]


RETRY_AFTER = {
    None: 4 * 60,
    0.0: 4 * 60,
    60.0: 4 * 60,
    299.0: 299,
    300.0: 300,
    301.0: 300,
    86_400.0: 300,
}


@pytest.mark.parametrize(("asked", "seconds"), RETRY_AFTER.items())
def test_sumup_may_request_a_wait_of_up_to_five_minutes_but_never_a_shorter_one_than_ours(
    asked: float | None, seconds: float
) -> None:
    trouble = Trouble(CODE, NOW, 1)

    assert schedule.after_trouble(ORDER, trouble, NOW, asked) == later(seconds=seconds)


def test_our_own_longer_wait_stays_whatever_sumup_asks_for() -> None:
    after = later(hours=2)

    following = schedule.after_trouble(ORDER, Trouble(CODE, NOW, 5), after, 86_400.0)

    assert following - after == minutes(59)


def test_the_same_error_is_counted_from_its_first_occurrence() -> None:
    first = schedule.troubled(ORDER, CODE, NOW)
    second = schedule.troubled(an_order(trouble=first), CODE, later(minutes=5))

    assert (first.since, first.times) == (NOW, 1)
    assert second == Trouble(CODE, NOW, 2)


def test_another_error_restarts_the_count() -> None:
    order = an_order(trouble=Trouble("access_refused", NOW, 7))

    assert schedule.troubled(order, CODE, later(hours=1)) == Trouble(CODE, later(hours=1), 1)


OVERDUE = {
    "just begun": (1, 0, False),
    "eleven times": (11, 60, False),
    "twelve times": (12, 60, True),
    "almost six hours": (5, 359, False),
    "six hours": (5, 360, True),
}


@pytest.mark.parametrize(("times", "age", "overdue"), OVERDUE.values(), ids=OVERDUE)
def test_an_alert_is_due_after_twelve_times_or_six_hours(
    *, times: int, age: float, overdue: bool
) -> None:
    assert schedule.is_overdue(Trouble(CODE, NOW, times), later(minutes=age)) is overdue


LATE = {
    "hourly at first": (0, 1),
    "hourly for a day": (23.9, 24.9),
    "daily then": (24, 48),
    "to the end of the week": (144, 168),
    "and no longer": (144.1, None),
}


@pytest.mark.parametrize(("age", "following"), LATE.values(), ids=LATE)
def test_a_closed_order_is_watched_for_late_payments(age: float, following: float | None) -> None:
    expected = None if following is None else later(hours=following)

    assert schedule.late_check(NOW, later(hours=age)) == expected


UNANSWERED = {
    "as any other at first": (0, 1),
    "daily as well": (24, 48),
    "the last look is repeated": (144.1, 168.1),
    "for another week": (335, 359),
    "and no longer": (336, None),
}


@pytest.mark.parametrize(("age", "following"), UNANSWERED.values(), ids=UNANSWERED)
def test_a_failed_check_does_not_end_the_watch(age: float, following: float | None) -> None:
    expected = None if following is None else later(hours=following)

    assert schedule.late_check_again(NOW, later(hours=age)) == expected
