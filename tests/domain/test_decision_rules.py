"""The rules of the decision table beyond single situations: mismatches, late and extra money."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import (
    CHECKOUT_ID,
    NOW,
    a_checkout,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
)
from ticketing.errors import PaymentProviderUnavailable, UnreadableAnswer
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.answer import Answer, CheckoutSeen, Deactivation, NothingToPay
from ticketing.payments.decision import Action, Reason, decide, strongest
from ticketing.payments.payment import Checkout

ISSUE, WAIT, CLOSE, REVIEW, LEAVE = (
    Action.ISSUE,
    Action.WAIT,
    Action.CLOSE,
    Action.REVIEW,
    Action.LEAVE,
)
SECOND = a_transaction(id="txn-2")

DEADLINE = later(hours=2)


def seen(checkout: Checkout, **changes: Any) -> CheckoutSeen:  # noqa: ANN401  # of any field
    return CheckoutSeen(a_record(), checkout, **changes)


def closed() -> Order:
    return an_order(status=OrderStatus.EXPIRED, holds_seats=False, settled_at=later(hours=2))


MISMATCHES = {
    "checkout": ({"id": "another"}, Reason.CHECKOUT, CHECKOUT_ID, "another"),
    "reference": ({"reference": "ORD-XYZ999"}, Reason.REFERENCE, "ORD-ABC123", "ORD-XYZ999"),
    "no reference": ({"reference": None}, Reason.REFERENCE, "ORD-ABC123", "nothing"),
    "merchant": ({"merchant_code": "MC9"}, Reason.MERCHANT, "MC0001", "MC9"),
    "currency": ({"currency": "EUR"}, Reason.CURRENCY, "GBP", "EUR"),
    "no currency": ({"currency": None}, Reason.CURRENCY, "GBP", "nothing"),
    "amount": ({"amount": Decimal("40.00")}, Reason.AMOUNT, "£45.00", "£40.00"),
    "no amount": ({"amount": None}, Reason.AMOUNT, "£45.00", "no amount"),
    "huge amount": ({"amount": Decimal("1e30")}, Reason.AMOUNT, "£45.00", "1E+30 GBP"),
    "transaction amount": (
        {"transactions": (a_transaction(amount=Decimal("4.50")),)},
        Reason.TRANSACTION,
        "amount 45.00",
        "amount 4.50",
    ),
    "transaction currency": (
        {"transactions": (a_transaction(currency="EUR"),)},
        Reason.TRANSACTION,
        "currency GBP",
        "currency EUR",
    ),
    "named transaction": (
        {"transaction_id": "txn-9"},
        Reason.TRANSACTION,
        "one of txn-1",
        "txn-9",
    ),
}


@pytest.mark.parametrize(
    ("changes", "reason", "expected", "received"), MISMATCHES.values(), ids=MISMATCHES
)
@pytest.mark.parametrize("order", [an_order(), closed()], ids=["pending", "closed"])
def test_a_paid_checkout_that_differs_anywhere_is_reviewed_with_both_values(
    order: Order, changes: dict[str, Any], reason: Reason, expected: str, received: str
) -> None:
    decision = decide(order, seen(a_paid_checkout(**changes)), NOW)

    assert (decision.action, decision.reason) == (REVIEW, reason)
    assert (decision.expected, decision.received) == (expected, received)


def test_entries_that_state_no_amount_or_currency_are_no_contradiction() -> None:
    bare = a_transaction(amount=None, currency=None, merchant_code=None)

    decision = decide(an_order(), seen(a_paid_checkout(transactions=(bare,))), NOW)

    assert decision.action is ISSUE


def test_the_entry_the_checkout_names_is_the_payment_and_the_other_is_surplus() -> None:
    twice = a_paid_checkout(transactions=(a_transaction(), SECOND), transaction_id="txn-2")

    decision = decide(an_order(), seen(twice), NOW)

    assert decision.payment == SECOND
    assert decision.surplus == (a_transaction(),)


def test_retry_after_is_honoured_when_it_is_longer_than_ours() -> None:
    decision = decide(an_order(), PaymentProviderUnavailable("429", retry_after=3000.0), NOW)

    assert decision.next_check_at == NOW + timedelta(seconds=3000)


def test_an_order_under_review_is_left_alone_whatever_sumup_says() -> None:
    order = an_order(status=OrderStatus.REVIEW)

    assert decide(order, seen(a_paid_checkout()), NOW).action is LEAVE
    assert decide(order, NothingToPay(), NOW).action is LEAVE


def test_nothing_to_pay_is_not_believed_of_an_order_that_has_a_price() -> None:
    assert decide(an_order(), NothingToPay(), later(hours=1)).action is REVIEW


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "EXPIRED", "ON_HOLD"])
def test_a_closed_order_without_late_money_stays_watched(status: str) -> None:
    decision = decide(closed(), seen(a_checkout(status=status)), later(hours=3))

    assert (decision.action, decision.next_check_at) == (LEAVE, later(hours=4))


def test_late_money_waits_while_its_transaction_cannot_be_read() -> None:
    answer = seen(a_paid_checkout(), transaction=UnreadableAnswer("half a body"))

    decision = decide(closed(), answer, later(hours=3))

    assert (decision.action, decision.reason) == (WAIT, Reason.UNREADABLE)


@pytest.mark.parametrize("status", ["PAID", "PENDING", "FAILED", "EXPIRED"])
def test_money_on_another_checkout_of_a_completed_order_is_a_second_payment(
    status: str,
) -> None:
    order = an_order(status=OrderStatus.COMPLETED, paid_checkout_id="the-first")
    money = (a_transaction(),)

    decision = decide(order, seen(a_checkout(status=status, transactions=money)), NOW)

    assert (decision.action, decision.reason) == (LEAVE, Reason.SECOND_PAYMENT)


def test_a_transaction_resource_of_another_amount_is_reviewed() -> None:
    answer = seen(a_paid_checkout(), transaction=a_transaction(amount=Decimal("4.50")))

    decision = decide(an_order(), answer, later(hours=2))

    assert (decision.action, decision.reason) == (REVIEW, Reason.TRANSACTION)


DEACTIVATED = {
    "done, though it still says pending": (Deactivation.DONE, "PENDING", OrderStatus.EXPIRED),
    "done after a failure": (Deactivation.DONE, "FAILED", OrderStatus.FAILED),
    "processed, and failed for good": (Deactivation.PROCESSED, "FAILED", OrderStatus.FAILED),
    "processed, though it says pending": (Deactivation.PROCESSED, "PENDING", None),
    "under way after a failure": (Deactivation.UNDER_WAY, "FAILED", None),
}


@pytest.mark.parametrize(
    ("deactivation", "status", "closes_as"), DEACTIVATED.values(), ids=DEACTIVATED
)
def test_an_order_closes_once_its_checkout_can_surely_not_be_paid_any_more(
    deactivation: Deactivation, status: str, closes_as: OrderStatus | None
) -> None:
    answer = seen(a_checkout(status=status), deactivation=deactivation)

    decision = decide(an_order(), answer, later(hours=2))

    assert decision.action is (CLOSE if closes_as else WAIT)
    assert decision.closes_as is closes_as


def test_money_is_seen_in_the_status_and_in_the_attempts_alike() -> None:
    def has_money(checkout: Checkout) -> bool:
        return decide(an_order(), seen(checkout), NOW).has_money

    assert has_money(a_paid_checkout(transactions=()))
    assert has_money(a_checkout(transactions=(SECOND,)))
    assert not has_money(a_checkout(transactions=(a_transaction(status="FAILED"),)))


def test_an_order_closes_only_when_all_its_checkouts_say_so() -> None:
    expired, open_ = seen(a_checkout(status="EXPIRED")), seen(a_checkout())
    unreadable = UnreadableAnswer("half a body")
    paid = seen(a_paid_checkout(), transaction=a_transaction())

    def outcome(*answers: Answer) -> Action:
        return strongest([decide(an_order(), answer, DEADLINE) for answer in answers]).action

    assert outcome(expired, expired) is CLOSE
    assert outcome(expired, open_) is Action.DEACTIVATE
    assert outcome(expired, unreadable) is WAIT
    assert outcome(unreadable, paid) is ISSUE
