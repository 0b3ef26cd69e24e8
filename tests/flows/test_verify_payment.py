"""Settling one order: what the tables contain afterwards, however often it is checked."""

from decimal import Decimal

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_checkout,
    a_line,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
    tickets_for,
)
from tests.support.oracle import breaches_in
from ticketing.emails.mail import MailStatus
from ticketing.errors import NotStorable, UnreadableEvent
from ticketing.orders.order import Delivery, Order, OrderStatus, Work
from ticketing.orders.reason import Reason
from ticketing.payments.payment import Checkout

UNDER_REVIEW = "ORD-ABC123#under_review#1"
PENDING, COMPLETED, REVIEW = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.REVIEW


def test_a_paid_order_gets_all_its_tickets_and_one_confirmation() -> None:
    shop = Shop(an_order(), a_paid_checkout())

    shop.verify(later(minutes=5))

    assert shop.order.status is COMPLETED
    assert (shop.order.paid_checkout_id, shop.order.transaction_id) == (CHECKOUT_ID, "txn-1")
    assert (shop.order.delivery, shop.order.work) == (Delivery.PENDING, None)
    assert tuple(shop.tables.tickets) == shop.order.ticket_ids
    assert shop.tables.payments == {"txn-1": "ORD-ABC123"}
    assert shop.outbox.get(CONFIRMATION).status is MailStatus.PENDING
    assert shop.deliveries.sent == [CONFIRMATION]
    assert shop.seats_left == 10, "its seats were taken when it was placed"
    assert shop.alerts == []


def test_repeated_checks_change_nothing() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.verify(later(minutes=5))
    tickets, mails = dict(shop.tables.tickets), dict(shop.tables.mails)

    for minutes in (5, 6, 60, 60 * 24):
        shop.verify(later(minutes=minutes))

    assert shop.order.status is COMPLETED
    assert (shop.tables.tickets, shop.tables.mails) == (tickets, mails)
    assert [entry.change for entry in shop.tables.audit] == ["completed"]


def test_nobody_gets_tickets_of_an_event_that_cannot_be_read_until_it_can() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.events.spoilt["5"] = "it lacks name"

    with pytest.raises(UnreadableEvent):
        shop.verify(later(minutes=5))

    assert (shop.order.status, shop.tables.tickets) == (PENDING, {})
    shop.events.spoilt.clear()
    shop.verify(later(minutes=6))
    assert shop.order.status is COMPLETED


UNUSABLE = {
    "3,000 characters": "t" * 32 + "~9e2ba8f1",
    "a form that no id has": "txn 1",
}


@pytest.mark.parametrize("transaction_id", UNUSABLE.values(), ids=UNUSABLE)
def test_a_payment_with_an_id_that_we_cannot_hold_comes_to_a_person(transaction_id: str) -> None:
    paid = a_transaction(id=transaction_id)
    shop = Shop(an_order(), a_paid_checkout(transactions=(paid,), transaction_id=transaction_id))

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.reason_code) == (REVIEW, Reason.TRANSACTION)
    assert not shop.tables.tickets


def test_a_payment_that_the_tables_cannot_hold_comes_to_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(order: Order, *_: object) -> None:
        raise NotStorable(order.order_number, "DynamoDB refuses its rows")

    shop = Shop(an_order(), a_paid_checkout())
    monkeypatch.setattr(shop.orders, "complete", refuse)

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.reason_code) == (REVIEW, Reason.NOT_STORABLE)
    assert not shop.tables.tickets
    assert not shop.tables.payments
    assert len(shop.alerts) == 1


def test_an_unpaid_order_waits_for_the_next_scan() -> None:
    shop = Shop()

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.work) == (PENDING, Work.OPEN)
    assert shop.order.next_check_at == later(seconds=350)
    assert shop.order.checked_at == later(minutes=5)
    assert not shop.tables.mails


def test_a_free_order_is_completed_without_calling_sumup() -> None:
    shop = Shop(an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=()))

    shop.verify()

    assert shop.order.status is COMPLETED
    assert len(shop.tables.tickets) == 3
    assert not shop.sumup.calls
    assert not shop.tables.payments


def test_the_buyer_is_notified_of_a_failed_payment_once_and_can_still_pay() -> None:
    shop = Shop(an_order(), a_checkout(status="FAILED"))

    for minutes in (5, 10, 15):
        shop.verify(later(minutes=minutes))
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.verify(later(minutes=20))

    assert shop.buyers_mails == ["payment_failed", "confirmation"]
    assert shop.order.status is COMPLETED


