"""One payment from both sides: findings, consequences, and how they explain the totals."""

# ruff: noqa: ANN401 - a change may be of any field

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import an_order
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Consequence, PartRefund, Refund, RefundStatus
from ticketing.reconciliation.compare import Reconciliation, reconcile
from ticketing.reconciliation.consequences import Policies, Policy, consequence, settled_refund
from ticketing.reconciliation.findings import Finding, Kind, Remedy
from ticketing.reconciliation.payment_pair import (
    BusinessDay,
    Column,
    GivenBack,
    LedgerPayment,
    PaymentPair,
    ProviderPayment,
)
from ticketing.reconciliation.statement import Movement, Payout
from ticketing.reconciliation.totals import add_up

START = datetime(2026, 6, 1, tzinfo=UTC)
END = START + timedelta(days=1)
BUSINESS_DAY = BusinessDay(START, END, END + timedelta(hours=3, minutes=40))
NOON = START + timedelta(hours=12)
BEFORE = START - timedelta(days=40)
PRICE = Money(Decimal("45.00"), "GBP")
LESS = Money(Decimal("40.00"), "GBP")
EUROS = Money(Decimal("45.00"), "EUR")
TX = "tx-1"
PENDING, COMPLETED, EXPIRED, REVIEW = (
    OrderStatus.PENDING,
    OrderStatus.COMPLETED,
    OrderStatus.EXPIRED,
    OrderStatus.REVIEW,
)


def ledger_payment(**changes: Any) -> LedgerPayment:
    return replace(
        LedgerPayment(TX, "ORD-ABC123", "chk-1", "MC0001", PRICE, NOON, "TAAA1"), **changes
    )


def provider_payment(*returned: GivenBack, **changes: Any) -> ProviderPayment:
    return replace(ProviderPayment(PRICE, NOON, "TAAA1", returned), **changes)


def refunded(amount: str = "45.00", at: datetime | None = NOON) -> GivenBack:
    return GivenBack(Movement.REFUND, Decimal(amount), at)


def charged(amount: str = "45.00", at: datetime | None = NOON) -> GivenBack:
    return GivenBack(Movement.CHARGE_BACK, Decimal(amount), at)


def paid(**changes: Any) -> Order:
    """Return the completed order that the payment bought."""
    done: dict[str, Any] = {"status": COMPLETED, "transaction_id": TX, "work": None}
    return an_order(**done | {"paid_checkout_id": an_order().checkout_ids[0]} | changes)


def refund(status: RefundStatus, **changes: Any) -> Refund:
    return replace(Refund(TX, status, PRICE), **changes)


def a_pair(**changes: Any) -> PaymentPair:
    both: dict[str, Any] = {
        "theirs": provider_payment(),
        "ours": ledger_payment(),
        "order_number": "ORD-ABC123",
    }
    return PaymentPair(TX, **both | changes)


def compared(
    *pairs: PaymentPair, policies: Policies | None = None, day: BusinessDay = BUSINESS_DAY
) -> Reconciliation:
    return reconcile(pairs, (), (), day, policies or Policies())


def unaccepted(order: Order | None, **changes: Any) -> PaymentPair:
    return a_pair(ours=None, order=order, **changes)


def of(order: Order, *returned: GivenBack, **changes: Any) -> PaymentPair:
    return a_pair(order=order, theirs=provider_payment(*returned, **changes))


ASKED_BY_US = refund(RefundStatus.REFUNDED, asked_at=NOON, settled_at=NOON)
PART_BY_US = PartRefund(TX, RefundStatus.REFUNDED, Money(Decimal("12.50"), "GBP"), NOON, "a1", NOON)
FOUND_TONIGHT = refund(RefundStatus.REFUNDED, settled_at=BUSINESS_DAY.now)
FOUND_BEFORE = refund(RefundStatus.REFUNDED, settled_at=START - timedelta(days=1))
ASKED_LONG_AGO = refund(RefundStatus.UNKNOWN, asked_at=NOON)
ASKED_JUST_NOW = refund(RefundStatus.ASKED, asked_at=BUSINESS_DAY.now - timedelta(minutes=5))
REFUSED = refund(RefundStatus.REFUSED, asked_at=NOON)

