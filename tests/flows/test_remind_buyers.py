"""Reminding: each order once, however runs are missed, cut short or repeated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import an_event, an_order
from tests.support.fakes import Events, Orders, Outbox, Tables, UpcomingOrders
from ticketing.emails.reminder import AHEAD, Bookmark
from ticketing.flows import remind_buyers
from ticketing.flows.remind_buyers import RESERVE, RemindBuyers, Reminded
from ticketing.orders.order import OrderStatus

EVENT = an_event()
DAY_BEFORE = EVENT.starts_at - timedelta(hours=27)
HOUR = timedelta(hours=1)
ENOUGH = 900.0


class Desk:
    """An event tomorrow, its orders, and the hourly run."""

    def __init__(self) -> None:
        self.tables, self.events = Tables(), Events(EVENT)
        self.outbox, self.upcoming = Outbox(self.tables), UpcomingOrders(self.tables)
        self.seconds_left = list[float]()

    def sold(self, number: str, **changes: Any) -> None:  # noqa: ANN401 - of any field
        bought = DAY_BEFORE - timedelta(days=9)
        facts = {
            "order_number": number,
            "status": OrderStatus.COMPLETED,
            "settled_at": bought,
            "event_starts_at": EVENT.starts_at,
        }
        self.tables.orders[number] = an_order(**(facts | changes))

    def remind(self, now: datetime = DAY_BEFORE, *, enabled: bool = True) -> Reminded:
        flow = RemindBuyers(
            self.upcoming, Orders(self.tables), self.events, self.outbox, enabled=enabled
        )
        left = iter(self.seconds_left)
        return flow(lambda: now, lambda: next(left, ENOUGH))

    @property
    def mails(self) -> list[str]:
        return sorted(self.tables.mails)


def test_each_buyer_is_reminded_once() -> None:
    desk = Desk()
    for number in range(5):
        desk.sold(f"ORD-NO{number}AAA")
    desk.sold("ORD-VOID11", voided_at=DAY_BEFORE)
    desk.sold("ORD-OPEN11", status=OrderStatus.PENDING)
    desk.sold("ORD-LATER1", event_starts_at=EVENT.starts_at + timedelta(days=2))

    first, second = desk.remind(), desk.remind(DAY_BEFORE + HOUR)

    assert (first.orders, first.reminders, first.left) == (7, 5, False)
    assert (second.orders, second.reminders, second.left) == (0, 0, False)
    assert desk.mails == [f"ORD-NO{number}AAA#reminder#20260718" for number in range(5)]


def test_a_run_that_was_missed_is_made_up_for() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")
    desk.remind(DAY_BEFORE - timedelta(hours=5))

    assert desk.remind(DAY_BEFORE + timedelta(hours=15)).reminders == 1


def test_a_run_that_is_cut_short_is_continued_by_the_next() -> None:
    desk = Desk()
    for number in range(5):
        desk.sold(f"ORD-NO{number}AAA")
    desk.seconds_left = [ENOUGH, RESERVE - 1]

    first = desk.remind()
    desk.seconds_left = []
    second = desk.remind(DAY_BEFORE + HOUR)

    assert (first.orders, first.reminders, first.left) == (2, 2, True)
    assert (second.orders, second.reminders, second.left) == (3, 3, False)
    assert len(desk.mails) == 5


def test_one_run_stores_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remind_buyers, "MOST", 2)
    desk = Desk()
    for number in range(5):
        desk.sold(f"ORD-NO{number}AAA")

    reports = [desk.remind(DAY_BEFORE + hours * HOUR) for hours in range(3)]

    assert [(r.reminders, r.left) for r in reports] == [(2, True), (2, True), (1, False)]


def test_what_several_runs_put_off_until_the_morning_leaves_one_after_the_other() -> None:
    """Not all at eight o'clock sharp, before the tickets that are bought then."""
    desk = Desk()
    night = datetime(2026, 7, 17, 23, tzinfo=UTC)  # midnight in Jersey
    starts = night + AHEAD
    desk.events.rows["5"] = replace(EVENT, starts_at=starts)
    for hours in range(3):
        desk.sold(f"ORD-NO{hours}AAA", event_starts_at=starts + hours * HOUR)

    for hours in range(3):
        desk.remind(night + hours * HOUR)

    due = [desk.tables.mails[mail].next_attempt_at for mail in desk.mails]
    morning = datetime(2026, 7, 18, 7, tzinfo=UTC)
    assert due == [morning + number * timedelta(seconds=0.5) for number in range(3)]


def test_a_lost_bookmark_reminds_nobody_twice() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")
    desk.remind()
    desk.upcoming.kept.clear()

    again = desk.remind(DAY_BEFORE + HOUR)

    assert (again.orders, again.reminders) == (1, 0)


def test_who_goes_on_another_day_is_reminded_again() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")
    desk.remind()
    moved = EVENT.starts_at + timedelta(days=30)
    desk.events.rows["5"] = replace(EVENT, starts_at=moved)
    desk.sold("ORD-NO1AAA", event_starts_at=moved)

    assert desk.remind(moved - timedelta(hours=27)).reminders == 1
    assert desk.mails == ["ORD-NO1AAA#reminder#20260718", "ORD-NO1AAA#reminder#20260817"]


def test_an_event_that_moves_by_hours_brings_no_second_reminder() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")
    desk.remind()
    moved = EVENT.starts_at + timedelta(hours=2)
    desk.events.rows["5"] = replace(EVENT, starts_at=moved)
    desk.sold("ORD-NO1AAA", event_starts_at=moved)

    again = desk.remind(DAY_BEFORE + 3 * HOUR)

    assert (again.orders, again.reminders) == (1, 0)


def test_orders_that_cannot_be_read_keep_no_other_back() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA", event_id="6")
    desk.sold("ORD-NO2AAA")
    desk.sold("ORD-NO3AAA")
    desk.tables.spoilt["ORD-NO2AAA"] = "its lines are missing"

    desk.remind()

    assert "ORD-NO3AAA#reminder#20260718" in desk.mails
    assert "ORD-NO1AAA#reminder#20260718" not in desk.mails


def test_a_failure_repeats_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")

    def fail(_: object) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(desk.outbox, "add_once", fail)
        with pytest.raises(TimeoutError):
            desk.remind()

    assert desk.upcoming.kept == []
    assert desk.remind(DAY_BEFORE + HOUR).reminders == 1
    again = DAY_BEFORE + HOUR
    assert desk.upcoming.kept == [Bookmark(again + AHEAD, due=again)]


def test_a_shop_without_reminders_writes_nothing() -> None:
    desk = Desk()
    desk.sold("ORD-NO1AAA")

    assert desk.remind(enabled=False) == Reminded()
    assert (desk.mails, desk.upcoming.kept) == ([], [])