def test_an_amount_mismatch_goes_to_review_and_raises_one_alert() -> None:
    shop = Shop(an_order(), a_paid_checkout(amount=Decimal("40.00")))

    for minutes in (5, 10, 15):
        shop.verify(later(minutes=minutes))

    assert (shop.order.status, shop.order.work) == (REVIEW, None)
    assert not shop.tables.tickets
    assert shop.alerts == ["[Jersey Events CRITICAL] Amount Mismatch - Order ORD-ABC123"]
    assert "Received Amount: £40.00\n" in (shop.alert("Amount").body or "")
    assert shop.order.holds_seats, "a person may still accept it"
    assert shop.deliveries.sent == [shop.alert("Amount").mail_id, UNDER_REVIEW]


MONEY = {
    "another amount": a_paid_checkout(amount=Decimal("40.00")),
    "another currency": a_paid_checkout(currency="EUR"),
    "another merchant": a_paid_checkout(merchant_code="MC0002"),
}


@pytest.mark.parametrize("checkout", MONEY.values(), ids=MONEY)
def test_a_buyer_who_paid_is_notified_of_the_review(checkout: Checkout) -> None:
    shop = Shop(an_order(), checkout)

    shop.verify(later(minutes=5))

    assert shop.buyers_mails == ["under_review"]


def test_a_buyer_who_did_not_pay_is_not_notified_of_the_review() -> None:
    shop = Shop(an_order(checkout_ids=()), a_checkout(currency="EUR"))

    for minutes in (1, 15):
        shop.verify(later(minutes=minutes))

    assert (shop.order.status, shop.buyers_mails) == (REVIEW, [])


def test_a_review_of_a_refunded_or_sandbox_payment_does_not_notify_the_buyer() -> None:
    refunded, sandbox = Shop(an_order(), a_paid_checkout()), Shop(an_order(), a_paid_checkout())
    refunded.sumup.transactions["txn-1"] = a_transaction(refunded=True)
    sandbox.tokens.sandbox = True

    refunded.verify(later(hours=9))
    sandbox.verify(later(minutes=5))

    for shop in (refunded, sandbox):
        assert (shop.order.status, shop.buyers_mails) == (REVIEW, [])


def test_an_order_reviewed_twice_notifies_its_buyer_once() -> None:
    shop = Shop(an_order(), a_paid_checkout(amount=Decimal("40.00")))
    shop.verify(later(minutes=5))
    shop.change(status=OrderStatus.PENDING, work=Work.OPEN, next_check_at=later(hours=1))

    shop.verify(later(hours=1))

    assert (shop.order.status, shop.buyers_mails) == (REVIEW, ["under_review"])
    assert len(shop.alerts) == 2


def test_a_buyer_who_complained_gets_no_more_mail() -> None:
    order = an_order(complained_at=NOW)
    reviewed, closed = Shop(order, a_paid_checkout(amount=Decimal("40.00"))), Shop(order)

    reviewed.verify(later(minutes=5))
    closed.verify(later(hours=2))

    assert (reviewed.order.status, closed.order.status) == (REVIEW, OrderStatus.EXPIRED)
    assert reviewed.buyers_mails == closed.buyers_mails == []


def test_the_failed_payment_mail_stores_the_status_from_sumup() -> None:
    cancelled = a_transaction(status="CANCELLED")
    shop = Shop(an_order(), a_checkout(status="FAILED", transactions=(cancelled,)))

    shop.verify(later(minutes=5))

    assert shop.outbox.get("ORD-ABC123#payment_failed#1").cause == "CANCELLED"


def test_several_reviews_of_one_buyer_in_a_day_raise_one_pattern_alert() -> None:
    shop = Shop(an_order(), a_paid_checkout(amount=Decimal("40.00")))
    for n in (2, 3):
        number, ids = f"ORD-ABC{n:03d}", (f"checkout-{n}",)
        order = an_order(order_number=number, checkout_ids=ids)
        wrong = a_paid_checkout(id=ids[0], reference=number, amount=Decimal(1))
        shop.add(order, wrong)

    for number in ("ORD-ABC123", "ORD-ABC002", "ORD-ABC003"):
        shop.verify(later(minutes=5), number)

    patterns = [subject for subject in shop.alerts if "Suspicious Pattern" in subject]
    assert patterns == [
        "[Jersey Events CRITICAL] Suspicious Pattern: Repeated Mismatches - Buyer",
        "[Jersey Events CRITICAL] Suspicious Pattern: Repeated Mismatches - Organiser",
    ]


def test_one_payment_cannot_buy_two_orders() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.tables.payments["txn-1"] = "ORD-FIRST1"

    decision = shop.verify(later(minutes=5))

    assert shop.order.status is REVIEW
    assert decision is not None
    assert decision.reason is Reason.PAYMENT_CLAIMED, "the decision tells what was really done"
    assert "belongs to order ORD-FIRST1" in (shop.alert("One Payment For Two").body or "")
    assert not shop.tables.tickets
    assert not shop.buyers_mails


