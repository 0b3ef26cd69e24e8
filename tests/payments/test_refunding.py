"""Which payment is refunded, whether SumUp is asked, and what its answers mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
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
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    NotDecidable,
    NoTurn,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    RequestBlocked,
    TransactionNotFound,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.orders.refund import (
    Cause,
    Consequence,
    PartRefund,
    Refund,
    RefundStatus,
    is_seen_of_a_refund,
)
from ticketing.payments import captures, refunding
from ticketing.payments.captures import Capture
from ticketing.payments.checkout_result import CheckoutMissing, CheckoutResult, CheckoutSeen
from ticketing.payments.payment import Returned, Transaction
from ticketing.payments.refunding import Step

COMPLETED = {"status": OrderStatus.COMPLETED, "paid_checkout_id": CHECKOUT_ID}
BOUGHT = an_order(**COMPLETED, transaction_id="txn-1")
REVIEWED = an_order(status=OrderStatus.REVIEW)
MONEY = Money(Decimal("45.00"), "GBP")
ASKED_AT = NOW
ASKED = Refund("txn-1", RefundStatus.ASKED, MONEY, ASKED_AT, "a1")
SILENCE = PaymentProviderUnavailable("no answer in time")
ALL, PART = Returned(refunded=Decimal(45)), Returned(refunded=Decimal("20.10"))
ONE = Capture("txn-1", Decimal(45), "GBP", CHECKOUT_ID, bought_tickets=True)
TWO = Capture("txn-2", Decimal(45), "GBP", "second")


def back(returned: Returned = ALL, **changes: Any) -> Transaction:  # noqa: ANN401  # of any field
    """Return the payment with what was refunded of it."""
    return a_transaction(refunded=True, returned=returned, **changes)


def seen(**changes: Any) -> CheckoutSeen:  # noqa: ANN401  # of any field
    paid = a_paid_checkout(**changes)
    return CheckoutSeen(a_record(checkout_id=paid.id), paid)


def knowing(order: Order, *refunds: Refund) -> Order:
    return replace(order, refunds=refunds)


# ------------------------------------------------------------------- whose money there is


IN_TIME = (
    "^order ORD-ABC123: it is pending_verification: have it checked with `poll ORD-ABC123`, "
    "or unpaid, `cancel ORD-ABC123 --reason WHY`$"
)


@pytest.mark.parametrize("status", OrderStatus)
def test_a_payment_can_be_refunded_once_its_order_is_no_longer_open(status: OrderStatus) -> None:
    order = an_order(status=status)

    if status is OrderStatus.PENDING:
        with pytest.raises(NotDecidable, match=IN_TIME):
            refunding.refuse_unless_settled(order)
    else:
        refunding.refuse_unless_settled(order)


def test_cash_is_handed_back_and_not_by_sumup() -> None:
    with pytest.raises(NotDecidable) as refused:
        refunding.refuse_unless_settled(replace(BOUGHT, origin=Origin.CASH))

    assert refused.value.order_number == "ORD-ABC123"
    assert refused.value.problem == (
        "it was paid in cash: hand the cash back, and `void ORD-ABC123 --reason WHY`"
    )


def test_a_free_order_cannot_be_refunded() -> None:
    free = an_order(status=OrderStatus.COMPLETED, lines=(a_line(unit_price=Decimal(0)),))

    with pytest.raises(NotDecidable, match="ORD-ABC123: it is free"):
        refunding.refuse_unless_settled(free)


SECOND_ATTEMPT = a_transaction(id="txn-2", amount=Decimal("1.00"), currency="EUR")
FAILED_ATTEMPT = a_transaction(id="txn-0", status="FAILED")
WHOSE: dict[str, tuple[Order, list[CheckoutResult], list[Capture]]] = {
    "one payment": (BOUGHT, [seen()], [ONE]),
    "one that SumUp calls refunded": (
        BOUGHT, [seen(transactions=(a_transaction(status="REFUNDED"),))], [ONE],
    ),
    "one whose checkout was deleted": (BOUGHT, [CheckoutNotFound("404")], [ONE]),
    "one whose checkout is missing": (BOUGHT, [CheckoutMissing()], [ONE]),
    "two attempts": (
        BOUGHT,
        [seen(transactions=(FAILED_ATTEMPT, SECOND_ATTEMPT, a_transaction()))],
        [ONE, Capture("txn-2", Decimal(1), "EUR", CHECKOUT_ID)],
    ),
    "two checkouts": (
        BOUGHT,
        [seen(id="second", transactions=(a_transaction(id="txn-2"),)), seen()],
        [ONE, TWO],
    ),
    "one without an id": (REVIEWED, [seen(transactions=(a_transaction(id=None),))], []),
    "none": (REVIEWED, [CheckoutSeen(a_record(), a_checkout())], []),
    "under review": (REVIEWED, [seen()], [replace(ONE, bought_tickets=False)]),
    "an id left over from before": (
        an_order(status=OrderStatus.FAILED, transaction_id="txn-1"), [], [],
    ),
    "an accepted one without an id": (an_order(**COMPLETED), [seen()], [ONE]),
    "another checkout's without an id": (
        an_order(**COMPLETED | {"paid_checkout_id": "second"}),
        [seen()],
        [replace(ONE, bought_tickets=False)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("order", "answers", "money"), WHOSE.values(), ids=WHOSE)
def test_the_payments_of_an_order_are_those_of_its_own_checkouts(
    order: Order, answers: Sequence[CheckoutResult], money: list[Capture]
) -> None:
    assert list(captures.money_of(order, answers)) == money


UNREADABLE: dict[str, tuple[CheckoutResult, str]] = {
    "no answer": (SILENCE, r"SumUp could not be asked \(no answer in time\)"),
    "no connection": (UnknownOrganiser("jersey-live"), "SumUp could not be asked"),
    "another checkout": (
        CheckoutSeen(a_record(checkout_id="x"), a_paid_checkout()),
        "SumUp answers about another checkout$",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_checkout_may_have_further_payments(
    answer: CheckoutResult, words: str
) -> None:
    with pytest.raises(NotDecidable, match=f"ORD-ABC123: {words}"):
        captures.money_of(BOUGHT, [seen(), answer])


BACK_ONE, BACK_TWO = (
    Refund(i, RefundStatus.REFUNDED, MONEY, settled_at=NOW) for i in ("txn-1", "txn-2")
)
CHOSEN: list[tuple[tuple[Refund, ...], list[Capture], str | None, Capture]] = [
    ((), [ONE], None, ONE),
    ((), [ONE], "txn-1", ONE),
    ((), [ONE, TWO], "txn-1", ONE),
    ((), [ONE, TWO], "txn-2", TWO),
    ((BACK_ONE,), [ONE, TWO], None, TWO),
    ((BACK_TWO,), [ONE, TWO], None, ONE),
    ((BACK_ONE, BACK_TWO), [ONE, TWO], None, ONE),
    ((BACK_ONE,), [ONE, TWO], "txn-1", ONE),
    ((BACK_ONE,), [ONE], None, ONE),
]


@pytest.mark.parametrize(("refunds", "money", "wanted", "chosen"), CHOSEN)
def test_the_payment_to_refund_is_chosen(
    refunds: tuple[Refund, ...], money: list[Capture], wanted: str | None, chosen: Capture
) -> None:
    assert captures.choose(knowing(BOUGHT, *refunds), money, wanted) == chosen


def a_part(amount: str, transaction_id: str = "txn-1", **changes: Any) -> PartRefund:  # noqa: ANN401  # of any field
    money = Money(Decimal(amount), "GBP")
    made = PartRefund(transaction_id, RefundStatus.REFUNDED, money, NOW, settled_at=NOW)
    return replace(made, **changes)


THIRD = a_part("15.00")
BY_PARTS: dict[str, tuple[tuple[PartRefund, ...], Capture, bool]] = {
    "none": ((), ONE, False),
    "none of nothing": ((), replace(ONE, amount=Decimal(0)), False),
    "some": ((THIRD, THIRD), ONE, False),
    "all but a penny": ((a_part("44.99"),), ONE, False),
    "all": ((THIRD, THIRD, THIRD), ONE, True),
    "more than all": ((a_part("45.01"),), ONE, True),
    "all, but for one that is unclear": (
        (THIRD, THIRD, replace(THIRD, status=RefundStatus.UNKNOWN)), ONE, False,
    ),
    "of the other payment": ((a_part("45.00", "txn-2"),), ONE, False),
    "of a cent that was paid": ((a_part("0.01"),), replace(ONE, amount=Decimal("0.01")), True),
    "of an unknown amount": ((a_part("45.00"),), replace(ONE, amount=None), False),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "capture", "is_back"), BY_PARTS.values(), ids=BY_PARTS)
def test_a_payment_is_back_when_its_parts_are(
    parts: tuple[PartRefund, ...], capture: Capture, *, is_back: bool
) -> None:
    assert replace(BOUGHT, parts=parts).is_back(capture.transaction_id, capture.amount) is is_back


@pytest.mark.parametrize(
    ("refund", "is_back"),
    [(BACK_ONE, True), (BACK_TWO, False), (ASKED, False)],
)
def test_a_payment_is_back_when_its_refund_is(refund: Refund, *, is_back: bool) -> None:
    assert knowing(BOUGHT, refund).is_back("txn-1", Decimal(45)) is is_back
    assert knowing(BOUGHT, refund).is_back("txn-1", None) is is_back


LISTED = "txn-1 £45.00, which bought the tickets; txn-2 £45.00"
NOT_PLAIN: list[tuple[tuple[Refund, ...], list[Capture], str | None, str]] = [
    ((), [ONE, TWO], None, f"name one with --transaction: {LISTED}"),
    ((ASKED,), [ONE, TWO], None, f"name one with --transaction: {LISTED}"),
    ((), [ONE, TWO], "txn-3", f"no checkout of it took money by transaction txn-3: {LISTED}"),
    ((), [], "txn-3", "no checkout of it took money by transaction txn-3"),
    ((), [], None, "SumUp shows no payment of it that has a transaction"),
]


@pytest.mark.parametrize(("refunds", "money", "wanted", "words"), NOT_PLAIN)
def test_an_ambiguous_choice_of_payment_is_refused(
    refunds: tuple[Refund, ...], money: list[Capture], wanted: str | None, words: str
) -> None:
    with pytest.raises(NotDecidable) as refused:
        captures.choose(knowing(BOUGHT, *refunds), money, wanted)

    assert str(refused.value) == f"order ORD-ABC123: {words}"


# ---------------------------------------------------------------------- what comes next

IN_HAND, AN_HOUR = refunding.IN_HAND, refunding.ASK_AGAIN_AFTER
SOON = timedelta(seconds=1)
UNKNOWN = replace(ASKED, status=RefundStatus.UNKNOWN, problem="no answer in time")
REFUSED = replace(ASKED, status=RefundStatus.REFUSED)

STEPS: list[tuple[Refund | None, Transaction, timedelta, bool, Step]] = [
    (None, a_transaction(), SOON, False, Step.ASK),
    (None, a_transaction(), SOON, True, Step.ASK),
    (None, back(PART), SOON, False, Step.ASK),
    (None, back(PART, status="REFUNDED"), SOON, False, Step.ASK),
    (None, back(), SOON, False, Step.SETTLE),
    (None, back(status="REFUNDED"), SOON, False, Step.SETTLE),
    (None, back(status="CHARGE_BACK"), SOON, False, Step.SETTLE),
    (REFUSED, a_transaction(), SOON, False, Step.ASK),
    (REFUSED, back(), SOON, False, Step.SETTLE),
    (ASKED, back(), SOON, False, Step.SETTLE),
    (UNKNOWN, back(), SOON, False, Step.SETTLE),
    (ASKED, a_transaction(), IN_HAND, False, Step.UNCLEAR),
    (ASKED, a_transaction(), AN_HOUR, True, Step.ASK),
    (UNKNOWN, a_transaction(), SOON, False, Step.UNCLEAR),
    (UNKNOWN, back(PART), SOON, False, Step.UNCLEAR),
    (UNKNOWN, a_transaction(), AN_HOUR * 9, False, Step.UNCLEAR),
    (UNKNOWN, a_transaction(), AN_HOUR, True, Step.ASK),
    (BACK_ONE, a_transaction(), SOON, True, Step.NOTHING),
    (BACK_ONE, back(Returned(amount_unknown=True)), SOON, False, Step.NOTHING),
]


@pytest.mark.parametrize(("refund", "transaction", "after", "again", "step"), STEPS)
def test_every_status_of_a_refund_has_its_next_step(
    refund: Refund | None, transaction: Transaction, after: timedelta, step: Step, *, again: bool
) -> None:
    order = knowing(BOUGHT, *([refund] if refund else []))

    found = refunding.next_step(order, transaction, ASKED_AT + after, attempt="a2", again=again)

    assert found is step


def test_the_smallest_amount_can_be_refunded() -> None:
    penny = a_transaction(amount=Decimal("0.01"))

    assert refunding.next_step(BOUGHT, penny, NOW, attempt="a1", again=False) is Step.ASK


def test_the_run_that_holds_the_claim_sends_the_request() -> None:
    order = knowing(BOUGHT, ASKED)

    step = refunding.next_step(order, a_transaction(), ASKED_AT, attempt="a1", again=False)

    assert step is Step.ASK


BEING_ASKED = "SumUp has been asked since 12:00:00 UTC: try again in some minutes"
TOO_SOON = "SumUp was asked at 12:00 UTC, and may be again from 13:00 on"
UNTOLD = "SumUp says that money went back, and not how much: see its dashboard"
UNDER_WAY = "SumUp is giving money back and is not done: try again later"
NO_AMOUNT = "SumUp does not say how much was paid"
NOT_NOW: list[tuple[Refund | None, Transaction, timedelta, bool, str]] = [
    (ASKED, a_transaction(), IN_HAND - SOON, False, BEING_ASKED),
    (ASKED, a_transaction(), IN_HAND - SOON, True, BEING_ASKED),
    (ASKED, a_transaction(), IN_HAND, True, TOO_SOON),
    (UNKNOWN, a_transaction(), AN_HOUR - SOON, True, TOO_SOON),
    (None, back(Returned(amount_unknown=True)), SOON, False, UNTOLD),
    (UNKNOWN, back(Returned(amount_unknown=True)), AN_HOUR, True, UNTOLD),
    (None, back(Returned(under_way=True)), SOON, False, UNDER_WAY),
    (None, a_transaction(merchant_code="MC9"), SOON, False, "its money went to merchant MC9"),
    (None, back(merchant_code="MC9"), SOON, False, "its money went to merchant MC9"),
    (None, a_transaction(status="PENDING"), SOON, False,
     "SumUp calls its transaction PENDING: there is nothing to give back"),
    (None, a_transaction(amount=None), SOON, False, NO_AMOUNT),
    (None, a_transaction(amount=Decimal(0)), SOON, False, NO_AMOUNT),
    (None, a_transaction(amount=Decimal(-1)), SOON, False, NO_AMOUNT),
    (None, a_transaction(currency=None), SOON, False, NO_AMOUNT),
]  # fmt: skip


@pytest.mark.parametrize(("refund", "transaction", "after", "again", "words"), NOT_NOW)
def test_an_impossible_refund_is_refused_with_the_reason(
    refund: Refund | None, transaction: Transaction, after: timedelta, words: str, *, again: bool
) -> None:
    order = knowing(BOUGHT, *([refund] if refund else []))

    with pytest.raises(NotDecidable) as refused:
        refunding.next_step(order, transaction, ASKED_AT + after, attempt="a2", again=again)

    assert str(refused.value) == f"order ORD-ABC123: {words}"


def test_a_transaction_without_a_merchant_is_ours() -> None:
    unnamed = a_transaction(merchant_code=None)

    assert refunding.next_step(BOUGHT, unnamed, NOW, attempt="a", again=False) is Step.ASK


def test_only_the_remainder_is_requested() -> None:
    assert refunding.rest(a_transaction()) is None
    assert refunding.rest(back(PART)) == Decimal("24.90")
    assert refunding.rest(back(Returned(Decimal(5), Decimal("0.10")))) == Decimal("39.90")
    assert refunding.rest(back()) is None


# ------------------------------------------------------------------------ what is noted


def test_a_claim_records_amount_run_and_time() -> None:
    asked = refunding.asked(BOUGHT, a_transaction(amount=Decimal(45)), "a1", NOW)

    assert asked == Refund("txn-1", RefundStatus.ASKED, MONEY, NOW, "a1")
    assert str(asked.amount) == "£45.00"


def test_an_invalid_amount_is_not_requested() -> None:
    nonsense: dict[str, Any]
    for nonsense in ({"amount": Decimal("45.001")}, {"currency": "pounds"}):
        with pytest.raises(NotDecidable, match="ORD-ABC123: SumUp's answer makes no sense"):
            refunding.asked(BOUGHT, a_transaction(**nonsense), "a1", NOW)
        with pytest.raises(NotDecidable, match="ORD-ABC123: SumUp's answer makes no sense"):
            refunding.settled(BOUGHT, back(**nonsense), NOW)
    for changes in ({"amount": None}, {"currency": None}):
        with pytest.raises(NotDecidable, match=f"ORD-ABC123: {NO_AMOUNT}"):
            refunding.asked(BOUGHT, a_transaction(**changes), "a1", NOW)


SETTLED: list[tuple[tuple[Refund, ...], Returned, Refund]] = [
    ((), ALL, Refund("txn-1", RefundStatus.REFUNDED, MONEY, settled_at=NOW)),
    ((ASKED,), ALL, replace(ASKED, status=RefundStatus.REFUNDED, settled_at=NOW)),
    (
        (UNKNOWN,), ALL,
        replace(ASKED, status=RefundStatus.REFUNDED, settled_at=NOW, problem=""),
    ),
    (
        (), Returned(Decimal(5), Decimal(40)),
        Refund("txn-1", RefundStatus.CHARGED_BACK, MONEY, settled_at=NOW),
    ),
    ((replace(BACK_ONE, settled_at=later(days=-1)),), ALL,
     replace(BACK_ONE, settled_at=later(days=-1))),
]  # fmt: skip


@pytest.mark.parametrize(("known", "returned", "settled"), SETTLED)
def test_a_completed_refund_keeps_what_was_already_recorded(
    known: tuple[Refund, ...], returned: Returned, settled: Refund
) -> None:
    assert refunding.settled(knowing(BOUGHT, *known), back(returned), NOW) == settled


CAUSES: list[tuple[tuple[Refund, ...], Returned, Cause]] = [
    ((), ALL, Cause.ELSEWHERE),
    ((BACK_ONE,), ALL, Cause.ELSEWHERE),
    ((UNKNOWN,), ALL, Cause.ASKED),
    ((), Returned(charged_back=Decimal(45)), Cause.BANK),
    ((UNKNOWN,), Returned(charged_back=Decimal(45)), Cause.BANK),
]


@pytest.mark.parametrize(("known", "returned", "cause"), CAUSES)
def test_the_trail_says_who_made_the_refund(
    known: tuple[Refund, ...], returned: Returned, cause: Cause
) -> None:
    settled = refunding.settled(knowing(BOUGHT, *known), back(returned), NOW)

    assert settled.cause is cause


NOTHING_BACK, HALF = a_transaction(), back(PART)
HEARD: list[
    tuple[
        PaymentProviderError | None, Transaction | PaymentProviderError, RefundStatus, str
    ]
] = [
    (None, back(), RefundStatus.REFUNDED, ""),
    (SILENCE, back(), RefundStatus.REFUNDED, ""),
    (AccessRefused("401"), back(), RefundStatus.REFUNDED, ""),
    (None, NOTHING_BACK, RefundStatus.UNKNOWN, "SumUp said yes, and shows that nothing went back"),
    (None, HALF, RefundStatus.UNKNOWN, "SumUp said yes, and shows that £20.10 went back"),
    (None, SILENCE, RefundStatus.UNKNOWN,
     "SumUp said yes, and was not seen since (no answer in time)"),
    (SILENCE, NOTHING_BACK, RefundStatus.UNKNOWN, "no answer in time"),
    (SILENCE, SILENCE, RefundStatus.UNKNOWN, "no answer in time"),
    (AccessForbidden("403"), NOTHING_BACK, RefundStatus.REFUSED, "403"),
    (TransactionNotFound("404"), SILENCE, RefundStatus.REFUSED, "404"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "shown", "status", "problem"), HEARD)
def test_only_the_transaction_proves_a_refund(
    said: PaymentProviderError | None,
    shown: Transaction | PaymentProviderError,
    status: RefundStatus,
    problem: str,
) -> None:
    heard = refunding.after_response(knowing(BOUGHT, ASKED), ASKED, said, shown, later(minutes=1))

    settled_at = later(minutes=1) if status is RefundStatus.REFUNDED else None
    assert heard == replace(ASKED, status=status, problem=problem, settled_at=settled_at)


NOT_HEARD: list[tuple[Refund, Transaction, str]] = [
    (ASKED, NOTHING_BACK,
     "nobody saw what SumUp answered; SumUp shows that nothing went back"),
    (UNKNOWN, NOTHING_BACK, "no answer in time; SumUp shows that nothing went back"),
    (UNKNOWN, HALF, "no answer in time; SumUp shows that £20.10 went back"),
    (replace(UNKNOWN, problem="no answer; SumUp shows that nothing went back"), HALF,
     "no answer; SumUp shows that £20.10 went back"),
]  # fmt: skip


@pytest.mark.parametrize(("refund", "shown", "problem"), NOT_HEARD)
def test_a_refund_without_a_response_says_what_sumup_shows(
    refund: Refund, shown: Transaction, problem: str
) -> None:
    unclear = refunding.without_response(refund, shown)

    assert unclear == replace(refund, status=RefundStatus.UNKNOWN, problem=problem)
    assert refunding.without_response(unclear, shown) == unclear, "saying it again changes nothing"


UNCLEAR: list[tuple[PaymentProviderError, bool]] = [
    (SILENCE, True),
    (PaymentProviderUnavailable("500", status=500), True),
    (PaymentProviderUnavailable("408", status=408), True),
    (UnreadableAnswer("302", status=302), True),
    (PaymentProviderUnavailable("429", status=429), False),
    (RequestBlocked("403", status=403), False),
    (NoTurn("too many calls"), False),
    (PaymentProviderError("409", status=409), False),
    (TransactionNotFound("404", status=404), False),
    (AccessRefused("401", status=401), False),
    (AccessForbidden("403", status=403), False),
    (ReconnectNeeded("gone"), False),
]


@pytest.mark.parametrize(("said", "unclear"), UNCLEAR)
def test_only_some_errors_leave_the_outcome_unknown(
    said: PaymentProviderError, *, unclear: bool
) -> None:
    assert refunding.is_unclear(said) is unclear


def test_a_dry_run_assumes_success() -> None:
    yes = refunding.as_if_refunded(ASKED, later(minutes=1))

    assert yes == replace(ASKED, status=RefundStatus.REFUNDED, settled_at=later(minutes=1))


def test_a_request_may_be_repeated_after_an_hour() -> None:
    assert refunding.again_at(ASKED) == later(hours=1)
    assert refunding.again_at(BACK_ONE) is None


# -------------------------------------------------------------------------- what follows

VOID, REJECTED, NONE = Consequence.TICKETS_VOID, Consequence.REJECTED, Consequence.NONE
VOIDED = replace(BOUGHT, voided_at=NOW)
FOLLOWS: list[tuple[Order, Capture, list[Capture], Consequence]] = [
    (BOUGHT, ONE, [ONE], VOID),
    (BOUGHT, ONE, [ONE, TWO], VOID),
    (BOUGHT, TWO, [ONE, TWO], NONE),
    (VOIDED, ONE, [ONE], NONE),
    (VOIDED, TWO, [ONE, TWO], NONE),
    (REVIEWED, TWO, [TWO], REJECTED),
    (REVIEWED, TWO, [ONE, TWO], NONE),
    (knowing(REVIEWED, BACK_ONE), TWO, [ONE, TWO], REJECTED),
    (knowing(REVIEWED, ASKED), TWO, [ONE, TWO], NONE),
    (knowing(REVIEWED, BACK_TWO), TWO, [ONE, TWO], NONE),
    *(
        (an_order(status=status, rejected=rejected), TWO, [TWO], NONE)
        for status, rejected in product(
            (OrderStatus.FAILED, OrderStatus.EXPIRED, OrderStatus.PENDING), (True, False)
        )
    ),
]


@pytest.mark.parametrize(("order", "taken", "money", "follows"), FOLLOWS)
def test_a_completed_refund_has_its_consequence(
    order: Order, taken: Capture, money: list[Capture], follows: Consequence
) -> None:
    assert refunding.consequence(order, taken, money) is follows


def test_the_trail_distinguishes_refunds_from_other_changes() -> None:
    every = [replace(ASKED, status=status).seen for status in RefundStatus]

    assert all(is_seen_of_a_refund(seen) for seen in every)
    assert every[0] == "txn-1 unknown 45.00 GBP"
    for other in ("", "refunded", "chk-1 PAID 45 GBP [txn-1 SUCCESSFUL 45]", "a b refunded"):
        assert not is_seen_of_a_refund(other)


def test_the_delay_between_requests_is_longer_than_any_request() -> None:
    assert timedelta(minutes=2) < IN_HAND < AN_HOUR
    assert isinstance(refunding.again_at(ASKED), datetime)


# ------------------------------------------------------------------------ beside parts


PARTLY = PartRefund("txn-1", RefundStatus.UNKNOWN, Money(Decimal("15.00"), "GBP"), NOW, "a0")


@pytest.mark.parametrize("status", [RefundStatus.ASKED, RefundStatus.UNKNOWN])
def test_all_is_not_asked_for_while_a_part_is_open(status: RefundStatus) -> None:
    order = replace(BOUGHT, parts=(replace(PARTLY, status=status),))

    with pytest.raises(NotDecidable) as refused:
        refunding.next_step(order, back(PART), NOW, attempt="a1", again=True)

    assert refused.value.order_number == "ORD-ABC123"
    assert refused.value.problem == (
        "it is not known whether £15.00 of it went back: type that command again"
    )
    step = refunding.next_step(order, back(ALL), NOW, attempt="a1", again=False)
    assert step is Step.SETTLE, "nothing is left to ask for"


def test_what_is_left_of_a_payment_is_less_than_was_paid_by_the_parts_that_went_back() -> None:
    parts = (replace(PARTLY, status=RefundStatus.REFUNDED), replace(PARTLY, number=2))
    order = replace(BOUGHT, parts=parts)

    assert str(refunding.asked(order, back(PART), "a1", NOW).amount) == "£30.00"
    assert str(refunding.settled(order, back(ALL), NOW).amount) == "£30.00"
