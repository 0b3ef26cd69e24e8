"""Verifying under failure: races, lost messages, rejected tokens, corrupt rows, outages."""

from dataclasses import replace
from functools import partial

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    CHECKOUT_ID,
    a_checkout,
    a_paid_checkout,
    a_transaction,
    an_order,
    later,
)
from ticketing.errors import (
    ClientRefused,
    OrderChanged,
    OrderNotFound,
    PaymentProviderUnavailable,
)
from ticketing.orders.order import OrderStatus

PENDING, COMPLETED, REVIEW = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.REVIEW


def test_an_unreadable_order_raises_one_alert_and_blocks_nothing_else() -> None:
    shop = Shop()
    shop.tables.spoilt["broken 1"] = "it lacks a total"

    assert shop.verify(order_number="broken 1") is None
    assert shop.verify(order_number="broken 1") is None

    assert shop.alerts == ["[Jersey Events CRITICAL] Unreadable Order - Order broken 1"]


def test_two_unreadable_orders_raise_two_alerts() -> None:
    shop = Shop()
    for number in ("ORD-BAD001", "ORD-BAD002"):
        shop.tables.spoilt[number] = "it lacks a total"
        shop.verify(order_number=number)

    assert len(shop.alerts) == 2


def test_an_unknown_order_fails_its_message() -> None:
    with pytest.raises(OrderNotFound):
        Shop().verify(order_number="ORD-NOBODY")


def test_an_order_that_changes_concurrently_is_read_and_decided_again() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.orders.before_write.append(lambda: shop.change(version=7))

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.version) == (COMPLETED, 8)
    assert len(shop.tables.tickets) == 3


def test_nothing_is_left_to_do_if_another_worker_was_faster() -> None:
    shop = Shop(an_order(), a_paid_checkout())

    def another_worker() -> None:
        shop.verify(later(minutes=5))

    shop.orders.before_write.append(another_worker)

    shop.verify(later(minutes=5))

    assert shop.order.status is COMPLETED
    assert (shop.order.version, list(shop.tables.mails)) == (1, [CONFIRMATION])


def test_an_order_that_keeps_changing_goes_back_to_the_queue() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    for version in range(1, 9):
        shop.orders.before_write.append(partial(shop.change, version=version))

    with pytest.raises(OrderChanged):
        shop.verify(later(minutes=5))

    assert not shop.tables.tickets


def test_a_lost_queue_message_loses_no_mail() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.deliveries.is_down = True

    shop.verify(later(minutes=5))

    assert shop.order.status is COMPLETED
    assert list(shop.outbox.due(later(minutes=7), 20)) == [CONFIRMATION]


def test_a_sumup_outage_closes_nothing_and_raises_one_alert_if_it_lasts() -> None:
    shop = Shop()
    outage = PaymentProviderUnavailable("503", status=503)

    for hours in (0.1, 1, 2, 3, 4, 5, 6.2, 7, 8):
        shop.sumup.failures["get_checkout"] = [outage]
        shop.verify(later(hours=hours))

    assert shop.order.status is PENDING
    assert shop.alerts == [
        "[Jersey Events Alert] Payment Cannot Be Checked - Order ORD-ABC123",
    ]


def test_orders_of_a_parked_organiser_wait_and_raise_one_alert_a_day() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.tokens.parked = {"jersey-live"}

    for hours in (1, 3, 5, 30):
        shop.verify(later(hours=hours))
    told = [subject for subject in shop.alerts if "Connection Trouble" in subject]
    shop.tokens.parked = set()
    shop.verify(later(hours=31))

    assert len(told) == 2, "one for each day"
    assert shop.order.status is COMPLETED


