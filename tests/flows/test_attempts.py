"""Attempts to pay: a few, one after the other, and no order outlives its worker by them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.flows.shop import Shop
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_brand,
    a_checkout,
    a_paid_checkout,
    a_record,
    an_access,
    an_event,
    an_order,
    later,
)
from tests.support.fakes import Events, Organisers, Queue
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.errors import NotPayable, OutOfTime, PaymentProviderUnavailable, TooManyAttempts
from ticketing.events.event import Event, TicketType
from ticketing.flows.checkout_api import CheckoutApi
from ticketing.flows.decide_order import LONGEST_CALL
from ticketing.flows.request_check import RequestCheck
from ticketing.orders.limits import Limits
from ticketing.orders.order import Delivery, OrderStatus, Trouble
from ticketing.orders.schedule import MOST_ATTEMPTS


class OneEvent(Events):
    """The events tables, where nothing is sold."""

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]:
        del event_id
        return ()


class Desk(Shop):
    """The shop, with its buyers' pages."""

    def __init__(self, *orders_and_checkouts: Any) -> None:  # noqa: ANN401  # as `Shop` has them
        super().__init__(*orders_and_checkouts)
        self.events = self.catalogue = OneEvent(an_event())

    @property
    def api(self) -> CheckoutApi:
        return CheckoutApi(
            orders=self.orders,
            events=self.catalogue,
            organisers=Organisers(),
            sumup=OrderGateway(self.sumup, self.tokens),
            request_check=RequestCheck(self.orders, Queue()),
            access=an_access(),
            brand=a_brand(),
            payment_window=timedelta(hours=2),
            hold=timedelta(minutes=20),
            limits=Limits(),
        )

    def pay_again(self, seconds: float) -> str | None:
        return self.api.pay_again("ORD-ABC123", later(seconds=seconds)).pay_url

    def event(self, **changes: object) -> Event:
        self.events.rows["5"] = an_event(**changes)
        return self.events.rows["5"]


def test_ten_attempts_are_made_and_no_eleventh() -> None:
    shop = Desk(an_order(attempt_seen_at=NOW))

    for n in range(1, MOST_ATTEMPTS):
        assert shop.pay_again(n * 10)
    with pytest.raises(NotPayable, match="10 attempts"):
        shop.pay_again(1000)

    assert len(shop.order.checkout_ids) == MOST_ATTEMPTS


def test_between_two_attempts_lie_ten_seconds_and_the_second_costs_sumup_nothing() -> None:
    shop = Desk()
    shop.pay_again(10)
    asked = len(shop.sumup.calls)

    for seconds in (10, 12.5, 19.9):
        with pytest.raises(TooManyAttempts) as refused:
            shop.pay_again(seconds)
        assert 0 < refused.value.wait_seconds <= 10
    assert len(shop.sumup.calls) == asked
    assert shop.pay_again(20)


def test_of_two_attempts_at_the_same_moment_one_is_made() -> None:
    shop = Desk()
    shop.orders.before_write.append(lambda: shop.change(asked_to_pay_at=later(seconds=30)))

    with pytest.raises(TooManyAttempts):
        shop.pay_again(30)
    assert shop.sumup.calls == []


@pytest.mark.parametrize("seconds", [1200, 1500])
def test_nothing_is_paid_after_the_hold_without_an_attempt(seconds: int) -> None:
    shop = Desk(an_order(hold_until=later(minutes=20)))

    with pytest.raises(NotPayable, match="over"):
        shop.pay_again(seconds)


def test_a_checkout_lives_no_longer_than_until_the_event_begins() -> None:
    shop = Desk()
    shop.event(starts_at=later(minutes=30))

    shop.pay_again(60)

    newest = shop.sumup.checkouts[shop.order.checkout_ids[-1]]
    assert newest.valid_until == later(minutes=30)
    with pytest.raises(NotPayable, match="over"):
        shop.pay_again(1800)


def test_an_attempt_that_was_seen_on_a_retired_checkout_is_remembered() -> None:
    shop = Desk(an_order(hold_until=later(minutes=20)), a_checkout(status="FAILED"))

    shop.pay_again(60)

    assert shop.order.attempt_seen_at == later(seconds=60)
    assert shop.tables.checkouts[CHECKOUT_ID].is_expired


