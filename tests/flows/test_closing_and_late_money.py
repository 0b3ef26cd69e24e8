"""The payment deadline: closing is the last resort, and late payments are found."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    CHECKOUT_ID,
    a_checkout,
    a_paid_checkout,
    a_transaction,
    an_event,
    an_order,
    later,
)
from ticketing.errors import PaymentProviderUnavailable, UnreadableAnswer
from ticketing.events.event import Event, LatePayment
from ticketing.orders.order import OrderStatus, Work
from ticketing.orders.schedule import LATE_UNANSWERED, LATE_WATCH
from ticketing.payments.payment import Checkout

DEADLINE = later(hours=2)
PENDING, COMPLETED, REVIEW = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.REVIEW
EXPIRED, FAILED = OrderStatus.EXPIRED, OrderStatus.FAILED


TRIED = a_checkout(transactions=(a_transaction(status="CANCELLED"),))
"""A checkout that somebody began to pay."""


def test_an_unpaid_order_is_closed_at_the_deadline_and_its_seats_are_released() -> None:
    shop = Shop(an_order(), TRIED, seats=7)

    shop.verify(DEADLINE)

    assert shop.order.status is EXPIRED
    assert shop.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED", "nobody can pay it any more"
    assert shop.seats_left == 10
    assert (shop.order.work, shop.order.next_check_at) == (Work.LATE, later(hours=3))
    assert shop.alerts == ["[Jersey Events Alert] Order Expired - Order ORD-ABC123"]
    assert shop.buyers_mails == ["expired"]
    assert "ORD-ABC123#expired#1" in shop.deliveries.sent


def test_an_order_that_nobody_tried_to_pay_is_closed_in_silence() -> None:
    """Whoever placed it may have typed a stranger's address, or ten."""
    shop = Shop(an_order(hold_until=later(minutes=20)), seats=7)

    shop.verify(later(minutes=19))
    assert (shop.order.status, shop.order.next_check_at) == (PENDING, later(minutes=19, seconds=50))
    shop.verify(later(minutes=20))

    assert (shop.order.status, shop.order.reason_code) == (EXPIRED, "expired")
    assert shop.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED", "nobody can pay it any more"
    assert shop.seats_left == 10
    assert (shop.alerts, shop.buyers_mails) == ([], [])


@pytest.mark.parametrize(
    "attempt",
    [
        a_checkout(status="FAILED"),
        a_checkout(transactions=(a_transaction(status="FAILED"),)),
        TRIED,
    ],
)
def test_who_began_to_pay_has_until_the_deadline(attempt: Checkout) -> None:
    shop = Shop(an_order(hold_until=later(minutes=20)), attempt, seats=7)

    shop.verify(later(minutes=5))
    shop.sumup.checkouts[CHECKOUT_ID] = a_checkout()
    shop.verify(DEADLINE - timedelta(seconds=1))
    assert shop.order.status is PENDING
    assert shop.order.attempt_seen_at == later(minutes=5)

    shop.verify(DEADLINE)
    assert shop.order.status in {EXPIRED, FAILED}


def test_an_attempt_that_is_first_seen_when_the_hold_ends_is_in_time() -> None:
    shop = Shop(an_order(hold_until=later(minutes=20)), TRIED)

    shop.verify(later(minutes=25))

    assert (shop.order.status, shop.order.attempt_seen_at) == (PENDING, later(minutes=25))


def test_a_payment_that_began_just_before_the_hold_ended_is_waited_for() -> None:
    shop = Shop(an_order(hold_until=later(minutes=20)))
    shop.sumup.under_way = {CHECKOUT_ID}

    shop.verify(later(minutes=20))

    assert (shop.order.status, shop.order.work) == (PENDING, Work.OPEN)


def test_money_that_comes_after_the_hold_is_late_money() -> None:
    """Before the deadline, and after closing: whether it went back since has to be looked up."""
    shop = Shop(an_order(hold_until=later(minutes=20)), seats=7)
    shop.verify(later(minutes=20))
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.sumup.transactions["txn-1"] = a_transaction()

    shop.verify(later(minutes=30))

    assert (shop.order.status, shop.order.reason_code) == (COMPLETED, "paid_late")
    assert shop.sumup.asked("get_transaction") == ["MC0001 txn-1"]


