"""Giving an order up: nothing is lost that was paid, and nothing stays that was not."""

from dataclasses import replace
from typing import Any

import pytest

from tests.flows.shop import Shop
from tests.support.builders import (
    CHECKOUT_ID,
    a_checkout,
    a_paid_checkout,
    a_record,
    an_event,
    an_order,
    later,
)
from tests.support.fakes import Queue
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.errors import NotGivenUp, PaymentProviderUnavailable, TooManyAttempts
from ticketing.flows.give_up_order import GiveUpOrder
from ticketing.flows.request_check import RequestCheck
from ticketing.orders.order import OrderStatus, Trouble, Work
from ticketing.web.order_status import status_text


class Desk(Shop):
    """The shop, where buyers may give their orders up."""

    def give_up(self, minutes: float = 1) -> None:
        self.verifications = Queue()
        gateway = OrderGateway(self.sumup, self.tokens)
        flow = GiveUpOrder(self.orders, gateway, RequestCheck(self.orders, self.verifications))
        flow("ORD-ABC123", later(minutes=minutes))


def test_an_order_that_is_given_up_frees_its_seats_and_can_no_longer_be_paid() -> None:
    shop = Desk(seats=7)

    shop.give_up()

    assert (shop.order.status, shop.order.reason_code) == (OrderStatus.EXPIRED, "given_up")
    assert shop.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED"
    assert shop.seats_left == 10
    assert shop.order.work is Work.LATE, "money that comes all the same is noticed"
    assert (shop.alerts, shop.buyers_mails) == ([], [])


def test_it_stays_given_up_however_often_it_is_checked_for_late_money() -> None:
    shop = Desk(seats=7)
    shop.give_up()

    shop.verify(later(hours=2))
    shop.sumup.failures["get_checkout"] = [PaymentProviderUnavailable("no answer")]
    shop.verify(later(hours=3))
    shop.verify(later(hours=4))

    assert shop.order.reason_code == "given_up"
    assert status_text(shop.order, an_event()).headline == "You cancelled this order"


@pytest.mark.parametrize(
    "news", [{"payment_status": "PAID"}, {"trouble": Trouble("unreadable", later(hours=2), 1)}]
)
def test_nobody_is_told_that_nothing_was_paid_while_that_is_not_certain(
    news: dict[str, Any],
) -> None:
    given_up = an_order(status=OrderStatus.EXPIRED, reason_code="given_up", holds_seats=False)
    assert status_text(given_up, an_event()).headline == "You cancelled this order"

    assert "do not pay again" in status_text(replace(given_up, **news), an_event()).text


def test_giving_up_twice_is_giving_up_once() -> None:
    shop = Desk(seats=7)

    shop.give_up()
    shop.give_up(2)

    assert shop.seats_left == 10


def test_a_paid_order_is_not_given_up_but_checked() -> None:
    shop = Desk(an_order(), a_paid_checkout(), seats=7)

    with pytest.raises(NotGivenUp, match="has arrived"):
        shop.give_up()

    assert shop.order.status is OrderStatus.PENDING
    assert (shop.seats_left, shop.verifications.sent) == (7, ["ORD-ABC123"])


def test_a_payment_under_way_keeps_the_order() -> None:
    shop = Desk(seats=7)
    shop.sumup.under_way = {CHECKOUT_ID}

    with pytest.raises(NotGivenUp, match="being processed"):
        shop.give_up()

    assert (shop.order.status, shop.seats_left) == (OrderStatus.PENDING, 7)


def test_a_payment_in_the_last_second_keeps_the_order() -> None:
    shop = Desk(seats=7)
    shop.sumup.before["deactivate_checkout"] = lambda: shop.sumup.put(**vars(a_paid_checkout()))

    with pytest.raises(NotGivenUp, match="has arrived"):
        shop.give_up()

    assert shop.order.status is OrderStatus.PENDING


def test_an_order_is_kept_while_sumup_does_not_answer() -> None:
    shop = Desk(seats=7)
    shop.sumup.failures["get_checkout"] = [PaymentProviderUnavailable("no answer")] * 9

    with pytest.raises(NotGivenUp, match="not certain"):
        shop.give_up()

    assert (shop.order.status, shop.seats_left) == (OrderStatus.PENDING, 7)


def test_sumup_is_asked_once_in_ten_seconds_however_often_a_buyer_gives_up() -> None:
    shop = Desk(an_order(), a_checkout())
    shop.sumup.under_way = {CHECKOUT_ID}
    with pytest.raises(NotGivenUp):
        shop.give_up()
    asked = len(shop.sumup.calls)

    for _ in range(100):
        with pytest.raises(TooManyAttempts) as refused:
            shop.give_up(1.1)
    assert refused.value.wait_seconds == 4
    assert len(shop.sumup.calls) == asked


def test_a_checkout_that_may_still_show_keeps_the_order() -> None:
    shop = Desk(an_order(checkout_ids=()))
    shop.sumup.checkouts.clear()

    with pytest.raises(NotGivenUp, match="still being made"):
        shop.give_up()

    assert shop.order.status is OrderStatus.PENDING


def test_an_order_whose_checkout_lost_its_row_is_kept_for_an_operator() -> None:
    shop = Desk()
    shop.tables.checkouts.clear()

    with pytest.raises(NotGivenUp, match="not certain"):
        shop.give_up()

    assert (shop.order.status, shop.verifications.sent) == (OrderStatus.PENDING, ["ORD-ABC123"])


def test_a_checkout_of_another_order_keeps_this_one() -> None:
    shop = Desk(an_order(checkout_ids=()))
    shop.tables.checkouts[CHECKOUT_ID] = a_record(order_number="ORD-OTHER1")

    with pytest.raises(NotGivenUp, match="not certain"):
        shop.give_up()

    assert (shop.order.status, shop.verifications.sent) == (OrderStatus.PENDING, ["ORD-ABC123"])


@pytest.mark.parametrize("status", [OrderStatus.COMPLETED, OrderStatus.REVIEW])
def test_only_an_order_that_waits_can_be_given_up(status: OrderStatus) -> None:
    shop = Desk(an_order(status=status))

    with pytest.raises(NotGivenUp, match="waits for a payment"):
        shop.give_up()
    assert shop.sumup.calls == []