def test_a_rejected_oauth_client_raises_one_critical_alert_a_day() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    number, ids = "ORD-OTHER1", ("other",)
    other = an_order(order_number=number, organiser_id="the-club", checkout_ids=ids)
    shop.add(other, a_paid_checkout(id="other", reference=number))

    for hours in (1, 2, 25):
        for number in ("ORD-ABC123", "ORD-OTHER1"):
            shop.sumup.failures["get_checkout"] = [ClientRefused("401"), ClientRefused("401")]
            shop.verify(later(hours=hours), number)

    refused = "[Jersey Events CRITICAL] SumUp Client Refused"
    told = [subject for subject in shop.alerts if "Cannot Be Checked" not in subject]
    assert told == [refused, refused]
    assert shop.order.status is PENDING


def test_a_completed_order_with_one_checkout_needs_no_further_call() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.verify(later(minutes=5))
    shop.sumup.calls.clear()

    shop.verify(later(minutes=6))

    assert not shop.sumup.calls


def test_a_checkout_is_not_missing_if_the_search_failed() -> None:
    shop = Shop(an_order(checkout_ids=()))
    shop.sumup.failures["find_checkouts"] = [PaymentProviderUnavailable("503", status=503)]

    shop.verify(later(minutes=30))

    assert (shop.order.status, shop.alerts) == (PENDING, [])
    assert shop.order.trouble is not None


def test_a_late_payment_is_found_even_if_its_checkout_was_not_recorded() -> None:
    closed = an_order(
        status=OrderStatus.EXPIRED, checkout_ids=(), settled_at=later(hours=2), holds_seats=False
    )
    shop = Shop(closed, a_paid_checkout())

    shop.verify(later(hours=3))

    assert shop.order.status is COMPLETED


def test_a_completed_order_adopts_no_further_checkouts() -> None:
    shop = Shop(an_order(status=COMPLETED, checkout_ids=()), a_paid_checkout())

    shop.verify(later(hours=3))

    assert not shop.sumup.calls


def test_a_closed_order_without_a_checkout_stays_watched() -> None:
    closed = an_order(status=OrderStatus.EXPIRED, checkout_ids=(), settled_at=later(hours=2))
    shop = Shop(closed)
    shop.sumup.checkouts.clear()

    shop.verify(later(hours=3))

    assert shop.order.next_check_at == later(hours=4)


def test_a_payment_refunded_before_the_checkout_was_paid_goes_to_review() -> None:
    odd = a_checkout(transactions=(a_transaction(),))
    shop = Shop(an_order(), odd)
    shop.sumup.transactions["txn-1"] = a_transaction(status="REFUNDED", refunded=True)

    shop.verify(later(hours=2))

    assert shop.order.status is OrderStatus.REVIEW


def test_a_completed_order_keeps_its_payment_details() -> None:
    twice = an_order(checkout_ids=(CHECKOUT_ID, "other"))
    shop = Shop(twice, a_paid_checkout(), a_checkout(id="other"))
    shop.verify(later(minutes=5))
    said = shop.order.status_reason, shop.order.payment_status

    shop.verify(later(minutes=6))

    assert (shop.order.status_reason, shop.order.payment_status) == said


def test_a_rejected_token_is_refreshed_once_and_the_payment_found() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.sumup.refused_tokens = {"token-1"}

    shop.verify(later(minutes=5))

    assert shop.order.status is COMPLETED
    assert len(shop.sumup.asked("get_checkout")) == 2


def test_a_token_rejected_twice_is_not_retried() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.sumup.refused_tokens = {"token-1", "token-2"}

    shop.verify(later(minutes=5))

    assert shop.order.status is PENDING
    assert len(shop.sumup.asked("get_checkout")) == 2
    assert "Organiser jersey-live" in shop.alerts[0]


def test_a_sandbox_payment_buys_no_tickets() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.tokens.sandbox = True

    shop.verify(later(minutes=5))

    assert shop.order.status is REVIEW
    assert not shop.tables.tickets


def test_an_order_under_review_is_not_changed() -> None:
    shop = Shop(replace(an_order(), status=REVIEW, work=None), a_paid_checkout())

    shop.verify(later(minutes=5))

    assert shop.order == replace(an_order(), status=REVIEW, work=None)
    assert not shop.sumup.calls