def many(*statuses: str) -> Desk:
    """Return an order with a checkout of each status, the oldest first."""
    ids = tuple(f"checkout-{n}" for n in range(len(statuses)))
    shop = Desk(an_order(checkout_ids=ids), *(a_checkout(id=i) for i in ids))
    for checkout_id, status in zip(ids, statuses, strict=True):
        shop.sumup.checkouts[checkout_id] = a_checkout(id=checkout_id, status=status)
        shop.tables.checkouts[checkout_id] = a_record(checkout_id=checkout_id, status=status)
    return shop


def test_while_an_order_is_open_an_expired_checkout_is_not_asked_about_again() -> None:
    shop = many(*["EXPIRED"] * 9, "PENDING")

    shop.verify(later(minutes=1))

    assert shop.sumup.asked("get_checkout") == ["checkout-9"]


def test_the_newest_checkout_is_asked_about_whatever_it_was() -> None:
    shop = many("EXPIRED", "EXPIRED")

    shop.verify(later(minutes=1))

    assert shop.sumup.asked("get_checkout") == ["checkout-1"]


def test_the_watch_for_late_money_asks_about_every_checkout() -> None:
    shop = many("EXPIRED", "EXPIRED", "PENDING")
    shop.change(status=OrderStatus.EXPIRED, holds_seats=False, settled_at=later(minutes=20))

    shop.verify(later(hours=2))

    assert len(shop.sumup.asked("get_checkout")) == 3


def running_out(*seconds: float) -> Callable[[], float]:
    """Return a clock that has enough at first, and then so many seconds whenever it is asked."""
    left = iter((180.0, *seconds))
    return lambda: next(left)


def test_checkouts_that_there_is_no_time_for_wait_for_the_next_check() -> None:
    shop = many("PENDING", "PENDING", "PENDING")

    decision = shop.verify_payment("ORD-ABC123", later(hours=1), running_out(180, LONGEST_CALL - 1))

    assert shop.sumup.asked("get_checkout") == ["checkout-2", "checkout-1"]
    assert decision is not None
    assert shop.order.status is OrderStatus.PENDING
    assert shop.order.next_check_at == later(hours=1, seconds=50)


def test_an_order_does_not_close_while_a_checkout_was_not_looked_at() -> None:
    shop = many("FAILED", "EXPIRED")
    shop.tables.checkouts["checkout-0"] = a_record(checkout_id="checkout-0")

    shop.verify_payment("ORD-ABC123", later(hours=3), running_out(LONGEST_CALL - 1))
    assert (shop.order.status, shop.order.reason_code) == (OrderStatus.PENDING, "postponed")

    shop.verify_payment("ORD-ABC123", later(hours=3, minutes=5))
    assert shop.order.status is OrderStatus.FAILED


def closed_and_slow(*statuses: str) -> Desk:
    """Return a closed order of which a check has the time for one checkout alone."""
    shop = many(*statuses)
    shop.change(status=OrderStatus.EXPIRED, holds_seats=False, settled_at=later(minutes=20))
    return shop


def test_the_watch_of_a_slow_sumup_goes_on_with_the_checkouts_that_were_left() -> None:
    shop = closed_and_slow("EXPIRED", "EXPIRED", "EXPIRED")

    for hours in (2, 3, 4):
        shop.verify_payment("ORD-ABC123", later(hours=hours), running_out(LONGEST_CALL - 1))

    asked = shop.sumup.asked("get_checkout")
    assert set(asked) == {"checkout-2", "checkout-1", "checkout-0"}
    assert shop.order.next_check_at == later(hours=5), "as any other check for late money"
    assert shop.order.reason_code == "", "it stays closed for its reason"


