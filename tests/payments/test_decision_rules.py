"""The rules behind the decision table: mismatches, late payments and second payments."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

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
)
from ticketing.errors import PaymentProviderUnavailable, UnreadableAnswer
from ticketing.orders.order import Order, OrderStatus, Origin, Trouble
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.orders.schedule import CHECK_EVERY
from ticketing.payments.checkout_result import (
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
    NothingToPay,
)
from ticketing.payments.decision import Action, Decision, strongest
from ticketing.payments.decision_table import decide
from ticketing.payments.matching import is_wanted
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
    "transaction merchant": (
        {"transactions": (a_transaction(merchant_code="MC9"),)},
        Reason.TRANSACTION,
        "merchant MC0001",
        "merchant MC9",
    ),
    "the form of a transaction's id": (
        {"transactions": (a_transaction(id="txn~1"),), "transaction_id": "txn~1"},
        Reason.TRANSACTION,
        "id of letters, digits and hyphens",
        "id txn~1",
    ),
    "the form of a transaction's code": (
        {"transactions": (a_transaction(code="T~1"),)},
        Reason.TRANSACTION,
        "code of letters, digits and hyphens",
        "code T~1",
    ),
    "one of two transactions": (
        {"transactions": (a_transaction(), SECOND), "transaction_id": "txn-9"},
        Reason.TRANSACTION,
        "one of txn-1, txn-2",
        "txn-9",
    ),
    "one of twelve transactions": (
        {
            "transactions": tuple(a_transaction(id=f"t{n}") for n in range(12)),
            "transaction_id": "txn-9",
        },
        Reason.TRANSACTION,
        "one of t0, t1, t2, t3, t4, t5, t6, t7, t8, t9",
        "txn-9",
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
def test_a_paid_checkout_with_any_mismatch_is_reviewed_with_both_values(
    order: Order, changes: dict[str, Any], reason: Reason, expected: str, received: str
) -> None:
    decision = decide(order, seen(a_paid_checkout(**changes)), NOW)

    assert (decision.action, decision.reason) == (REVIEW, reason)
    assert (decision.expected, decision.received) == (expected, received)


def test_transactions_without_amount_or_currency_are_not_a_mismatch() -> None:
    bare = a_transaction(amount=None, currency=None, merchant_code=None)

    decision = decide(an_order(), seen(a_paid_checkout(transactions=(bare,))), NOW)

    assert decision.action is ISSUE


def test_the_transaction_named_by_the_checkout_is_the_payment_and_others_are_surplus() -> None:
    twice = a_paid_checkout(transactions=(a_transaction(), SECOND), transaction_id="txn-2")

    decision = decide(an_order(), seen(twice), NOW)

    assert decision.payment == SECOND
    assert decision.surplus == (a_transaction(),)


@pytest.mark.parametrize(("asked", "wait"), [(280.0, 280), (3000.0, 300), (86_400.0, 300)])
def test_retry_after_is_honoured_up_to_five_minutes(asked: float, wait: float) -> None:
    decision = decide(an_order(), PaymentProviderUnavailable("429", retry_after=asked), NOW)

    assert decision.next_check_at == NOW + timedelta(seconds=wait)


def test_an_order_under_review_is_never_changed() -> None:
    order = an_order(status=OrderStatus.REVIEW)

    assert decide(order, seen(a_paid_checkout()), NOW).action is LEAVE
    assert decide(order, NothingToPay(), NOW).action is LEAVE


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        (None, "There was nothing to pay."),
        (Origin.GIVEN, "The tickets are complimentary. There was nothing to pay."),
    ],
)
def test_free_tickets_are_issued_and_say_why_they_are_free(origin: Origin | None, why: str) -> None:
    order = an_order(lines=(a_line(unit_price=Decimal(0)),), origin=origin)

    decision = decide(order, NothingToPay(), NOW)

    assert (decision.action, decision.reason, decision.explanation) == (
        Action.ISSUE, Reason.FREE, why,
    )  # fmt: skip


def test_a_priced_order_is_never_treated_as_free() -> None:
    missing = an_order(trouble=Trouble(Reason.MISSING_CHECKOUT, later(minutes=-10), 3))

    assert decide(an_order(), NothingToPay(), NOW).action is WAIT
    assert decide(missing, NothingToPay(), NOW).action is REVIEW


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "EXPIRED", "ON_HOLD"])
def test_a_closed_order_without_a_late_payment_stays_watched(status: str) -> None:
    decision = decide(closed(), seen(a_checkout(status=status)), later(hours=3))

    assert (decision.action, decision.next_check_at) == (LEAVE, later(hours=4))


@pytest.mark.parametrize("status", ["PAID", "PENDING", "FAILED", "EXPIRED"])
def test_a_payment_on_another_checkout_of_a_completed_order_is_a_second_payment(
    status: str,
) -> None:
    order = an_order(status=OrderStatus.COMPLETED, paid_checkout_id="the-first")
    money = (a_transaction(),)

    decision = decide(order, seen(a_checkout(status=status, transactions=money)), NOW)

    assert (decision.action, decision.reason) == (LEAVE, Reason.SECOND_PAYMENT)


def test_a_transaction_with_another_amount_is_reviewed() -> None:
    answer = seen(a_paid_checkout(), transaction=a_transaction(amount=Decimal("4.50")))

    decision = decide(an_order(), answer, later(hours=2))

    assert (decision.action, decision.reason) == (REVIEW, Reason.TRANSACTION)
    assert (decision.expected, decision.received) == ("£45.00", "£4.50")


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
def test_an_order_closes_once_its_checkout_can_no_longer_be_paid(
    deactivation: Deactivation, status: str, closes_as: OrderStatus | None
) -> None:
    answer = seen(a_checkout(status=status), deactivation=deactivation)

    decision = decide(an_order(), answer, later(hours=2))

    assert decision.action is (CLOSE if closes_as else WAIT)
    assert decision.closes_as is closes_as


def test_a_payment_is_detected_from_the_status_or_from_the_transactions() -> None:
    def has_money(checkout: Checkout) -> bool:
        return decide(an_order(), seen(checkout), NOW).has_money

    assert has_money(a_paid_checkout(transactions=()))
    assert has_money(a_checkout(transactions=(SECOND,)))
    assert not has_money(a_checkout(transactions=(a_transaction(status="FAILED"),)))


def test_an_order_closes_only_if_all_its_checkouts_agree() -> None:
    expired, open_ = seen(a_checkout(status="EXPIRED")), seen(a_checkout())
    unreadable = UnreadableAnswer("half a body")
    paid = seen(a_paid_checkout(), transaction=a_transaction())

    def outcome(*answers: CheckoutResult) -> Action:
        return strongest([decide(an_order(), answer, DEADLINE) for answer in answers]).action

    assert outcome(expired, expired) is CLOSE
    assert outcome(expired, open_) is Action.DEACTIVATE
    assert outcome(expired, unreadable) is WAIT
    assert outcome(unreadable, paid) is ISSUE


# ---- orders that are settled already


def completed(**changes: Any) -> Order:  # noqa: ANN401  # of any field
    facts = {"status": OrderStatus.COMPLETED, "paid_checkout_id": "the-first"}
    return an_order(**(facts | {"settled_at": DEADLINE} | changes))


SETTLED: dict[str, tuple[Order, CheckoutResult, Action, Reason, str, datetime | None]] = {
    "the checkout it was paid through": (
        completed(paid_checkout_id=CHECKOUT_ID),
        seen(a_paid_checkout()),
        LEAVE,
        Reason.SETTLED,
        "Paid and completed.",
        None,
    ),
    "another one, still open": (
        completed(),
        seen(a_checkout()),
        Action.DEACTIVATE,
        Reason.SETTLED,
        "Paid through another checkout.",
        None,
    ),
    "another one, which could not be deactivated": (
        completed(),
        seen(a_checkout(), deactivation=Deactivation.UNDER_WAY),
        LEAVE,
        Reason.CLOSED,
        "Watched for late money.",
        later(hours=4),
    ),
    "another one, expired": (
        completed(),
        seen(a_checkout(status="EXPIRED")),
        LEAVE,
        Reason.SETTLED,
        "Paid and completed.",
        None,
    ),
    "another one, paid without an attempt": (
        completed(),
        seen(a_paid_checkout(transactions=())),
        LEAVE,
        Reason.SECOND_PAYMENT,
        "Paid a second time through another checkout.",
        None,
    ),
    "another one, with money in an attempt": (
        completed(),
        seen(a_checkout(transactions=(a_transaction(),))),
        LEAVE,
        Reason.SECOND_PAYMENT,
        "Paid a second time through another checkout.",
        None,
    ),
    "closed, without any known checkout": (
        closed(),
        NothingToPay(),
        LEAVE,
        Reason.CLOSED,
        "Watched for late money.",
        later(hours=4),
    ),
    "closed at an unknown time": (
        an_order(status=OrderStatus.EXPIRED, holds_seats=False),
        seen(a_checkout()),
        LEAVE,
        Reason.CLOSED,
        "Watched for late money.",
        later(hours=4),
    ),
    "under review": (
        an_order(status=OrderStatus.REVIEW),
        seen(a_paid_checkout()),
        LEAVE,
        Reason.SETTLED,
        "A person decides about this order.",
        None,
    ),
    "closed, and the answer is about another checkout": (
        closed(),
        seen(a_checkout(id="another")),
        WAIT,
        Reason.UNREADABLE,
        "SumUp answered about another checkout than the one asked for.",
        later(hours=4),
    ),
}


@pytest.mark.parametrize(
    ("order", "answer", "action", "reason", "text", "following"), SETTLED.values(), ids=SETTLED
)
def test_answers_about_a_settled_order_lead_to_the_expected_action(
    order: Order,
    answer: CheckoutResult,
    action: Action,
    reason: Reason,
    text: str,
    following: datetime | None,
) -> None:
    decision = decide(order, answer, later(hours=3))

    assert (decision.action, decision.reason) == (action, reason)
    assert (decision.explanation, decision.next_check_at) == (text, following)


def test_a_late_payment_that_the_event_does_not_honour_is_reviewed() -> None:
    answer = seen(a_paid_checkout(), transaction=a_transaction())

    decision = decide(closed(), answer, later(hours=3), honour_late=False)

    assert (decision.action, decision.reason) == (REVIEW, Reason.LATE_NOT_HONOURED)
    assert decision.explanation == "Paid after closing, too late for the event."


def test_the_late_payment_policy_does_not_apply_to_timely_payments() -> None:
    answer = seen(a_paid_checkout(), transaction=a_transaction())

    assert decide(an_order(), answer, DEADLINE, honour_late=False).action is ISSUE


# ---- how long an order is held

ATTEMPTS = {
    "nothing tried": (seen(a_checkout()), False),
    "a card declined": (seen(a_checkout(status="FAILED")), True),
    "an attempt under way": (
        seen(a_checkout(transactions=(a_transaction(status="PENDING"),))),
        True,
    ),
    "declined, and deactivated since": (
        seen(a_checkout(status="EXPIRED"), status_before="FAILED"),
        True,
    ),
    "no answer": (PaymentProviderUnavailable("down"), False),
}


@pytest.mark.parametrize(("answer", "attempted"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempt_to_pay_is_noted_and_keeps_the_order_open(
    answer: CheckoutResult, *, attempted: bool
) -> None:
    held = an_order(hold_until=later(minutes=20))

    decision = decide(held, answer, later(minutes=25))

    assert decision.attempt_seen is attempted
    if not isinstance(answer, PaymentProviderUnavailable):
        assert decision.action is (WAIT if attempted else Action.DEACTIVATE)


@pytest.mark.parametrize("answer", [seen(a_checkout()), PaymentProviderUnavailable("down")])
def test_an_attempt_that_was_seen_once_keeps_the_order_open_whatever_comes_later(
    answer: CheckoutResult,
) -> None:
    order = an_order(hold_until=later(minutes=20), attempt_seen_at=later(minutes=3))

    assert decide(order, answer, later(minutes=25)).action is WAIT


@pytest.mark.parametrize("status", ["PENDING", "FAILED"])
def test_the_deadline_ends_the_time_to_pay_whatever_was_attempted(status: str) -> None:
    order = an_order(hold_until=later(minutes=20), attempt_seen_at=later(minutes=3))

    decision = decide(order, seen(a_checkout(status=status)), DEADLINE)

    assert (decision.action, decision.reason) == (Action.DEACTIVATE, Reason.WINDOW_OVER)


# ---- what goes wrong, and for how long

OFTEN = {
    "the first time": (None, 1, False),
    "the same again": (Trouble(Reason.UNREADABLE, later(hours=-1), 2), 3, False),
    "another one before": (Trouble(Reason.BLOCKED, later(hours=-7), 20), 1, False),
    "twelve times": (Trouble(Reason.UNREADABLE, later(hours=-1), 11), 12, True),
    "for six hours": (Trouble(Reason.UNREADABLE, later(hours=-6), 2), 3, True),
}


@pytest.mark.parametrize(("before", "times", "told"), OFTEN.values(), ids=OFTEN)
def test_errors_are_counted_and_raise_an_alert_if_they_persist(
    *, before: Trouble | None, times: int, told: bool
) -> None:
    decision = decide(an_order(trouble=before), UnreadableAnswer("half a body"), NOW)

    same = before is not None and before.code == Reason.UNREADABLE
    since = before.since if before and same else NOW
    assert decision.trouble == Trouble(Reason.UNREADABLE, since, times)
    assert decision.alert_due is told
    assert decision.explanation == "Could not ask SumUp: half a body."


def test_errors_of_a_closed_order_are_counted_without_an_alert() -> None:
    order = replace(closed(), trouble=Trouble(Reason.UNREADABLE, NOW, 40))

    decision = decide(order, UnreadableAnswer("half a body"), later(hours=3))

    assert decision.trouble == Trouble(Reason.UNREADABLE, NOW, 41)
    assert (decision.next_check_at, decision.alert_due) == (later(hours=4), False)


PATIENCE: dict[str, tuple[CheckoutResult, Reason, float, int, Action]] = {
    "no transaction, the second time": (
        seen(a_paid_checkout(transactions=())), Reason.NO_TRANSACTION, 1, 1, WAIT,
    ),
    "no transaction, the third time": (
        seen(a_paid_checkout(transactions=())), Reason.NO_TRANSACTION, 1, 2, REVIEW,
    ),
    "another error does not count": (
        seen(a_paid_checkout(transactions=())), Reason.UNREADABLE, 1, 9, WAIT,
    ),
    "an unknown status, for less than an hour": (
        seen(a_checkout(status="ON_HOLD")), Reason.UNKNOWN_STATUS, 59, 9, WAIT,
    ),
    "an unknown status, for an hour": (
        seen(a_checkout(status="ON_HOLD")), Reason.UNKNOWN_STATUS, 60, 9, REVIEW,
    ),
    "a payment without PAID, for less than a quarter": (
        seen(a_checkout(transactions=(a_transaction(),))), Reason.NOT_CONFIRMED, 14, 9, WAIT,
    ),
    "a payment without PAID, for a quarter of an hour": (
        seen(a_checkout(transactions=(a_transaction(),))),
        Reason.NOT_CONFIRMED, 15, 9, Action.INSPECT,
    ),
    "which was refunded": (
        seen(
            a_checkout(transactions=(a_transaction(),)),
            transaction=a_transaction(status="CANCELLED", refunded=True),
        ),
        Reason.NOT_CONFIRMED, 15, 9, REVIEW,
    ),
    "which never became real": (
        seen(
            a_checkout(transactions=(a_transaction(),)),
            transaction=a_transaction(status="CANCELLED"),
        ),
        Reason.NOT_CONFIRMED, 15, 9, WAIT,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "code", "lasted", "times", "action"), PATIENCE.values(), ids=PATIENCE
)
def test_an_inconsistency_is_tolerated_for_a_limited_time(
    answer: CheckoutResult, code: Reason, lasted: float, times: int, action: Action
) -> None:
    order = an_order(trouble=Trouble(code, later(minutes=-lasted), times))

    assert decide(order, answer, NOW).action is action


def test_a_transaction_that_is_not_listed_yet_is_checked_again_soon() -> None:
    decision = decide(an_order(), seen(a_paid_checkout(transactions=())), NOW)

    assert decision.next_check_at == NOW + CHECK_EVERY


def test_a_payment_on_an_unpaid_checkout_is_inspected_from_the_deadline_on() -> None:
    answer = seen(a_checkout(transactions=(a_transaction(),)))

    assert decide(an_order(), answer, DEADLINE - timedelta(seconds=1)).action is WAIT
    assert decide(an_order(), answer, DEADLINE).action is Action.INSPECT


def test_an_unknown_status_is_truncated_in_the_explanation() -> None:
    decision = decide(an_order(), seen(a_checkout(status="X" * 50)), NOW)

    assert decision.explanation == f"SumUp gives a status we do not know: {'X' * 40}."


# ---- how an order ends

ENDS = {
    "never tried": (None, None, "EXPIRED", OrderStatus.EXPIRED),
    "failed before it was deactivated": (None, "FAILED", "EXPIRED", OrderStatus.FAILED),
    "failed when it was last looked at": ("FAILED", None, "EXPIRED", OrderStatus.FAILED),
    "retried since": ("FAILED", "PENDING", "EXPIRED", OrderStatus.EXPIRED),
    "failed now": (None, "PENDING", "FAILED", OrderStatus.FAILED),
}


@pytest.mark.parametrize(("noted", "before", "status", "end"), ENDS.values(), ids=ENDS)
def test_an_order_failed_if_its_last_attempt_did(
    noted: str | None, before: str | None, status: str, end: OrderStatus
) -> None:
    answer = seen(a_checkout(status=status), deactivation=Deactivation.DONE, status_before=before)

    decision = decide(an_order(payment_status=noted), answer, DEADLINE)

    tried = end is OrderStatus.FAILED
    text = "Every attempt to pay failed and the time to pay is over."
    assert (decision.action, decision.closes_as) == (CLOSE, end)
    assert decision.reason is (Reason.FAILED if tried else Reason.EXPIRED)
    assert decision.explanation == (text if tried else "Nobody paid in time.")


# ---- what a decision carries


def test_a_decision_names_the_checkout_it_is_about() -> None:
    checkout = a_checkout()

    decision = decide(an_order(), seen(checkout), NOW)

    assert (decision.record, decision.checkout) == (a_record(), checkout)


def test_a_decision_without_a_checkout_has_no_payment_and_no_surplus() -> None:
    decision = decide(an_order(), UnreadableAnswer("half a body"), NOW)

    assert (decision.surplus, decision.has_money) == ((), False)


def test_the_earliest_check_wins_among_equal_decisions() -> None:
    def waits(until: datetime | None) -> Decision:
        return Decision(WAIT, Reason.AWAITING_PAYMENT, "", until)

    first = strongest([waits(None), waits(later(minutes=5)), waits(later(minutes=1))])

    assert first.next_check_at == later(minutes=1)


# ---- checkouts found by their reference

FOUND: dict[str, tuple[dict[str, Any], bool]] = {
    "as it was asked for": ({}, True),
    "whose transaction states another amount": (
        {"status": "PAID", "transactions": (a_transaction(amount=Decimal("4.50")),)},
        True,
    ),
    "for another reference": ({"reference": "ORD-XYZ999"}, False),
    "of another merchant": ({"merchant_code": "MC9"}, False),
    "in another currency": ({"currency": "EUR"}, False),
    "for another amount": ({"amount": Decimal("40.00")}, False),
    "with an id that could not be one": ({"id": "chk~1"}, False),
}


@pytest.mark.parametrize(("changes", "wanted"), FOUND.values(), ids=FOUND)
def test_a_checkout_that_was_found_must_match_the_order(
    *, changes: dict[str, Any], wanted: bool
) -> None:
    assert is_wanted(an_order(), "ORD-ABC123", a_checkout(**changes)) is wanted


# --------------------------------------------------------------- money that is given back

STATUSES = [status for status in RefundStatus if status is not RefundStatus.REFUSED]


def gives_back(order: Order, status: RefundStatus = RefundStatus.ASKED, *ids: str) -> Order:
    every = (Refund(i, status, order.total, NOW) for i in ids or ("txn-1",))
    return replace(order, refunds=tuple(every))


@pytest.mark.parametrize("status", STATUSES)
def test_a_late_payment_refunded_by_an_operator_buys_nothing_and_raises_no_alert(
    status: RefundStatus,
) -> None:
    order = gives_back(closed(), status)

    for transaction in (None, a_transaction(), a_transaction(refunded=True)):
        answer = seen(a_paid_checkout(), transaction=transaction)
        decision = decide(order, answer, later(hours=3))
        assert (decision.action, decision.reason) == (LEAVE, Reason.CLOSED)
        assert decision.next_check_at is not None


def test_a_late_payment_with_a_declined_refund_is_still_a_late_payment() -> None:
    order = gives_back(closed(), RefundStatus.REFUSED)

    assert decide(order, seen(a_paid_checkout()), later(hours=3)).action is Action.INSPECT


def test_an_unrefunded_payment_of_a_closed_order_is_reviewed() -> None:
    paid = a_paid_checkout(transactions=(a_transaction(), SECOND))

    decision = decide(gives_back(closed()), seen(paid), later(hours=3))
    all_of_it = decide(gives_back(closed(), RefundStatus.ASKED, "txn-1", "txn-2"), seen(paid),
                       later(hours=3))  # fmt: skip

    assert (decision.action, decision.reason) == (REVIEW, Reason.REFUNDED)
    assert all_of_it.action is LEAVE


@pytest.mark.parametrize("status", STATUSES)
def test_a_manually_reopened_order_gets_no_tickets_for_a_payment_being_refunded(
    status: RefundStatus,
) -> None:
    order = gives_back(an_order(), status)

    decision = decide(order, seen(a_paid_checkout()), NOW)

    assert (decision.action, decision.reason) == (REVIEW, Reason.REFUNDED)
    assert decision.explanation == "Paid, but a person gives the money back."


@pytest.mark.parametrize("answer", [seen(a_checkout()), seen(a_paid_checkout()), NothingToPay()])
def test_a_rejected_order_is_never_changed(answer: CheckoutResult) -> None:
    rejected = replace(closed(), status=OrderStatus.FAILED, rejected=True)

    decision = decide(rejected, answer, later(hours=3))

    assert decision == Decision(LEAVE, Reason.SETTLED, "A person rejected this order.")
