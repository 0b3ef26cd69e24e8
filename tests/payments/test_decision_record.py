"""What the order and its audit trail record of a decision."""

from decimal import Decimal

from tests.support.builders import a_paid_checkout, a_transaction, later
from ticketing.orders.order import OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.orders.transitions import Finding
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import FAILED

TROUBLE = Trouble("unreadable", later(hours=1), 2)


def test_the_trail_shows_the_answer_of_sumup_in_one_line() -> None:
    paid = a_paid_checkout(
        transactions=(a_transaction(id="t-1", status=FAILED), a_transaction(id="t-2"))
    )

    assert Decision(Action.ISSUE, Reason.PAID, "Paid.", checkout=paid).seen == (
        f"{paid.id} PAID 45.00 GBP [t-1 FAILED 45.00, t-2 SUCCESSFUL 45.00]"
    )


def test_of_many_attempts_to_pay_the_trail_shows_ten_the_successful_first() -> None:
    failed = [a_transaction(id=f"t-{n}", status=FAILED) for n in range(10)]
    ten = a_paid_checkout(transactions=(*failed[:9], a_transaction(id="t-9")))
    many = a_paid_checkout(transactions=(*failed, *failed, a_transaction(id="t-paid")))

    shown = [Decision(Action.ISSUE, Reason.PAID, "Paid.", checkout=c).seen for c in (ten, many)]

    assert shown[0].endswith("t-8 FAILED 45.00, t-9 SUCCESSFUL 45.00]")
    assert shown[1].startswith(f"{many.id} PAID 45.00 GBP [t-paid SUCCESSFUL 45.00, t-0 FAILED")
    assert shown[1].endswith("t-8 FAILED 45.00, and 11 more]")


def test_the_trail_shows_a_payment_that_has_no_checkout() -> None:
    decision = Decision(Action.ISSUE, Reason.PAID, "Paid.", payment=a_transaction(id="t-9"))

    assert decision.seen == "t-9 SUCCESSFUL 45.00 GBP"


def test_without_an_answer_the_trail_shows_none() -> None:
    assert Decision(Action.WAIT, Reason.UNREADABLE, "Could not ask.").seen == ""


def test_the_order_records_the_payment_that_was_found() -> None:
    paid, payment = a_paid_checkout(), a_transaction(id="t-9", amount=Decimal("45.00"))
    decision = Decision(
        Action.CLOSE,
        Reason.REJECTED,
        "Rejected by a person.",
        next_check_at=later(hours=3),
        trouble=TROUBLE,
        closes_as=OrderStatus.FAILED,
        checkout=paid,
        payment=payment,
        note="paid in cash",
        attempt_seen=True,
    )

    assert decision.finding == Finding(
        reason=Reason.REJECTED,
        explanation="Rejected by a person.",
        next_check_at=later(hours=3),
        trouble=TROUBLE,
        seen=decision.seen,
        note="paid in cash",
        payment_status="PAID",
        checkout_id=paid.id,
        transaction_id="t-9",
        closes_as=OrderStatus.FAILED,
        attempt_seen=True,
    )


def test_without_an_answer_the_order_records_no_payment() -> None:
    found = Decision(Action.WAIT, Reason.UNREADABLE, "Could not ask.").finding

    assert found == Finding(Reason.UNREADABLE, "Could not ask.")