def test_tickets_without_a_completed_order_go_to_review() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    (stray, *_) = tickets_for(an_order())
    shop.tables.tickets = {stray.ticket_id: stray}

    shop.verify(later(minutes=5))

    assert shop.order.status is REVIEW
    assert list(shop.tables.tickets) == [stray.ticket_id]
    assert len(shop.alerts) == 1
    assert shop.buyers_mails == ["under_review"]


def test_a_checkout_of_another_order_is_not_adopted() -> None:
    shop = Shop(an_order(checkout_ids=()), a_paid_checkout())
    shop.tables.checkouts[CHECKOUT_ID] = a_record(order_number="ORD-FIRST1")

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.checkout_ids) == (REVIEW, ())
    assert "belongs to order ORD-FIRST1" in (shop.alert("One Payment For Two").body or "")
    assert not shop.tables.tickets


def test_a_double_charge_issues_once_and_the_alert_names_the_extra_transaction() -> None:
    twice = a_paid_checkout(transactions=(a_transaction(), a_transaction(id="txn-2")))
    shop = Shop(an_order(), twice)

    shop.verify(later(minutes=5))
    shop.verify(later(minutes=10))

    assert (shop.order.status, shop.order.transaction_id) == (COMPLETED, "txn-1")
    assert len(shop.tables.tickets) == 3
    assert len(shop.alerts) == 1
    assert "Paid again with SumUp transaction: txn-2\n" in (shop.alert("Paid Twice").body or "")


def with_two_attempts(first: str, second: str) -> Shop:
    """Return an order with an older and a newer checkout in these states."""
    order = an_order(checkout_ids=("old", "new"), checkout_reference="ORD-ABC123-2")

    def checkout(checkout_id: str, reference: str, status: str) -> None:
        make = a_paid_checkout if status == "PAID" else a_checkout
        money = (a_transaction(id=f"txn-{checkout_id}"),) if status == "PAID" else ()
        made = make(id=checkout_id, reference=reference, status=status, transactions=money)
        shop.add(order, made)

    shop = Shop(order)
    checkout("old", "ORD-ABC123-1", first)
    checkout("new", "ORD-ABC123-2", second)
    return shop


def test_an_older_attempt_can_be_paid_and_the_other_is_deactivated() -> None:
    shop = with_two_attempts("PAID", "PENDING")

    shop.verify(later(minutes=5))
    shop.verify(later(minutes=6))

    assert (shop.order.status, shop.order.paid_checkout_id) == (COMPLETED, "old")
    assert shop.sumup.checkouts["new"].status == "EXPIRED"
    assert shop.order.work is None
    assert shop.alerts == []


def test_two_paid_attempts_issue_once_and_the_second_raises_an_alert() -> None:
    shop = with_two_attempts("PAID", "PAID")

    for minutes in (5, 6, 7):
        shop.verify(later(minutes=minutes))

    assert shop.order.paid_checkout_id == "old"
    assert len(shop.tables.tickets) == 3
    assert len(shop.alerts) == 1
    assert "Paid again with SumUp transaction: txn-new\n" in (shop.alert("Paid Twice").body or "")


def test_a_second_payment_after_completion_raises_one_alert_and_keeps_the_tickets() -> None:
    shop = with_two_attempts("PAID", "PENDING")
    shop.sumup.under_way = {"new"}
    shop.verify(later(minutes=5))
    shop.verify(later(minutes=6))
    shop.sumup.checkouts["new"] = a_paid_checkout(
        id="new", reference="ORD-ABC123-2", transactions=(a_transaction(id="txn-new"),)
    )

    shop.verify(later(minutes=66))
    shop.verify(later(minutes=67))

    assert shop.order.status is COMPLETED
    assert len(shop.alerts) == 1
    assert "txn-new" in (shop.alert("Paid Twice").body or "")


def test_the_other_checkouts_are_still_watched_after_a_lost_response() -> None:
    order = an_order(checkout_ids=("old", CHECKOUT_ID))
    shop = Shop(order, a_checkout(id="old", status="EXPIRED"), a_paid_checkout())
    shop.orders.before_write.append(lambda: shop.verify(later(minutes=5)))

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.work) == (COMPLETED, Work.LATE)
    assert breaches_in(shop.tables, later(minutes=6)) == ()
    shop.verify(later(minutes=10))
    assert shop.order.work is None
    assert breaches_in(shop.tables, later(minutes=11)) == ()
