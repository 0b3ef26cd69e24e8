"""The decision table, a named case for each situation of docs/design/sumup-answers.md.

Situations that no single answer of SumUp shows are in `tests/flows/test_situations.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import (
    NOW,
    a_checkout,
    a_line,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
)
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    ClientRefused,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    RequestBlocked,
    TransactionNotFound,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.money import Money
from ticketing.orders.order import ERASED, Customer, Order, OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
    NothingToPay,
)
from ticketing.payments.decision import Action
from ticketing.payments.decision_table import decide
from ticketing.payments.payment import Checkout

ISSUE, WAIT, CLOSE, REVIEW = Action.ISSUE, Action.WAIT, Action.CLOSE, Action.REVIEW
FAILED_TRY = a_transaction(id="txn-0", status="FAILED")
PENDING_TRY = a_transaction(id="txn-0", status="PENDING")
SECOND = a_transaction(id="txn-2")
PENDING_ORDER = an_order()
AFTER = later(hours=2)
"""The moment the default order's time to pay is over."""


def seen(checkout: Checkout, **changes: Any) -> CheckoutSeen:  # noqa: ANN401  # of any field
    return CheckoutSeen(a_record(), checkout, **changes)


def closed(**changes: Any) -> Order:  # noqa: ANN401  # of any field
    facts = {"status": OrderStatus.EXPIRED, "holds_seats": False, "settled_at": AFTER}
    return an_order(**(facts | changes))


def troubled(reason: Reason, minutes: float = 0, times: int = 1) -> Order:
    return an_order(trouble=Trouble(reason, later(minutes=-minutes), times))


def chilean() -> Order:
    lines = (a_line(quantity=1, unit_price=Decimal(1500)),)
    return an_order(lines=lines, total=Money(Decimal(1500), "CLP"))


def paid_in_pesos(amount: str) -> Checkout:
    paid = a_transaction(amount=Decimal(amount), currency="CLP")
    return a_paid_checkout(amount=Decimal(amount), currency="CLP", transactions=(paid,))


@dataclass(frozen=True)
class Case:
    """What SumUp says about an order at a moment, and what has to come of it."""

    answer: CheckoutResult
    action: Action
    reason: Reason
    order: Order = PENDING_ORDER
    now: datetime = NOW