def test_a_failed_attempt_and_an_abandoned_one_are_reported_separately() -> None:
    """The first mail says that there is still time to pay; the second that there is not."""
    shop = Shop(an_order(), a_checkout(status="FAILED"))
    shop.verify(later(hours=1))
    shop.sumup.checkouts[CHECKOUT_ID] = a_checkout()
    shop.change(payment_status=None)

    shop.verify(DEADLINE)

    assert shop.order.status is EXPIRED
    assert shop.buyers_mails == ["payment_failed", "expired"]


def test_seats_are_released_exactly_once() -> None:
    shop = Shop(an_order(), TRIED, seats=7)

    for minutes in (120, 121, 180, 240):
        shop.verify(later(minutes=minutes))

    assert shop.seats_left == 10
    assert len(shop.alerts) == 1
    assert shop.buyers_mails == ["expired"]


def test_an_order_with_failed_attempts_closes_as_failed() -> None:
    shop = Shop(an_order(), a_checkout(status="FAILED"))

    shop.verify(DEADLINE)

    assert shop.order.status is FAILED
    assert shop.alerts == ["[Jersey Events Alert] Order Failed - Order ORD-ABC123"]
    assert shop.buyers_mails == ["payment_failed"], "although nobody looked in time to say so"


def test_a_buyer_notified_of_a_failure_is_not_notified_again_at_closing() -> None:
    shop = Shop(an_order(), a_checkout(status="FAILED"))

    shop.verify(later(hours=1))
    shop.verify(DEADLINE)

    assert shop.buyers_mails == ["payment_failed"]


def test_a_last_second_payment_wins_over_the_deactivation() -> None:
    shop = Shop()
    shop.sumup.before["deactivate_checkout"] = lambda: shop.sumup.put(**vars(a_paid_checkout()))

    shop.verify(DEADLINE)

    assert shop.order.status is COMPLETED
    assert len(shop.tables.tickets) == 3


def test_a_pending_payment_keeps_the_order_open_until_it_is_settled() -> None:
    shop = Shop()
    shop.sumup.under_way = {CHECKOUT_ID}
    shop.verify(DEADLINE)
    assert (shop.order.status, shop.order.work) == (PENDING, Work.OPEN)

    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.verify(later(hours=2, minutes=4))

    assert shop.order.status is COMPLETED


@pytest.mark.parametrize(
    "failing",
    [
        {"get_checkout": [PaymentProviderUnavailable("no answer in time")]},
        {"deactivate_checkout": [PaymentProviderUnavailable("no answer in time")]},
        {"deactivate_checkout": [UnreadableAnswer("a web page")]},
    ],
)
def test_an_unreadable_answer_never_closes_an_order(failing: dict[str, list[Exception]]) -> None:
    shop = Shop(seats=7)
    shop.sumup.failures = failing

    shop.verify(DEADLINE)

    assert (shop.order.status, shop.seats_left) == (PENDING, 7)
    assert shop.order.next_check_at == DEADLINE + timedelta(minutes=4)

    shop.verify(later(hours=2, minutes=4))
    assert (shop.order.status, shop.seats_left) == (EXPIRED, 10)


def test_the_check_after_a_deactivation_must_be_readable_too() -> None:
    shop = Shop(an_order(), a_checkout(status="FAILED"), seats=7)
    shop.verify(later(hours=1))
    outage: dict[str, list[Exception]] = {"get_checkout": [UnreadableAnswer("half a body")]}
    shop.sumup.before["deactivate_checkout"] = lambda: shop.sumup.failures.update(outage)

    shop.verify(DEADLINE)
    assert shop.order.status is PENDING

    shop.verify(later(hours=2, minutes=4))
    assert shop.order.status is FAILED, "it is remembered that the attempt had failed"


def closed_then_paid(seats: int = 10) -> Shop:
    """Return an expired order for which a payment arrived after all."""
    shop = Shop(seats=seats)
    shop.verify(DEADLINE)
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.sumup.transactions["txn-1"] = a_transaction()
    return shop


def test_a_late_payment_buys_the_tickets_while_seats_are_left() -> None:
    shop = closed_then_paid(seats=7)

    shop.verify(later(hours=3))

    assert shop.order.status is COMPLETED
    assert shop.buyers_mails == ["confirmation"]
    assert shop.order.holds_seats
    assert shop.seats_left == 7
    assert len(shop.tables.tickets) == 3
    assert CONFIRMATION in shop.deliveries.sent


