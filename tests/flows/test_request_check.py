"""Checks that somebody asks for: many requests, few checks, and none of them lost."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Queue, Tables
from ticketing.flows.request_check import RequestCheck
from ticketing.orders.order import Order, OrderStatus


class Desk:
    """One order, and the queue of verifications."""

    def __init__(self, order: Order) -> None:
        self.tables, self.queue = Tables(), Queue()
        self.orders = Orders(self.tables)
        self.tables.orders[order.order_number] = order
        self.ask_for_check = RequestCheck(self.orders, self.queue)

    def ask(self, seconds: float) -> bool:
        return self.ask_for_check(self.tables.order(), later(seconds=seconds))

    @property
    def checks(self) -> list[str]:
        return self.queue.sent


@pytest.mark.parametrize("many", [2, 100, 200])
def test_however_many_ask_within_a_second_there_are_two_checks(many: int) -> None:
    desk = Desk(an_order())

    for n in range(many):
        assert desk.ask(n / many)

    assert desk.queue.waits[0] == 0
    assert len(desk.checks) == 2
    assert 9 < desk.queue.waits[1] <= 10, "the second check sees what happened after the first"


def test_a_day_of_requests_leads_to_a_check_every_ten_seconds() -> None:
    desk = Desk(an_order())
    starts = []

    for second in range(3600):
        before = len(desk.checks)
        desk.ask(second)
        starts += [second + desk.queue.waits[n] for n in range(before, len(desk.checks))]

    gaps = [late - early for early, late in pairwise(starts)]
    assert min(gaps) >= 10
    assert len(starts) <= 361


def test_the_last_request_is_always_followed_by_a_check() -> None:
    desk = Desk(an_order())
    desk.ask(0)
    desk.ask(3)

    assert later(seconds=desk.queue.waits[-1] + 3) >= later(seconds=3)
    assert len(desk.checks) == 2


def test_a_check_that_is_not_queued_is_not_booked_either() -> None:
    desk = Desk(an_order())
    desk.queue.is_down = True
    assert not desk.ask(0)
    assert desk.tables.order().checks_booked_until is None

    desk.queue.is_down = False
    assert desk.ask(1)
    assert desk.checks == ["ORD-ABC123"]


def test_of_two_requests_at_the_same_moment_one_is_served() -> None:
    desk = Desk(an_order())
    read = desk.tables.order()

    assert desk.ask_for_check(read, NOW)
    assert desk.ask_for_check(read, NOW)

    assert len(desk.checks) == 1


@pytest.mark.parametrize(
    "settled",
    [
        {"status": OrderStatus.REVIEW},
        {"status": OrderStatus.COMPLETED, "paid_checkout_id": an_order().checkout_ids[0]},
        {"status": OrderStatus.FAILED, "rejected": True},
    ],
)
def test_nobody_is_asked_about_an_order_that_no_answer_would_change(
    settled: dict[str, object],
) -> None:
    desk = Desk(an_order(**settled))

    assert desk.ask(0)
    assert desk.checks == []


def test_a_closed_order_is_checked_every_fifteen_minutes_at_most() -> None:
    desk = Desk(an_order(status=OrderStatus.EXPIRED))

    for second in range(0, 1800, 5):
        desk.ask(second)

    assert desk.queue.waits[0] == 0
    assert len(desk.checks) == 3


def test_a_request_that_comes_much_later_is_served_at_once() -> None:
    desk = Desk(an_order(checks_booked_until=NOW))

    assert desk.ask(timedelta(minutes=1).total_seconds())
    assert desk.queue.waits == [0]