CASES: dict[str, tuple[PaymentPair, list[tuple[Kind, Remedy]]]] = {
    "both sides agree": (a_pair(), []),
    "the same number in another notation": (
        a_pair(theirs=provider_payment(amount=Money(Decimal(45), "GBP"))),
        [],
    ),
    "less than we accepted": (
        a_pair(theirs=provider_payment(amount=LESS)),
        [(Kind.AMOUNT_DIFFERS, Remedy.PERSON)],
    ),
    "another currency": (
        a_pair(theirs=provider_payment(amount=EUROS)),
        [(Kind.AMOUNT_DIFFERS, Remedy.PERSON)],
    ),
    "less, on another day": (a_pair(theirs=provider_payment(amount=LESS, at=BEFORE)), []),
    "accepted, and not at SumUp": (
        a_pair(theirs=None),
        [(Kind.ORDER_WITHOUT_MONEY, Remedy.PERSON)],
    ),
    "accepted minutes ago, and not listed yet": (
        a_pair(
            theirs=None, ours=ledger_payment(accepted_at=BUSINESS_DAY.now - timedelta(minutes=59))
        ),
        [],
    ),
    "paid for a pending order": (
        unaccepted(an_order()),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PUT_BACK)],
    ),
    "paid for a closed order": (
        unaccepted(an_order(status=EXPIRED)),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PUT_BACK)],
    ),
    "paid for an order on hold": (
        unaccepted(an_order(status=REVIEW)),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON)],
    ),
    "paid for a rejected order": (
        unaccepted(an_order(status=OrderStatus.FAILED, rejected=True)),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON)],
    ),
    "paid a second time, the same checkout": (
        unaccepted(paid(transaction_id="tx-0")),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON)],
    ),
    "paid a second time, another checkout": (
        unaccepted(paid(transaction_id="tx-0", checkout_ids=("chk-0", "chk-1"))),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PUT_BACK)],
    ),
    "paid for an unknown order": (
        unaccepted(None),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON)],
    ),
    "not accepted, and fully refunded": (
        unaccepted(an_order(status=EXPIRED), theirs=provider_payment(refunded())),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.NONE), (Kind.REFUNDED, Remedy.NOTED)],
    ),
    "not accepted, and its refund was requested": (
        unaccepted(paid(transaction_id="tx-0", refunds=(ASKED_LONG_AGO,))),
        [(Kind.MONEY_WITHOUT_ORDER, Remedy.NONE)],
    ),
    "refunded elsewhere": (of(paid(), refunded()), [(Kind.REFUNDED, Remedy.VOID)]),
    "refunded elsewhere, in two parts": (
        of(paid(), refunded("20.00"), refunded("25.00")),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "a part refunded": (
        of(paid(), refunded("12.50")),
        [(Kind.PARTLY_REFUNDED, Remedy.PERSON)],
    ),
    "a part refunded, the rest long ago": (
        of(paid(), refunded("20.00", BEFORE), refunded("25.00")),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "a part refunded on another day": (of(paid(), refunded("12.50", BEFORE)), []),
    "refunded, SumUp does not say when": (
        of(paid(), refunded(at=None)),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "charged back": (of(paid(), charged()), [(Kind.CHARGED_BACK, Remedy.VOID)]),
    "charged back, discovered weeks later": (
        of(paid(), charged(at=BEFORE), at=BEFORE),
        [(Kind.CHARGED_BACK, Remedy.VOID)],
    ),
    "a part refunded, then charged back": (
        of(paid(), refunded("5.00", BEFORE), charged("40.00")),
        [(Kind.CHARGED_BACK, Remedy.VOID)],
    ),
    "a part charged back": (
        of(paid(), charged("5.00")),
        [(Kind.CHARGED_BACK, Remedy.PERSON)],
    ),
    "a part refunded by us": (of(paid(parts=(PART_BY_US,)), refunded("12.50")), []),
    "a part refunded by us, in two steps": (
        of(paid(parts=(PART_BY_US,)), refunded("10.00"), refunded("2.50")),
        [],
    ),
    "more than our part refunded": (
        of(paid(parts=(PART_BY_US,)), refunded("12.50"), refunded("1.00")),
        [(Kind.PARTLY_REFUNDED, Remedy.PERSON)],
    ),
    "a part that is not settled": (
        of(paid(parts=(replace(PART_BY_US, status=RefundStatus.UNKNOWN),)), refunded("12.50")),
        [(Kind.PARTLY_REFUNDED, Remedy.PERSON)],
    ),
    "the rest refunded elsewhere after our part": (
        of(paid(parts=(PART_BY_US,)), refunded("12.50", BEFORE), refunded("32.50")),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "refunded by us": (of(paid(refunds=(ASKED_BY_US,), voided_at=NOON), refunded()), []),
    "found tonight already": (
        of(paid(refunds=(FOUND_TONIGHT,), voided_at=BUSINESS_DAY.now), refunded()),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "found tonight already, dated long ago": (
        of(
            paid(refunds=(FOUND_TONIGHT,), voided_at=BUSINESS_DAY.now),
            refunded(at=BEFORE),
            at=BEFORE,
        ),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "found on an earlier night": (
        of(paid(refunds=(FOUND_BEFORE,), voided_at=BEFORE), refunded(at=BEFORE), at=BEFORE),
        [],
    ),
    "requested long ago, and SumUp shows it": (
        of(paid(refunds=(ASKED_LONG_AGO,)), refunded()),
        [(Kind.REFUND_UNSETTLED, Remedy.VOID)],
    ),
    "requested just now, and SumUp shows it": (
        of(paid(refunds=(ASKED_JUST_NOW,)), refunded()),
        [],
    ),
    "refund declined, but refunded anyway": (
        of(paid(refunds=(REFUSED,)), refunded()),
        [(Kind.REFUNDED, Remedy.VOID)],
    ),
    "a second payment refunded": (
        unaccepted(paid(transaction_id="tx-0"), theirs=provider_payment(refunded(), at=BEFORE)),
        [(Kind.REFUNDED, Remedy.NOTED)],
    ),
    "a refund for an unknown order": (
        unaccepted(None, theirs=provider_payment(refunded(), at=BEFORE)),
        [(Kind.REFUNDED, Remedy.PERSON)],
    ),
    "less than accepted, and refunded": (
        a_pair(order=paid(), theirs=provider_payment(refunded("40.00"), amount=LESS)),
        [(Kind.AMOUNT_DIFFERS, Remedy.PERSON), (Kind.REFUNDED, Remedy.VOID)],
    ),
}


@pytest.mark.parametrize(("one", "found"), CASES.values(), ids=CASES)
def test_each_difference_of_one_payment_is_found(
    one: PaymentPair, found: list[tuple[Kind, Remedy]]
) -> None:
    result = compared(one)

    assert [(f.kind, f.remedy) for f in result.findings] == found
    assert unexplained(result) == {}


SAID: dict[str, tuple[PaymentPair, str]] = {
    "less than we accepted": (
        a_pair(theirs=provider_payment(amount=LESS)),
        "We accepted £45.00, SumUp shows £40.00.",
    ),
    "not at SumUp": (
        a_pair(theirs=None),
        "The order is completed, and SumUp shows no successful payment of it.",
    ),
    "a closed order": (
        unaccepted(an_order(status=EXPIRED)),
        "SumUp took money that the order (expired) has not accepted.",
    ),
    "no order": (unaccepted(None), "SumUp took money for an order that we do not know."),
    "fully refunded": (
        unaccepted(an_order(status=EXPIRED), theirs=provider_payment(refunded())),
        "SumUp took money that no order accepted, and all of it is back.",
    ),
    "its refund was requested": (
        unaccepted(paid(transaction_id="tx-0", refunds=(ASKED_LONG_AGO,))),
        "No order accepted it, and its refund is under way.",
    ),
    "a part": (
        of(paid(), refunded("12.50")),
        "Only a part went back, which its order does not note: the tickets stay valid.",
    ),
    "refunded": (
        of(paid(), refunded()),
        "It was refunded elsewhere. Its tickets open no door any more.",
    ),
    "charged back": (
        of(paid(), charged()),
        "The buyer's bank took the money back. Its tickets open no door any more.",
    ),
    "a second payment": (
        unaccepted(paid(transaction_id="tx-0"), theirs=provider_payment(refunded(), at=BEFORE)),
        "It was refunded elsewhere. No tickets are void for it.",
    ),
    "the money of nobody's": (
        unaccepted(None, theirs=provider_payment(charged(), at=BEFORE)),
        "The buyer's bank took the money back. We do not know its order.",
    ),
    "requested long ago": (
        of(paid(refunds=(ASKED_LONG_AGO,)), refunded()),
        "SumUp shows the refund that was asked for. Its tickets open no door any more.",
    ),
    "on its way to us": (
        unaccepted(an_order(), theirs=provider_payment(at=BUSINESS_DAY.now - timedelta(minutes=1))),
        "Paid within the last hour, and not checked yet.",
    ),
    "on its way to SumUp's list": (
        a_pair(
            theirs=None, ours=ledger_payment(accepted_at=BUSINESS_DAY.now - timedelta(minutes=1))
        ),
        "Accepted within the last hour, and SumUp does not list it yet.",
    ),
    "requested just now": (
        of(paid(refunds=(ASKED_JUST_NOW,)), refunded()),
        "SumUp shows the refund that was asked for. It was asked for within the last hour.",
    ),
}


@pytest.mark.parametrize(("one", "sentence"), SAID.values(), ids=SAID)
def test_a_finding_describes_the_difference(one: PaymentPair, sentence: str) -> None:
    result = compared(one, day=BusinessDay(START, BUSINESS_DAY.now, BUSINESS_DAY.now))

    found = (*result.findings, *result.in_flight)
    assert sentence in {each.sentence for each in found}
    for each in found:
        assert (each.transaction_id, each.order_number) == (TX, "ORD-ABC123")
        assert (each.code, each.at) == ("TAAA1", one.at)


def test_a_payment_that_sumup_does_not_list_has_no_refunds() -> None:
    pair = a_pair(theirs=None)

    assert [pair.returned_for(BUSINESS_DAY, column) for column in Column] == [0, 0, 0]


def test_the_transaction_code_is_taken_from_either_side() -> None:
    assert a_pair(theirs=provider_payment(code="TOTHER")).code == "TOTHER"
    assert a_pair(theirs=provider_payment(code=None)).code == "TAAA1"
    assert a_pair(theirs=None).code == "TAAA1"
    assert a_pair(theirs=provider_payment(code=None), ours=None).code is None
    assert PaymentPair(TX).at is None


def test_a_day_includes_its_start_and_excludes_its_end() -> None:
    moment = timedelta(microseconds=1)

    assert [BUSINESS_DAY.holds(at) for at in (START - moment, START, END - moment, END)] == [
        False, True, True, False,
    ]  # fmt: skip
    hour = BUSINESS_DAY.now - timedelta(hours=1)
    assert [BUSINESS_DAY.is_fresh(at) for at in (hour, hour + moment)] == [False, True]


def test_refunds_recorded_before_the_end_of_the_day_are_in_its_report() -> None:
    def noted(at: datetime) -> Order:
        known = refund(RefundStatus.REFUNDED, settled_at=at)
        return paid(refunds=(known,), voided_at=at)

    assert compared(of(noted(END), refunded(at=BEFORE), at=BEFORE)).findings
    just_before = END - timedelta(microseconds=1)
    assert not compared(of(noted(just_before), refunded(at=BEFORE), at=BEFORE)).findings


def test_a_pending_payment_is_no_finding_and_explains_its_difference() -> None:
    just_now = BUSINESS_DAY.now - timedelta(minutes=5)
    today = BusinessDay(START, BUSINESS_DAY.now, BUSINESS_DAY.now)
    result = compared(
        unaccepted(an_order(), theirs=provider_payment(at=just_now)),
        a_pair(theirs=None, ours=ledger_payment(accepted_at=just_now)),
        day=today,
    )

    assert result.findings == ()
    assert [f.theirs for f in result.in_flight] == [PRICE, None]
    assert unexplained(result) == {}


def test_a_second_payment_is_not_a_pending_payment() -> None:
    just_now = BUSINESS_DAY.now - timedelta(minutes=5)
    result = compared(
        unaccepted(paid(transaction_id="tx-0"), theirs=provider_payment(at=just_now)),
        day=BusinessDay(START, BUSINESS_DAY.now, BUSINESS_DAY.now),
    )

    assert [f.kind for f in result.findings] == [Kind.MONEY_WITHOUT_ORDER]


def test_totals_are_exact_for_each_currency() -> None:
    euro = a_pair(theirs=provider_payment(amount=EUROS), ours=ledger_payment(amount=EUROS))
    parts = a_pair(order=paid(), theirs=provider_payment(refunded("0.01"), refunded("0.02")))
    back = of(paid(), charged())
    other_day = a_pair(theirs=provider_payment(at=BEFORE))
    result = compared(a_pair(), euro, parts, back, other_day)

    by_currency = {totals.currency: totals for totals in result.totals}
    pounds = by_currency["GBP"]
    assert (pounds.theirs.payments, pounds.theirs.gross) == (3, Decimal("135.00"))
    assert pounds.ours.payments == 3
    assert len(result.pairs) == 4, "a payment of another day is in no sheet"
    assert pounds.theirs.refunded == Decimal("0.03")
    assert pounds.theirs.charged_back == Decimal("45.00")
    assert pounds.theirs.net == Decimal("89.97")
    assert (pounds.ours.gross, pounds.ours.refunded) == (Decimal("135.00"), Decimal(0))
    assert by_currency["EUR"].theirs.gross == Decimal("45.00")


def test_our_own_refunds_are_in_both_totals() -> None:
    ours = of(paid(refunds=(ASKED_BY_US,), voided_at=NOON), refunded())

    (totals,) = compared(ours).totals

    assert totals.ours.refunded == totals.theirs.refunded == Decimal("45.00")


def test_payouts_and_their_fees_count_for_their_own_day() -> None:
    def payout(kind: str, amount: str, fee: str, *, succeeded: bool = True) -> Payout:
        return Payout(
            "1", kind, Decimal(amount), Decimal(fee), "GBP", START.date(), succeeded, "p", "TAAA1"
        )

    payouts = [
        payout("PAYOUT", "45.00", "1.13"),
        payout("PAYOUT", "45.00", "1.13", succeeded=False),
        payout("REFUND_DEDUCTION", "-12.50", "0"),
        payout("CHARGE_BACK_DEDUCTION", "5.00", "0.50"),
    ]

    payouts.append(payout("PAYOUT", "20.00", "0.50"))

    result = reconcile([a_pair()], (), payouts, BUSINESS_DAY, Policies())

    (totals,) = result.totals
    assert result.payouts == tuple(payouts)
    assert (totals.paid_out, totals.withheld) == (Decimal("65.00"), Decimal("17.50"))
    assert (totals.fees, totals.payouts) == (Decimal("2.13"), 4)
    assert totals.net == Decimal("42.87")


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (ASKED_LONG_AGO, True),
        (ASKED_JUST_NOW, False),
        (ASKED_BY_US, False),
        (REFUSED, False),
    ],
    ids=["long ago", "just now", "settled", "refused"],
)
def test_a_refund_with_an_unknown_outcome_is_a_finding(known: Refund, *, told: bool) -> None:
    result = reconcile([], [paid(refunds=(known,))], (), BUSINESS_DAY, Policies())

    assert [f.kind for f in result.findings] == ([Kind.REFUND_UNSETTLED] if told else [])
    for found in result.findings:
        assert found == Finding(
            Kind.REFUND_UNSETTLED,
            "Its refund was asked for, and nobody knows what came of it.",
            Remedy.PERSON,
            TX,
            "ORD-ABC123",
            at=NOON,
            ours=PRICE,
        )


def test_an_unsettled_refund_that_sumup_shows_is_one_finding() -> None:
    order = paid(refunds=(ASKED_LONG_AGO,))

    result = reconcile([of(order, refunded())], [order], (), BUSINESS_DAY, Policies())

    assert [f.kind for f in result.findings] == [Kind.REFUND_UNSETTLED]
    assert result.findings[0].remedy is Remedy.VOID


FOLLOWS: dict[str, tuple[PaymentPair, Consequence]] = {
    "the payment of the order": (of(paid(), refunded()), Consequence.TICKETS_VOID),
    "completed since both sides were read": (
        unaccepted(paid(), theirs=provider_payment(refunded())),
        Consequence.TICKETS_VOID,
    ),
    "known only by its checkout": (
        of(paid(transaction_id=None), refunded()),
        Consequence.TICKETS_VOID,
    ),
    "a second payment of an order known by its checkout": (
        unaccepted(paid(transaction_id=None), theirs=provider_payment(refunded())),
        Consequence.NONE,
    ),
    "void already": (of(paid(voided_at=NOON), refunded()), Consequence.NONE),
    "a second payment": (
        unaccepted(paid(transaction_id="tx-0"), theirs=provider_payment(refunded())),
        Consequence.NONE,
    ),
    "an order on hold": (unaccepted(an_order(status=REVIEW), theirs=provider_payment(refunded())),
                         Consequence.NONE),
    "a closed order": (unaccepted(an_order(status=EXPIRED), theirs=provider_payment(refunded())),
                       Consequence.NONE),
    "no order": (unaccepted(None, theirs=provider_payment(refunded())), Consequence.NONE),
}  # fmt: skip


def test_a_reported_partial_refund_is_not_reported_again_with_the_rest() -> None:
    (rest,) = compared(of(paid(), refunded("20.00", BEFORE), refunded("25.00"))).findings
    (taken,) = compared(of(paid(), refunded("5.00", BEFORE), charged("40.00", BEFORE))).findings

    assert rest.theirs == Money(Decimal("25.00"), "GBP")
    assert (taken.kind, taken.theirs) == (Kind.CHARGED_BACK, Money(Decimal("40.00"), "GBP"))


@pytest.mark.parametrize(("one", "follows"), FOLLOWS.values(), ids=FOLLOWS)
def test_only_the_payment_of_an_order_affects_its_tickets(
    one: PaymentPair, follows: Consequence
) -> None:
    assert consequence(one, Policies()) is follows


@pytest.mark.parametrize("policy", list(Policy))
def test_each_policy_applies_to_its_own_kind(policy: Policy) -> None:
    refund_only, charge_only = Policies(refunded=policy), Policies(charged_back=policy)
    void = Consequence.NONE if policy is Policy.REPORT else Consequence.TICKETS_VOID

    assert consequence(of(paid(), refunded()), refund_only) is void
    assert consequence(of(paid(), charged()), refund_only) is Consequence.TICKETS_VOID
    assert consequence(of(paid(), charged()), charge_only) is void
    assert consequence(of(paid(), refunded()), charge_only) is Consequence.TICKETS_VOID


def test_a_refund_is_recorded_on_the_order_even_if_tickets_stay_valid() -> None:
    (found,) = compared(of(paid(), refunded()), policies=Policies(refunded=Policy.REPORT)).findings

    assert (found.kind, found.remedy) == (Kind.REFUNDED, Remedy.NOTED)


def test_the_settled_refund_is_recorded_on_the_order() -> None:
    now = BUSINESS_DAY.now
    assert settled_refund(of(paid(), refunded()), now) == refund(
        RefundStatus.REFUNDED, settled_at=now
    )
    assert settled_refund(of(paid(), charged()), now) == refund(
        RefundStatus.CHARGED_BACK, settled_at=now
    )
    asked = replace(ASKED_LONG_AGO, attempt="run-1", problem="no answer")
    assert settled_refund(of(paid(refunds=(asked,)), refunded()), now) == refund(
        RefundStatus.REFUNDED, asked_at=NOON, attempt="run-1", settled_at=now
    )
    refused = of(paid(refunds=(REFUSED,)), refunded())
    assert settled_refund(refused, now) == refund(RefundStatus.REFUNDED, settled_at=now)
    assert settled_refund(of(paid(), refunded("44.99")), now) is None
    assert settled_refund(a_pair(theirs=None), now) is None


# ------------------------------------------------------- the findings alone explain the sums


def unexplained(result: Reconciliation) -> dict[tuple[str, Column], Decimal]:
    """Return the differences between the totals that the findings do not explain."""
    left: dict[tuple[str, Column], Decimal] = {}

    def add(currency: str, column: Column, amount: Decimal) -> None:
        left[currency, column] = left.get((currency, column), Decimal(0)) + amount

    for totals in result.totals:
        for column in Column:
            add(totals.currency, column, getattr(totals.theirs, column.value))
            add(totals.currency, column, -getattr(totals.ours, column.value))
    for found in (*result.findings, *result.in_flight):
        _take_out(found, add)
    return {key: amount for key, amount in left.items() if amount}


def _take_out(found: Finding, add: Any) -> None:
    if found.column and found.theirs:
        add(found.theirs.currency, found.column, -found.theirs.amount)
    if found.column and found.ours:
        add(found.ours.currency, found.column, found.ours.amount)


amounts = st.decimals("0.01", "99.99", places=2)
moments = st.sampled_from([BEFORE, START, NOON, END - timedelta(seconds=1)])
back = st.builds(
    GivenBack, st.sampled_from([Movement.REFUND, Movement.CHARGE_BACK]), amounts,
    st.one_of(st.none(), moments),
)  # fmt: skip
money = st.builds(Money, amounts, st.sampled_from(["GBP", "EUR"]))
sight = st.builds(
    ProviderPayment, money, moments, st.just("T1"), st.lists(back, max_size=3).map(tuple)
)
orders = st.sampled_from([
    None, an_order(), an_order(status=EXPIRED), an_order(status=REVIEW), paid(),
    *(paid(refunds=(r,)) for r in (ASKED_BY_US, FOUND_TONIGHT, FOUND_BEFORE, ASKED_LONG_AGO,
                                   ASKED_JUST_NOW, REFUSED)),
])  # fmt: skip


@st.composite
def any_pair(draw: st.DrawFn) -> PaymentPair:
    ours = draw(st.one_of(st.none(), st.builds(ledger_payment, amount=money, accepted_at=moments)))
    theirs = draw(sight if ours is None else st.one_of(st.none(), sight))
    return PaymentPair(TX, theirs, ours, "ORD-ABC123", draw(orders))


@given(st.lists(any_pair(), max_size=12), st.sampled_from(list(Policy)))
def test_the_findings_always_explain_the_difference_of_the_totals(
    pairs: list[PaymentPair], policy: Policy
) -> None:
    result = compared(*pairs, policies=Policies(policy, policy))

    assert unexplained(result) == {}


def test_what_our_parts_gave_back_is_in_both_sums_and_not_noted_again() -> None:
    pair = of(paid(parts=(PART_BY_US,)), refunded("12.50"))
    (totals,) = add_up([pair], [], BUSINESS_DAY)

    assert totals.ours.refunded == totals.theirs.refunded == Decimal("12.50")

    rest = of(paid(parts=(PART_BY_US,)), refunded("12.50", BEFORE), refunded("32.50"))
    noted = settled_refund(rest, BUSINESS_DAY.now)
    assert noted is not None
    assert str(noted.amount) == "£32.50", "the rest alone"


def test_a_payment_without_an_order_has_no_parts() -> None:
    pair = replace(of(paid(), refunded("12.50")), order=None)

    assert pair.back_in_parts == 0
    assert not pair.is_settled_by_us
    assert not replace(pair, theirs=None).is_settled_by_us


def test_a_payment_that_is_all_back_is_not_settled_by_its_parts() -> None:
    """As many parts as there is money are a mistake of somebody who edited the row."""
    parts = (PART_BY_US, replace(PART_BY_US, number=2, amount=PRICE))
    pair = of(paid(parts=parts), refunded())

    assert not pair.is_settled_by_us