def test_a_late_payment_without_seats_goes_to_review() -> None:
    shop = closed_then_paid(seats=7)
    shop.tables.available["5", "general"] = 2

    shop.verify(later(hours=3))

    assert (shop.order.status, shop.order.holds_seats) == (REVIEW, False)
    assert shop.seats_left == 2
    assert not shop.tables.tickets
    assert "Late Payment Without Seats" in shop.alerts[-1]
    assert shop.buyers_mails == ["under_review"]


@pytest.mark.parametrize(
    "event",
    [
        an_event(starts_at=later(hours=3)),
        an_event(late_payment=LatePayment.REVIEW),
        an_event(event_id="6"),
    ],
    ids=["the event has started", "the organiser wants to decide", "the event was deleted"],
)
def test_a_late_payment_that_is_not_honoured_goes_to_review(event: Event) -> None:
    shop = closed_then_paid()
    shop.events.rows = {event.event_id: event}

    shop.verify(later(hours=3))

    assert shop.order.status is REVIEW
    assert "Late Payment - Order" in shop.alerts[-1]
    assert "txn-1" in (shop.alert("Late Payment").body or "")


def test_a_refunded_late_payment_goes_to_review() -> None:
    shop = closed_then_paid()
    shop.sumup.transactions["txn-1"] = a_transaction(refunded=True)

    shop.verify(later(hours=3))

    assert shop.order.status is REVIEW
    assert "Paid And Refunded" in shop.alerts[-1]


def test_a_pending_order_checked_late_is_checked_for_refunds_as_well() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.sumup.transactions["txn-1"] = a_transaction(refunded=True)

    shop.verify(later(hours=9))

    assert shop.order.status is REVIEW


def test_a_late_payment_with_an_unreadable_transaction_is_retried() -> None:
    shop = closed_then_paid()
    shop.sumup.failures["get_transaction"] = [UnreadableAnswer("half a body")]

    shop.verify(later(hours=3))
    assert (shop.order.status, shop.order.work) == (EXPIRED, Work.LATE)

    shop.verify(later(hours=4))
    assert shop.order.status is COMPLETED


def test_a_late_payment_unreadable_for_six_hours_goes_to_review() -> None:
    shop = closed_then_paid()

    for hours in (3, 4, 5, 6, 7, 8, 9):
        assert shop.order.status is EXPIRED
        shop.sumup.failures["get_transaction"] = [UnreadableAnswer("half a body")]
        shop.verify(later(hours=hours))

    assert shop.order.status is REVIEW
    assert "cannot be read" in (shop.alert("Late Payment").body or "")


def test_a_failed_check_does_not_end_the_watch_over_a_closed_order() -> None:
    """A payment may have arrived since the last check that SumUp answered."""
    shop = Shop()
    shop.verify(DEADLINE)
    shop.sumup.failures["get_checkout"] = [UnreadableAnswer("half a body")] * 2

    shop.verify(DEADLINE + LATE_WATCH)
    assert (shop.order.status, shop.order.work) == (EXPIRED, Work.LATE)

    shop.verify(DEADLINE + LATE_UNANSWERED)
    assert (shop.order.status, shop.order.work) == (EXPIRED, None), "but not for ever"


def test_a_closed_order_is_watched_hourly_for_a_day_then_daily_for_a_week() -> None:
    shop = Shop()
    shop.verify(DEADLINE)
    looks: list[datetime] = []

    while shop.order.next_check_at:
        looks.append(shop.order.next_check_at)
        shop.verify(looks[-1])

    waits = [later - earlier for earlier, later in pairwise(looks)]
    assert waits == [timedelta(hours=1)] * 23 + [timedelta(hours=24)] * 6
    assert looks[-1] <= DEADLINE + LATE_WATCH
    assert (shop.order.status, shop.order.work) == (EXPIRED, None)


def test_a_second_checkout_that_can_still_be_paid_keeps_the_order_open() -> None:
    order = replace(an_order(), checkout_ids=("old", "new"))
    shop = Shop(order, a_checkout(id="old", status="EXPIRED"), a_checkout(id="new"))

    shop.verify(later(hours=1))
    assert shop.order.status is PENDING

    shop.verify(DEADLINE)
    assert shop.order.status is EXPIRED
    assert shop.sumup.checkouts["new"].status == "EXPIRED"
