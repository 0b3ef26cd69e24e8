"""Refunds of a part: what is asked for, what proves it, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import CHECKOUT_ID, NOW, a_line, a_transaction, an_order, later
from ticketing.errors import (
    NotDecidable,
    PaymentProviderError,
    PaymentProviderUnavailable,
)
from ticketing.money import Money
from ticketing.orders.order import MAX_PARTS, Order, OrderStatus, VoidTicket
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.payments import part_refunding
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Returned, Transaction
from ticketing.payments.refunding import ASK_AGAIN_AFTER, IN_HAND, Step

LINES = (a_line(quantity=2), a_line(sku="child", quantity=1, unit_price=Decimal("5.00")))
ORDER = an_order(
    status=OrderStatus.COMPLETED, paid_checkout_id=CHECKOUT_ID, transaction_id="txn-1", lines=LINES
)
"""Two tickets at 15.00 and a child's at 5.00."""
FIRST, SECOND, CHILD = ORDER.ticket_ids
PART = PartRefund(
    "txn-1", RefundStatus.ASKED, Money(Decimal("15.00"), "GBP"), NOW, "a1", tickets=(SECOND,)
)
SECOND_BACK = replace(PART, status=RefundStatus.REFUNDED, settled_at=NOW)
GIFT = replace(SECOND_BACK, tickets=(), amount=Money(Decimal("2.50"), "GBP"))
SILENCE = PaymentProviderUnavailable("no answer in time")


def paid(back: str = "0", **changes: Any) -> Transaction:  # noqa: ANN401  # of any field
    """Return the payment of 35.00, with what went back of it."""
    returned = Returned(refunded=Decimal(back))
    return a_transaction(
        amount=Decimal("35.00"), refunded=bool(returned.amount), returned=returned, **changes
    )


def knowing(*parts: PartRefund, order: Order = ORDER) -> Order:
    """Return the order with these parts, and with the tickets void that went back with them."""
    void = tuple(
        VoidTicket(i, dict(order.ticket_lines)[i].sku, NOW)
        for part in parts
        if part.went_back
        for i in part.tickets
    )
    return replace(order, parts=parts, void_tickets=void)


def following(
    order: Order,
    share: Share,
    transaction: Transaction,
    at: timedelta = timedelta(0),
    *,
    attempt: str = "a2",
    again: bool = False,
) -> tuple[Step, PartRefund]:
    now = NOW + at
    return part_refunding.next_step(order, share, transaction, now, attempt=attempt, again=again)


# ------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("share", "back", "amount"),
    [
        (Share((SECOND,)), "0", "15.00"),
        (Share((CHILD,)), "0", "5.00"),
        (Share((FIRST, CHILD)), "0", "20.00"),
        (Share((FIRST, SECOND)), "0", "30.00"),
        (Share(amount=Decimal("2.50")), "0", "2.50"),
        (Share(amount=Decimal("0.01")), "0", "0.01"),
        (Share(amount=Decimal("34.99")), "0", "34.99"),
        (Share((FIRST,)), "19.99", "15.00"),
    ],
)
def test_a_new_part_is_asked_for_with_what_was_back_before(
    share: Share, back: str, amount: str
) -> None:
    step, part = following(ORDER, share, paid(back))

    assert step is Step.ASK
    assert part == PartRefund(
        "txn-1", RefundStatus.ASKED, Money(Decimal(amount), "GBP"), NOW, "a2",
        number=1, tickets=share.tickets, back_before=Decimal(back),
    )  # fmt: skip


def test_each_part_has_a_number_of_its_own() -> None:
    _, part = following(knowing(SECOND_BACK), Share((FIRST,)), paid("15.00"))

    assert (part.number, part.name, part.back_before) == (2, "txn-1/2", Decimal("15.00"))


def test_a_refused_part_is_asked_for_again_under_its_number() -> None:
    refused = replace(PART, status=RefundStatus.REFUSED, problem="409")

    step, part = following(knowing(refused), Share((SECOND,)), paid("3.00"))

    assert step is Step.ASK
    assert part == replace(PART, attempt="a2", back_before=Decimal("3.00"))