def test_every_checkout_of_a_completed_order_has_its_turn() -> None:
    shop = many("EXPIRED", "PENDING", "PAID")
    shop.change(
        status=OrderStatus.COMPLETED,
        settled_at=later(minutes=20),
        paid_checkout_id="checkout-2",
        transaction_id="any",
        delivery=Delivery.DELIVERED,
    )

    for hours in (2, 3, 4):
        shop.verify_payment("ORD-ABC123", later(hours=hours), running_out(59, 59))

    assert set(shop.sumup.asked("get_checkout")) == {"checkout-2", "checkout-1", "checkout-0"}


def test_late_money_that_was_seen_is_looked_into_within_a_minute() -> None:
    shop = closed_and_slow("EXPIRED", "EXPIRED")
    shop.sumup.checkouts["checkout-1"] = a_paid_checkout(id="checkout-1")
    at = later(hours=2)
    while shop.order.payment_status != "PAID":
        at += timedelta(hours=1)
        shop.verify_payment("ORD-ABC123", at, running_out(LONGEST_CALL - 1, LONGEST_CALL - 1))
    assert (shop.order.status, shop.order.next_check_at) == (
        OrderStatus.EXPIRED,
        at + timedelta(seconds=50),
    )

    shop.verify(at + timedelta(seconds=50))

    assert shop.order.status is OrderStatus.COMPLETED


def test_a_checkout_that_sumup_did_not_answer_about_counts_though_others_were_not_asked() -> None:
    shop = many("PENDING", "PENDING")
    shop.sumup.failures["get_checkout"] = [PaymentProviderUnavailable("no answer")] * 2

    for minutes in (5, 10):
        shop.verify_payment("ORD-ABC123", later(minutes=minutes), running_out(LONGEST_CALL - 1))

    assert shop.order.trouble == Trouble("unreadable", later(minutes=5), 2)


def test_a_watch_that_sumup_was_too_slow_for_does_not_end() -> None:
    shop = closed_and_slow("EXPIRED", "EXPIRED")

    shop.verify_payment("ORD-ABC123", later(days=8), running_out(LONGEST_CALL - 1))

    assert shop.order.next_check_at == later(days=9)


def test_a_slow_answer_ends_no_other_trouble() -> None:
    since = Trouble("unreadable", later(minutes=1), 3)
    shop = many("FAILED", "PENDING")
    shop.change(trouble=since)

    shop.verify_payment("ORD-ABC123", later(hours=3), running_out(59, 59))

    assert (shop.order.reason_code, shop.order.trouble) == ("postponed", since)


def test_a_slow_watch_ends_no_other_trouble() -> None:
    since = Trouble("unreadable", later(hours=1), 3)
    shop = closed_and_slow("EXPIRED", "EXPIRED")
    shop.change(trouble=since)

    shop.verify_payment("ORD-ABC123", later(hours=3), running_out(LONGEST_CALL - 1))

    assert shop.order.trouble == since


def test_an_order_that_got_a_checkout_attached_is_not_asked_about_without_time() -> None:
    shop = Desk(an_order(checkout_ids=()))

    with pytest.raises(OutOfTime):
        shop.verify_payment("ORD-ABC123", later(minutes=5), running_out(LONGEST_CALL - 1))

    assert shop.order.checkout_ids == (CHECKOUT_ID,)
    assert shop.sumup.asked("get_checkout") == []


def test_money_in_the_newest_checkout_needs_no_time_for_the_others() -> None:
    shop = many("PENDING", "PENDING")
    paid = a_paid_checkout(id="checkout-1")
    shop.sumup.checkouts["checkout-1"] = paid

    shop.verify_payment("ORD-ABC123", later(minutes=5), running_out(LONGEST_CALL - 1))

    assert shop.order.status is OrderStatus.COMPLETED


def test_a_slow_sumup_costs_an_order_at_most_its_time() -> None:
    """An outage: every call takes 25 seconds, and there are ten checkouts."""
    shop = many(*["PENDING"] * 10)
    shop.sumup.failures["get_checkout"] = [PaymentProviderUnavailable("no answer")] * 10
    calls = count()

    def left() -> float:
        return 180 - 25.0 * (next(calls) + 1)

    shop.verify_payment("ORD-ABC123", later(minutes=5), left)

    assert len(shop.sumup.asked("get_checkout")) <= 6
    assert shop.order.status is OrderStatus.PENDING
