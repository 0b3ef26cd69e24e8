"""What a series of looks comes to: each waits by itself, and all together they end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, cycle, islice

import pytest

from tests.support.builders import a_paid_checkout, a_record, a_transaction, an_order, later
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    TransactionNotFound,
    UnreadableAnswer,
)
from ticketing.orders.order import Order, OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import CheckoutMissing, CheckoutResult, CheckoutSeen
from ticketing.payments.decision import Action, Decision
from ticketing.payments.decision_table import decide
from ticketing.payments.payment import Transaction

ISSUE, WAIT, CLOSE, REVIEW = Action.ISSUE, Action.WAIT, Action.CLOSE, Action.REVIEW
DEADLINE = later(hours=2)
DOWN = PaymentProviderUnavailable("no answer in time")
REFUSED = AccessRefused("401")
NONE, OTHERS = CheckoutMissing(), CheckoutMissing(listed=True)
MOST_LOOKS = 3000

NEVER_OPENED = an_order(checkout_ids=())
"""SumUp was down when the buyer pressed pay."""
LOST = an_order()
"""The row of its checkout is gone."""


@dataclass(frozen=True)
class Series:
    """SumUp's answers: first some, then others again and again."""

    then: tuple[CheckoutResult, ...]
    first: tuple[CheckoutResult, ...] = ()

    def until_it_ends(self, order: Order, now: datetime) -> tuple[Decision, datetime]:
        """Look when the decisions say; return the one that does not wait, and when it is."""
        for answer in islice(chain(self.first, cycle(self.then)), MOST_LOOKS):
            decision = decide(order, answer, now)
            if decision.action is not WAIT or decision.next_check_at is None:
                break
            order, now = replace(order, trouble=decision.trouble), decision.next_check_at
        return decision, now