CASES = {
    "pending_without_attempts": Case(seen(a_checkout()), WAIT, Reason.AWAITING_PAYMENT),
    "a_failed_attempt_is_not_a_failed_order": Case(
        seen(a_checkout(transactions=(FAILED_TRY,))), WAIT, Reason.AWAITING_PAYMENT
    ),
    "pending_with_a_successful_entry_waits": Case(
        seen(a_checkout(transactions=(a_transaction(),))), WAIT, Reason.NOT_CONFIRMED
    ),
    "a_lasting_contradiction_is_inspected": Case(
        seen(a_checkout(transactions=(a_transaction(),))),
        Action.INSPECT,
        Reason.NOT_CONFIRMED,
        troubled(Reason.NOT_CONFIRMED, minutes=15),
    ),
    "a_contradiction_with_a_real_transaction_is_reviewed": Case(
        seen(a_checkout(transactions=(a_transaction(),)), transaction=a_transaction()),
        REVIEW,
        Reason.NOT_CONFIRMED,
        troubled(Reason.NOT_CONFIRMED, minutes=15),
    ),
    "a_contradiction_is_never_closed_at_the_deadline": Case(
        seen(a_checkout(transactions=(a_transaction(),)), transaction=TransactionNotFound("404")),
        WAIT,
        Reason.NOT_CONFIRMED,
        now=AFTER,
    ),
    "pending_with_a_payment_under_way": Case(
        seen(a_checkout(transactions=(PENDING_TRY,))), WAIT, Reason.AWAITING_PAYMENT
    ),
    "failed_is_not_final": Case(
        seen(a_checkout(status="FAILED", transactions=(FAILED_TRY,))), WAIT, Reason.PAYMENT_FAILED
    ),
    "expired_without_money_closes_at_the_deadline": Case(
        seen(a_checkout(status="EXPIRED")), CLOSE, Reason.EXPIRED, now=AFTER
    ),
    "expired_before_the_deadline_another_attempt_may_begin": Case(
        seen(a_checkout(status="EXPIRED")), WAIT, Reason.AWAITING_PAYMENT
    ),
    "expired_with_money_is_reviewed": Case(
        seen(a_checkout(status="EXPIRED", transactions=(a_transaction(),))),
        REVIEW,
        Reason.NOT_CONFIRMED,
    ),
    "late_money_is_honoured": Case(
        seen(a_paid_checkout(), transaction=a_transaction()),
        ISSUE,
        Reason.PAID_LATE,
        closed(),
        later(hours=5),
    ),
    "late_money_of_an_erased_buyer_is_reviewed": Case(
        seen(a_paid_checkout(), transaction=a_transaction()),
        REVIEW,
        Reason.LATE_NOT_HONOURED,
        closed(customer=Customer(ERASED, ERASED)),
        later(hours=5),
    ),
    "the_checkout_is_deactivated_before_closing": Case(
        seen(a_checkout()), Action.DEACTIVATE, Reason.WINDOW_OVER, now=AFTER
    ),
    "deactivated_and_unpaid_closes": Case(
        seen(a_checkout(status="EXPIRED"), deactivation=Deactivation.DONE),
        CLOSE,
        Reason.EXPIRED,
        now=AFTER,
    ),
    "paid_at_the_last_moment_is_issued": Case(
        seen(
            a_paid_checkout(),
            deactivation=Deactivation.PROCESSED,
            transaction=a_transaction(),
        ),
        ISSUE,
        Reason.PAID,
        now=AFTER,
    ),
    "a_payment_under_way_keeps_the_order_open": Case(
        seen(a_checkout(), deactivation=Deactivation.UNDER_WAY),
        WAIT,
        Reason.PAYMENT_UNDER_WAY,
        now=AFTER,
    ),
    "two_successful_attempts_issue_once": Case(
        seen(a_paid_checkout(transactions=(a_transaction(), SECOND))), ISSUE, Reason.PAID
    ),
    "paid_without_transactions_is_looked_at_again": Case(
        seen(a_paid_checkout(transactions=())), WAIT, Reason.NO_TRANSACTION
    ),
    "paid_without_transactions_is_reviewed_when_it_lasts": Case(
        seen(a_paid_checkout(transactions=())),
        REVIEW,
        Reason.NO_TRANSACTION,
        troubled(Reason.NO_TRANSACTION, times=2),
    ),
    "another_amount_is_reviewed": Case(
        seen(a_paid_checkout(amount=Decimal("40.00"))), REVIEW, Reason.AMOUNT
    ),
    "slightly_too_little_is_another_amount": Case(
        seen(a_paid_checkout(amount=Decimal("44.999999999999999"))), REVIEW, Reason.AMOUNT
    ),
    "fewer_digits_are_the_same_amount": Case(
        seen(a_paid_checkout(amount=Decimal(45))), ISSUE, Reason.PAID
    ),
    "currencies_without_decimals": Case(seen(paid_in_pesos("1500")), ISSUE, Reason.PAID, chilean()),
    "amounts_without_decimals_are_not_multiplied_by_a_hundred": Case(
        seen(paid_in_pesos("150000")), REVIEW, Reason.AMOUNT, chilean()
    ),
    "refunded_before_a_late_check_is_reviewed": Case(
        seen(a_paid_checkout(), transaction=a_transaction(refunded=True)),
        REVIEW,
        Reason.REFUNDED,
        now=AFTER,
    ),
    "a_check_after_the_window_asks_for_refunds": Case(
        seen(a_paid_checkout()), Action.INSPECT, Reason.PAID_LATE, now=AFTER
    ),
    "paid_in_time_is_issued_without_asking_for_the_transaction": Case(
        seen(a_paid_checkout()), ISSUE, Reason.PAID, now=later(minutes=119)
    ),
    "paid_long_ago_waits_for_its_transaction": Case(
        seen(a_paid_checkout(), transaction=TransactionNotFound("404")),
        WAIT,
        Reason.UNREADABLE,
        now=AFTER,
    ),
    "not_found_is_no_proof_of_anything": Case(CheckoutNotFound("404"), WAIT, Reason.NOT_FOUND),
    "not_found_to_the_end_is_reviewed": Case(
        CheckoutNotFound("404"), REVIEW, Reason.NOT_FOUND, now=AFTER
    ),
    "refused_twice_waits": Case(AccessRefused("401"), WAIT, Reason.ACCESS_REFUSED, now=AFTER),
    "our_own_client_refused_is_no_fault_of_a_token": Case(
        ClientRefused("401"), WAIT, Reason.CLIENT_REFUSED, now=AFTER
    ),
    "a_dead_refresh_token_fails_no_order": Case(
        ReconnectNeeded("invalid_grant"), WAIT, Reason.RECONNECT, now=AFTER
    ),
    "a_refresh_that_times_out_waits": Case(
        PaymentProviderUnavailable("no answer in time"), WAIT, Reason.UNREADABLE, now=AFTER
    ),
    "a_refresh_by_another_worker_is_waited_for": Case(
        PaymentProviderUnavailable("another worker"), WAIT, Reason.UNREADABLE
    ),
    "another_merchant_s_answer_is_never_believed": Case(
        seen(a_paid_checkout(merchant_code="MC9999")), REVIEW, Reason.MERCHANT
    ),
    "an_organiser_without_tokens_waits": Case(
        UnknownOrganiser("jersey-live"), WAIT, Reason.RECONNECT, now=AFTER
    ),
    "forbidden_is_a_matter_of_configuration": Case(
        AccessForbidden("403"), WAIT, Reason.ACCESS_FORBIDDEN, now=AFTER
    ),
    "the_firewall_is_an_outage": Case(RequestBlocked("403"), WAIT, Reason.BLOCKED, now=AFTER),
    "too_many_requests": Case(
        PaymentProviderUnavailable("429", retry_after=3000.0), WAIT, Reason.UNREADABLE
    ),
    "unreadable_is_not_unpaid": Case(
        UnreadableAnswer("a web page"), WAIT, Reason.UNREADABLE, now=later(days=2)
    ),
    "an_unknown_status_waits": Case(
        seen(a_checkout(status="ON_HOLD")), WAIT, Reason.UNKNOWN_STATUS
    ),
    "an_unknown_status_is_reviewed_when_it_lasts": Case(
        seen(a_checkout(status="ON_HOLD")),
        REVIEW,
        Reason.UNKNOWN_STATUS,
        troubled(Reason.UNKNOWN_STATUS, minutes=60),
    ),
    "a_checkout_without_its_record_is_waited_for": Case(
        CheckoutMissing(), WAIT, Reason.MISSING_CHECKOUT, now=later(minutes=10)
    ),
    "a_checkout_without_its_record_for_long_is_reviewed": Case(
        CheckoutMissing(),
        REVIEW,
        Reason.MISSING_CHECKOUT,
        troubled(Reason.MISSING_CHECKOUT, minutes=10),
    ),
    "an_order_without_any_checkout_waits_for_its_buyer": Case(
        CheckoutMissing(),
        WAIT,
        Reason.AWAITING_PAYMENT,
        an_order(checkout_ids=()),
        now=later(minutes=119),
    ),
    "an_order_without_any_checkout_closes_after_its_deadline": Case(
        CheckoutMissing(),
        CLOSE,
        Reason.EXPIRED,
        an_order(checkout_ids=(), trouble=Trouble(Reason.MISSING_CHECKOUT, AFTER, 3)),
        now=later(minutes=130),
    ),
    "sandbox_money_buys_nothing": Case(
        seen(a_paid_checkout(), sandbox=True), REVIEW, Reason.SANDBOX
    ),
    "a_free_order_bypasses_sumup": Case(
        NothingToPay(),
        ISSUE,
        Reason.FREE,
        an_order(lines=(a_line(unit_price=Decimal(0)),)),
    ),
    "another_currency_is_reviewed": Case(
        seen(a_paid_checkout(currency="EUR")), REVIEW, Reason.CURRENCY
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_situation_leads_to_its_decision(case: Case) -> None:
    decision = decide(case.order, case.answer, case.now)

    assert (decision.action, decision.reason) == (case.action, case.reason)
    if decision.action is WAIT:
        assert decision.next_check_at is not None
        assert decision.next_check_at > case.now


EXPLANATIONS = {
    "pending_without_attempts": "Not paid yet.",
    "a_failed_attempt_is_not_a_failed_order": "Not paid yet.",
    "pending_with_a_successful_entry_waits": (
        "SumUp says PENDING yet lists a successful transaction."
    ),
    "a_lasting_contradiction_is_inspected": (
        "SumUp says PENDING yet lists a successful transaction."
    ),
    "a_contradiction_with_a_real_transaction_is_reviewed": (
        "SumUp says PENDING yet lists a successful transaction."
    ),
    "a_contradiction_is_never_closed_at_the_deadline": (
        "SumUp says PENDING yet lists a successful transaction."
    ),
    "pending_with_a_payment_under_way": "Not paid yet.",
    "failed_is_not_final": "The last attempt to pay failed; the buyer may try again.",
    "expired_without_money_closes_at_the_deadline": "Nobody paid in time.",
    "expired_before_the_deadline_another_attempt_may_begin": (
        "The last checkout expired unpaid; the buyer may begin another."
    ),
    "expired_with_money_is_reviewed": ("SumUp says EXPIRED yet lists a successful transaction."),
    "late_money_is_honoured": "Payment verified after the order was closed.",
    "late_money_of_an_erased_buyer_is_reviewed": (
        "Paid, and its buyer was erased: the money has to go back."
    ),
    "the_checkout_is_deactivated_before_closing": "The time to pay is over.",
    "deactivated_and_unpaid_closes": "Nobody paid in time.",
    "paid_at_the_last_moment_is_issued": "Payment verified.",
    "a_payment_under_way_keeps_the_order_open": (
        "The time to pay is over, but SumUp is still processing a payment."
    ),
    "two_successful_attempts_issue_once": "Payment verified.",
    "paid_without_transactions_is_looked_at_again": (
        "SumUp says PAID but lists no successful transaction."
    ),
    "paid_without_transactions_is_reviewed_when_it_lasts": (
        "SumUp says PAID but lists no successful transaction."
    ),
    "another_amount_is_reviewed": "SumUp says PAID, but we expected £45.00 and it is £40.00.",
    "slightly_too_little_is_another_amount": (
        "SumUp says PAID, but we expected £45.00 and it is 44.999999999999999 GBP."
    ),
    "fewer_digits_are_the_same_amount": "Payment verified.",
    "currencies_without_decimals": "Payment verified.",
    "amounts_without_decimals_are_not_multiplied_by_a_hundred": (
        "SumUp says PAID, but we expected CLP1,500 and it is CLP150,000."
    ),
    "refunded_before_a_late_check_is_reviewed": "Paid, but refunded or charged back since.",
    "a_check_after_the_window_asks_for_refunds": "Paid long ago: was it refunded since?",
    "paid_in_time_is_issued_without_asking_for_the_transaction": "Payment verified.",
    "paid_long_ago_waits_for_its_transaction": (
        "Paid late; whether it was refunded since cannot be read: 404."
    ),
    "not_found_is_no_proof_of_anything": "Could not ask SumUp: 404.",
    "not_found_to_the_end_is_reviewed": "SumUp does not know the checkout we created for it.",
    "refused_twice_waits": "Could not ask SumUp: 401.",
    "our_own_client_refused_is_no_fault_of_a_token": "Could not ask SumUp: 401.",
    "a_dead_refresh_token_fails_no_order": "Could not ask SumUp: invalid_grant.",
    "a_refresh_that_times_out_waits": "Could not ask SumUp: no answer in time.",
    "a_refresh_by_another_worker_is_waited_for": "Could not ask SumUp: another worker.",
    "another_merchant_s_answer_is_never_believed": (
        "SumUp says PAID, but we expected MC0001 and it is MC9999."
    ),
    "an_organiser_without_tokens_waits": (
        "Could not ask SumUp: organiser jersey-live has no SumUp connection: no tokens are stored."
    ),
    "forbidden_is_a_matter_of_configuration": "Could not ask SumUp: 403.",
    "the_firewall_is_an_outage": "Could not ask SumUp: 403.",
    "too_many_requests": "Could not ask SumUp: 429.",
    "unreadable_is_not_unpaid": "Could not ask SumUp: a web page.",
    "an_unknown_status_waits": "SumUp gives a status we do not know: ON_HOLD.",
    "an_unknown_status_is_reviewed_when_it_lasts": "SumUp gives a status we do not know: ON_HOLD.",
    "a_checkout_without_its_record_is_waited_for": (
        "We hold no checkout for it and SumUp knows none by its reference."
    ),
    "a_checkout_without_its_record_for_long_is_reviewed": (
        "We hold no checkout for it and SumUp knows none by its reference."
    ),
    "an_order_without_any_checkout_waits_for_its_buyer": "It has no checkout to pay yet.",
    "an_order_without_any_checkout_closes_after_its_deadline": (
        "Nobody paid in time, and SumUp has no checkout for it."
    ),
    "sandbox_money_buys_nothing": "Paid at a sandbox merchant: no real money moved.",
    "a_free_order_bypasses_sumup": "There was nothing to pay.",
    "another_currency_is_reviewed": "SumUp says PAID, but we expected GBP and it is EUR.",
}
"""What an administrator reads in the row."""


def test_every_decision_has_an_explanation() -> None:
    told = {name: decide(c.order, c.answer, c.now).explanation for name, c in CASES.items()}

    assert told == EXPLANATIONS
