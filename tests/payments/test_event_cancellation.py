"""What a cancelled event makes of decisions: nothing is issued, and money is never left alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.builders import (
    NOW,
    a_checkout,
    a_line,
    a_paid_checkout,
    a_record,
    an_order,
    later,
)
from ticketing.errors import NotDecidable, PaymentProviderUnavailable
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
)
from ticketing.payments.decision import Action, Decision
from ticketing.payments.event_cancellation import closing, without_event

FREE = an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=())
RETIRED = CheckoutSeen(a_record(), a_checkout(status="EXPIRED"), Deactivation.DONE)
PAID = CheckoutSeen(a_record(), a_paid_checkout())
UNDER_WAY = CheckoutSeen(a_record(), a_checkout(), Deactivation.UNDER_WAY)


@pytest.mark.parametrize(
    ("order", "action"),
    [(an_order(), Action.REVIEW), (FREE, Action.CLOSE)],
    ids=["paid", "free"],
)
def test_no_tickets_are_issued(order: Order, action: Action) -> None:
    decided = without_event(order, Decision(Action.ISSUE, Reason.PAID, "Payment verified."))

    assert (decided.action, decided.reason) == (action, Reason.EVENT_CANCELLED)


@pytest.mark.parametrize("action", [a for a in Action if a is not Action.ISSUE])
def test_every_other_decision_stays(action: Action) -> None:
    decision = Decision(action, Reason.AWAITING_PAYMENT, "Not paid yet.")

    assert without_event(an_order(), decision) == decision


@pytest.mark.parametrize(
    ("order", "answers"),
    [
        (an_order(), [RETIRED]),
        (FREE, []),
        (an_order(created_at=later(hours=-1)), [CheckoutMissing()]),
    ],
    ids=["taken out of use", "free", "never had a checkout"],
)
def test_what_cannot_be_paid_any_more_is_closed(
    order: Order, answers: list[CheckoutResult]
) -> None:
    decision = closing(order, answers, NOW, "a storm")

    assert decision is not None
    assert (decision.action, decision.closes_as) == (Action.CLOSE, OrderStatus.FAILED)
    assert (decision.reason, decision.note) == (Reason.EVENT_CANCELLED, "a storm")


def test_what_is_paid_is_not_closed() -> None:
    assert closing(an_order(), [RETIRED, PAID], NOW, "a storm") is None


@pytest.mark.parametrize(
    "answer",
    [
        UNDER_WAY,
        replace(RETIRED, checkout=a_checkout(), deactivation=None),
        PaymentProviderUnavailable("no answer"),
        CheckoutMissing(),
    ],
    ids=["being paid", "payable", "unanswered", "perhaps on its way"],
)
def test_what_may_be_paid_is_left_for_the_next_run(answer: CheckoutResult) -> None:
    with pytest.raises(NotDecidable):
        closing(an_order(), [answer], NOW, "a storm")