def test_the_same_amount_is_given_once_more_only_if_that_is_said() -> None:
    order = knowing(GIFT)
    share = Share(amount=Decimal("2.50"))

    assert following(order, share, paid("2.50")) == (Step.NOTHING, GIFT)
    step, part = following(order, replace(share, another=True), paid("2.50"))

    assert (step, part.number) == (Step.ASK, 2)


ALL_VALID = "these are all its valid tickets: `refund` without a part gives all back"
ALL_GONE = "all of its money went back or was asked for: type `refund` without a part"
NO_TICKETS = "it has no valid tickets: only what is left of a payment for them has parts"
ALL_LEFT = "{} is all that is left of its payment: type `refund` without a part"

REFUSED: dict[str, tuple[Order, Share, Transaction, str]] = {
    "all tickets": (ORDER, Share(ORDER.ticket_ids), paid(), ALL_VALID),
    "the last valid ones": (
        knowing(SECOND_BACK), Share((FIRST, CHILD)), paid("15.00"), ALL_VALID,
    ),
    "a void one": (
        knowing(SECOND_BACK), Share((FIRST, SECOND)), paid("15.00"), f"{SECOND} is void already",
    ),
    "two void ones": (
        knowing(replace(SECOND_BACK, tickets=(FIRST, SECOND))), Share((FIRST, SECOND, CHILD)),
        paid("15.00"), f"{FIRST}, {SECOND} is void already",
    ),
    "all the money": (
        ORDER, Share(amount=Decimal("35.00")), paid(), ALL_LEFT.format("£35.00"),
    ),
    "the rest of it": (
        knowing(GIFT), Share(amount=Decimal("32.50")), paid("2.50"), ALL_LEFT.format("£32.50"),
    ),
    "too much": (
        ORDER, Share(amount=Decimal("35.01")), paid(),
        "only £35.00 of its payment is left, and £35.01 is wanted",
    ),
    "a price that is not left": (
        knowing(GIFT), Share((FIRST,)), paid("25.00"),
        "only £10.00 of its payment is left, and £15.00 is wanted",
    ),
    "nothing": (
        ORDER, Share(amount=Decimal(0)), paid(),
        "there is no money in it: `void` makes free tickets void",
    ),
    "of an unknown sum": (
        ORDER, Share(amount=Decimal("0.50")), replace(paid(), amount=None),
        "SumUp does not say how much was paid",
    ),
    "no currency's amount": (
        ORDER, Share(amount=Decimal("1.005")), paid(),
        "amount 1.005 'GBP' has more digits than its currency",
    ),
    "a free ticket": (
        an_order(
            status=OrderStatus.COMPLETED,
            transaction_id="txn-1",
            lines=(a_line(), a_line(sku="baby", quantity=1, unit_price=Decimal(0))),
        ),
        Share(("ORD-ABC123-04",)), paid(),
        "there is no money in it: `void` makes free tickets void",
    ),
    "all went back": (ORDER, Share((FIRST,)), paid("35.00"), ALL_GONE),
    "all is asked for": (
        replace(ORDER, refunds=(Refund("txn-1", RefundStatus.ASKED, ORDER.total, NOW, "a1"),)),
        Share((FIRST,)), paid(), ALL_GONE,
    ),
    "another part is under way": (
        knowing(PART), Share((FIRST,)), paid(),
        "it is not known whether £15.00 of it went back: type that command again",
    ),
    "too many parts": (
        replace(ORDER, parts=tuple(replace(GIFT, number=n + 1) for n in range(MAX_PARTS))),
        Share(amount=Decimal("0.01")), paid(), "50 parts of it went back already",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("order", "share", "shown", "why"), REFUSED.values(), ids=REFUSED)
def test_a_part_that_cannot_be_refunded_is_refused_with_its_reason(
    order: Order, share: Share, shown: Transaction, why: str
) -> None:
    with pytest.raises(NotDecidable) as refused:
        following(order, share, shown)

    assert (refused.value.order_number, refused.value.problem) == (ORDER.order_number, why)


def test_no_part_is_asked_for_while_sumup_is_at_one() -> None:
    shown = replace(paid(), returned=Returned(under_way=True), refunded=True)

    with pytest.raises(NotDecidable, match="is not done: try again later"):
        following(ORDER, Share((FIRST,)), shown)


def test_an_order_has_so_many_parts_and_no_more() -> None:
    parts = tuple(replace(GIFT, number=number) for number in range(1, MAX_PARTS))

    step, part = following(replace(ORDER, parts=parts), Share(amount=Decimal("0.01")), paid())

    assert (step, part.number) == (Step.ASK, MAX_PARTS)


INDIVISIBLE: dict[str, tuple[Order, Share, str]] = {
    "under review": (replace(ORDER, status=OrderStatus.REVIEW), Share((FIRST,)), NO_TICKETS),
    "void": (replace(ORDER, voided_at=NOW), Share((FIRST,)), NO_TICKETS),
    "without a transaction": (
        replace(ORDER, transaction_id=None), Share((FIRST,)),
        "SumUp named no transaction of its payment: see its dashboard",
    ),
    "another order's ticket": (
        ORDER, Share(("ORD-OTHER1-01", FIRST)), "ORD-OTHER1-01 is not one of its tickets",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("order", "share", "why"), INDIVISIBLE.values(), ids=INDIVISIBLE)
def test_only_a_paid_order_with_valid_tickets_has_parts(
    order: Order, share: Share, why: str
) -> None:
    with pytest.raises(NotDecidable) as refused:
        part_refunding.refuse_unless_divisible(order, share)

    assert (refused.value.order_number, refused.value.problem) == (ORDER.order_number, why)


def test_an_open_order_has_no_parts() -> None:
    with pytest.raises(NotDecidable, match="have it checked"):
        part_refunding.refuse_unless_divisible(
            replace(ORDER, status=OrderStatus.PENDING), Share((FIRST,))
        )


def test_the_transaction_that_bought_the_tickets_is_divided() -> None:
    assert part_refunding.refuse_unless_divisible(ORDER, Share((FIRST,))) == "txn-1"


# ------------------------------------------------------------------- what came of it


@pytest.mark.parametrize(
    ("status", "back", "step"),
    [
        (RefundStatus.ASKED, "15.00", Step.SETTLE),
        (RefundStatus.UNKNOWN, "15.00", Step.SETTLE),
        (RefundStatus.UNKNOWN, "35.00", Step.SETTLE),
        (RefundStatus.UNKNOWN, "14.99", Step.UNCLEAR),
        (RefundStatus.ASKED, "0", Step.UNCLEAR),
        (RefundStatus.REFUNDED, "15.00", Step.NOTHING),
    ],
)
def test_an_earlier_request_is_looked_for_before_anything_else(
    status: RefundStatus, back: str, step: Step
) -> None:
    known = replace(PART, status=status)

    assert following(knowing(known), Share((SECOND,)), paid(back), 2 * IN_HAND) == (step, known)


def test_a_run_that_claimed_its_part_goes_on_to_ask() -> None:
    order = knowing(PART)

    assert following(order, Share((SECOND,)), paid(), attempt="a1") == (Step.ASK, PART)


def test_two_runs_do_not_ask_for_one_part() -> None:
    with pytest.raises(NotDecidable, match="SumUp has been asked since"):
        following(knowing(PART), Share((SECOND,)), paid(), IN_HAND / 2)


def test_a_part_without_a_visible_result_is_asked_for_again_after_an_hour() -> None:
    unknown = replace(PART, status=RefundStatus.UNKNOWN, back_before=Decimal("1.00"), problem="x")
    order, share, shown = knowing(unknown), Share((SECOND,)), paid("1.00")

    with pytest.raises(NotDecidable, match="may be again from"):
        following(order, share, shown, ASK_AGAIN_AFTER / 2, again=True)
    step, part = following(order, share, shown, ASK_AGAIN_AFTER, again=True)

    assert step is Step.ASK
    assert part == replace(
        unknown, status=RefundStatus.ASKED, attempt="a2", asked_at=NOW + ASK_AGAIN_AFTER, problem=""
    ), "both requests are proven by the same sum"


Shown = Transaction | PaymentProviderError
OUTCOMES: dict[str, tuple[PaymentProviderError | None, Shown, RefundStatus]] = {
    "done": (None, paid("15.00"), RefundStatus.REFUNDED),
    "done without a word": (SILENCE, paid("15.00"), RefundStatus.REFUNDED),
    "done with another's": (None, paid("20.00"), RefundStatus.REFUNDED),
    "less is shown": (None, paid("14.00"), RefundStatus.UNKNOWN),
    "nothing is shown": (None, paid(), RefundStatus.UNKNOWN),
    "nothing can be read": (None, SILENCE, RefundStatus.UNKNOWN),
    "no answer": (SILENCE, paid(), RefundStatus.UNKNOWN),
    "refused": (
        PaymentProviderError("409 not enough", status=409), paid(), RefundStatus.REFUSED,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("error", "shown", "status"), OUTCOMES.values(), ids=OUTCOMES)
def test_only_the_transaction_proves_a_part(
    error: PaymentProviderError | None, shown: Shown, status: RefundStatus
) -> None:
    found = part_refunding.after_response(PART, error, shown, later(hours=1))

    assert found.status is status
    assert bool(found.problem) == (status is not RefundStatus.REFUNDED)
    assert found.settled_at == (later(hours=1) if status is RefundStatus.REFUNDED else None)


# ------------------------------------------------------------------- given back elsewhere


def test_what_went_back_elsewhere_is_noted_for_tickets() -> None:
    step, part = following(
        knowing(GIFT), Share((SECOND,), is_back=True), paid("17.50"), timedelta(hours=1)
    )

    assert step is Step.SETTLE
    assert part == PartRefund(
        "txn-1", RefundStatus.ASKED, Money(Decimal("15.00"), "GBP"),
        number=2, tickets=(SECOND,), back_before=Decimal("2.50"),
    )  # fmt: skip
    settled = part_refunding.settled(replace(part, problem="none yet"), later(hours=1))
    assert settled == replace(part, status=RefundStatus.REFUNDED, settled_at=later(hours=1))
    assert settled.cause == "refunded_elsewhere"


def test_what_went_back_elsewhere_need_not_be_for_tickets() -> None:
    _, part = following(ORDER, Share(is_back=True), paid("0.50"))

    assert (str(part.amount), part.tickets) == ("£0.50", ())


def test_noting_the_same_tickets_again_finds_them_noted() -> None:
    noted = replace(SECOND_BACK, asked_at=None, attempt="")

    found = following(knowing(noted), Share((SECOND,), is_back=True), paid("15.00"))

    assert found == (Step.NOTHING, noted)


NOTHING_MORE = "SumUp shows nothing that went back beside what is noted already"


@pytest.mark.parametrize(
    ("order", "share", "back", "why"),
    [
        (ORDER, Share((SECOND,), is_back=True), "0", NOTHING_MORE),
        (knowing(GIFT), Share(is_back=True), "2.50", NOTHING_MORE),
        (knowing(GIFT), Share(is_back=True), "0", NOTHING_MORE),
        (
            ORDER,
            Share(amount=Decimal(5), is_back=True),
            "4.00",
            "SumUp shows £4.00 that went back and is not noted",
        ),
        (
            ORDER,
            Share(is_back=True),
            "4.005",
            "amount 4.005 'GBP' has more digits than its currency",
        ),
        (ORDER, Share(ORDER.ticket_ids, is_back=True), "4.00", ALL_VALID),
    ],
)
def test_nothing_is_noted_that_sumup_does_not_show(
    order: Order, share: Share, back: str, why: str
) -> None:
    with pytest.raises(NotDecidable) as refused:
        following(order, share, paid(back))

    assert (refused.value.order_number, refused.value.problem) == (ORDER.order_number, why)


def test_a_part_is_in_the_currency_of_its_payment() -> None:
    transaction = replace(paid(), currency="EUR")

    assert str(following(ORDER, Share(amount=Decimal("2.50")), transaction)[1].amount) == "€2.50"