def outage(minutes: int) -> tuple[CheckoutResult, ...]:
    """Return the answers of an outage: looks are every four minutes at first, then every 14."""
    return (DOWN,) * (3 + (minutes - 12) // 14 + 1)


MISSING: dict[str, tuple[Order, Series, Action, datetime, datetime]] = {
    "never opened: closes soon after the deadline": (
        NEVER_OPENED, Series((NONE,)), CLOSE, DEADLINE + timedelta(minutes=10), later(minutes=135),
    ),
    "never opened, an outage of half an hour": (
        NEVER_OPENED, Series((NONE,), first=outage(30)), CLOSE,
        DEADLINE + timedelta(minutes=10), later(minutes=135),
    ),
    "never opened, an outage over the deadline": (
        NEVER_OPENED, Series((NONE,), first=outage(180)), CLOSE,
        later(minutes=190), later(hours=8),
    ),
    "never opened, answers alternate with failures": (
        NEVER_OPENED, Series((NONE, DOWN)), CLOSE, later(hours=8), later(hours=9),
    ),
    "never opened, answers alternate with refusals": (
        NEVER_OPENED, Series((NONE, REFUSED, DOWN)), CLOSE, later(hours=8), later(hours=9),
    ),
    "its record is lost": (
        LOST, Series((NONE,)), REVIEW, later(minutes=10), later(minutes=13),
    ),
    "its record is lost, an outage of half an hour": (
        LOST, Series((NONE,), first=outage(30)), REVIEW, later(minutes=40), later(hours=1),
    ),
    "its record is lost, answers alternate with failures": (
        LOST, Series((NONE, DOWN)), REVIEW, later(hours=8), later(hours=9),
    ),
    "SumUp has another checkout under its reference": (
        NEVER_OPENED, Series((OTHERS,)), REVIEW, later(minutes=10), later(minutes=13),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("order", "series", "action", "earliest", "latest"), MISSING.values(), ids=MISSING
)
def test_an_order_without_a_checkout_ends_once_sumup_has_said_so_for_long_enough(
    order: Order,
    series: Series,
    action: Action,
    earliest: datetime,
    latest: datetime,
) -> None:
    decision, ended_at = series.until_it_ends(order, later(seconds=50))

    assert decision.action is action
    assert earliest <= ended_at <= latest


@pytest.mark.parametrize("order", [NEVER_OPENED, LOST], ids=["never opened", "record lost"])
@pytest.mark.parametrize("error", [DOWN, REFUSED, UnreadableAnswer("a web page")], ids=str)
def test_an_outage_ends_no_order_however_long_it_lasts(
    order: Order, error: PaymentProviderError
) -> None:
    decision, ended_at = Series((error,)).until_it_ends(order, later(minutes=1))

    assert decision.action is WAIT
    assert ended_at > later(days=30)


def test_an_outage_of_half_an_hour_sends_no_order_to_review() -> None:
    """The first answer after it is not the last word."""
    order = replace(NEVER_OPENED, trouble=Trouble(Reason.UNREADABLE, later(minutes=1), 5))

    assert decide(order, NONE, later(minutes=31)).action is WAIT
    assert decide(replace(LOST, trouble=order.trouble), NONE, later(minutes=31)).action is WAIT


EDGES = {
    "before the grace is over": (DEADLINE + timedelta(minutes=10, seconds=-1), WAIT, WAIT),
    "when it is over": (DEADLINE + timedelta(minutes=10), CLOSE, REVIEW),
}


@pytest.mark.parametrize(("now", "closes", "reviews"), EDGES.values(), ids=EDGES)
def test_answers_in_a_row_have_to_span_ten_minutes(
    now: datetime, closes: Action, reviews: Action
) -> None:
    trouble = Trouble(Reason.MISSING_CHECKOUT, DEADLINE, 3)

    assert decide(replace(NEVER_OPENED, trouble=trouble), NONE, now).action is closes
    assert decide(replace(LOST, trouble=trouble), NONE, now).action is reviews


LAST_WORD = {
    "before": (DEADLINE + timedelta(hours=6, seconds=-1), WAIT, WAIT),
    "at it": (DEADLINE + timedelta(hours=6), CLOSE, REVIEW),
}


@pytest.mark.parametrize(("now", "closes", "reviews"), LAST_WORD.values(), ids=LAST_WORD)
def test_six_hours_after_the_deadline_one_answer_is_enough(
    now: datetime, closes: Action, reviews: Action
) -> None:
    assert decide(NEVER_OPENED, NONE, now).action is closes
    assert decide(LOST, NONE, now).action is reviews


def test_waiting_for_a_missing_checkout_is_no_alert_of_its_own() -> None:
    """A buyer's page may ask for a look every ten seconds."""
    often = replace(LOST, trouble=Trouble(Reason.MISSING_CHECKOUT, later(minutes=-9), 40))

    decision = decide(often, NONE, later(minutes=0))

    assert (decision.action, decision.alert_due) == (WAIT, False)
    assert decision.trouble == Trouble(Reason.MISSING_CHECKOUT, later(minutes=-9), 41)


def test_an_order_that_was_never_opened_says_so() -> None:
    waits = decide(NEVER_OPENED, NONE, DEADLINE - timedelta(seconds=1))
    asks = decide(NEVER_OPENED, NONE, DEADLINE)
    trouble = Trouble(Reason.MISSING_CHECKOUT, DEADLINE, 3)
    closes = decide(replace(NEVER_OPENED, trouble=trouble), NONE, later(minutes=130))

    assert (waits.reason, waits.trouble) == (Reason.AWAITING_PAYMENT, None)
    assert waits.explanation == "It has no checkout to pay yet."
    assert asks.reason is Reason.MISSING_CHECKOUT
    assert (closes.reason, closes.closes_as) == (Reason.EXPIRED, OrderStatus.EXPIRED)
    assert closes.explanation == "Nobody paid in time, and SumUp has no checkout for it."


# ---- paid late, and the transaction itself does not help

EXPIRED = an_order(status=OrderStatus.EXPIRED, holds_seats=False, settled_at=later(minutes=132))
PENDING = an_order()
LATE = {"closed": EXPIRED, "still open after its deadline": PENDING}


def paid_late(transaction: Transaction | PaymentProviderError) -> CheckoutSeen:
    return CheckoutSeen(a_record(), a_paid_checkout(), transaction=transaction)


UNREAD = {
    "no answer": DOWN,
    "nonsense": UnreadableAnswer("half a body"),
    "not found": TransactionNotFound("404"),
    "refused": REFUSED,
    "forbidden": AccessForbidden("403"),
    "an id that could not be one": PaymentProviderError("'txn~1' could not be an id"),
}


@pytest.mark.parametrize("order", LATE.values(), ids=LATE)
@pytest.mark.parametrize("error", UNREAD.values(), ids=UNREAD)
def test_a_late_payment_waits_while_its_transaction_cannot_be_read(
    order: Order, error: PaymentProviderError
) -> None:
    decision = decide(order, paid_late(error), later(hours=3))

    assert (decision.action, decision.reason) == (WAIT, Reason.UNREADABLE)
    assert decision.explanation == (
        f"Paid late; whether it was refunded since cannot be read: {error}."
    )


def test_a_late_look_honours_the_wait_that_sumup_asks_for() -> None:
    asked = PaymentProviderUnavailable("429", retry_after=280.0)

    decision = decide(PENDING, paid_late(asked), later(hours=3))

    assert decision.next_check_at == later(hours=3, seconds=280)


STATUSES = {
    "SUCCESSFUL": (ISSUE, None),
    "PAID_OUT": (ISSUE, None),
    "PENDING": (REVIEW, Reason.NOT_CONFIRMED),
    "FAILED": (REVIEW, Reason.NOT_CONFIRMED),
    "CANCELLED": (REVIEW, Reason.NOT_CONFIRMED),
    "CANCEL_FAILED": (REVIEW, Reason.NOT_CONFIRMED),
    "REFUND_FAILED": (REVIEW, Reason.NOT_CONFIRMED),
    "ON_HOLD": (WAIT, Reason.UNKNOWN_STATUS),
    "UNKNOWN": (WAIT, Reason.UNKNOWN_STATUS),
}


@pytest.mark.parametrize("order", LATE.values(), ids=LATE)
@pytest.mark.parametrize(("status", "expected"), STATUSES.items(), ids=STATUSES)
def test_a_late_payment_is_judged_by_the_status_of_its_transaction(
    order: Order, status: str, expected: tuple[Action, Reason | None]
) -> None:
    decision = decide(order, paid_late(a_transaction(status=status)), later(hours=3))

    paid = Reason.PAID if order is PENDING else Reason.PAID_LATE
    assert (decision.action, decision.reason) == (expected[0], expected[1] or paid)
    if decision.action is REVIEW:
        text = f"SumUp says PAID, but calls its transaction {status}."
        assert decision.explanation == text


def test_a_refund_counts_before_the_status() -> None:
    back = a_transaction(status="REFUNDED", refunded=True)

    assert decide(EXPIRED, paid_late(back), later(hours=3)).reason is Reason.REFUNDED


@pytest.mark.parametrize("order", LATE.values(), ids=LATE)
@pytest.mark.parametrize(
    "transaction", [DOWN, a_transaction(status="ON_HOLD")], ids=["not read", "unknown status"]
)
def test_after_a_week_the_first_such_look_comes_to_a_person(
    order: Order, transaction: Transaction | PaymentProviderError
) -> None:
    week = (order.settled_at or DEADLINE) + timedelta(days=7)
    before, at_it = (
        decide(order, paid_late(transaction), now) for now in (week - timedelta(seconds=1), week)
    )

    assert (before.action, at_it.action) == (WAIT, REVIEW)
    assert at_it.explanation == before.explanation
    assert at_it.explanation


ON_HOLD = paid_late(a_transaction(status="ON_HOLD"))
ENDS: dict[str, tuple[Series, Reason, timedelta, timedelta]] = {
    "never read": (
        Series((paid_late(DOWN),)), Reason.LATE_NOT_HONOURED,
        timedelta(hours=6), timedelta(hours=7),
    ),
    "not read for other reasons each time": (
        Series((paid_late(DOWN), paid_late(REFUSED))), Reason.LATE_NOT_HONOURED,
        timedelta(hours=6), timedelta(hours=7),
    ),
    "refused in between": (
        Series((paid_late(DOWN), REFUSED)), Reason.LATE_NOT_HONOURED,
        timedelta(days=7), timedelta(days=9),
    ),
    "an unknown status": (
        Series((ON_HOLD,)), Reason.UNKNOWN_STATUS, timedelta(hours=1), timedelta(hours=2),
    ),
    "an unknown status, not read in between": (
        Series((ON_HOLD, DOWN)), Reason.UNKNOWN_STATUS, timedelta(days=7), timedelta(days=9),
    ),
}  # fmt: skip


@pytest.mark.parametrize("order", LATE.values(), ids=LATE)
@pytest.mark.parametrize(("series", "reason", "shortest", "longest"), ENDS.values(), ids=ENDS)
def test_a_late_payment_comes_to_a_person_in_the_end(
    order: Order,
    series: Series,
    reason: Reason,
    shortest: timedelta,
    longest: timedelta,
) -> None:
    decision, ended_at = series.until_it_ends(order, DEADLINE)

    assert (decision.action, decision.reason) == (REVIEW, reason)
    assert shortest <= ended_at - DEADLINE <= longest
