"""Orders: which are inconsistent, which seats they take, and which transitions are legal."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_order, later
from ticketing.errors import NotDecidable, UnreadableOrder
from ticketing.money import Money
from ticketing.orders.order import (
    CLOSED,
    ERASED,
    MAX_REISSUES,
    MAX_TICKETS,
    Customer,
    Order,
    OrderStatus,
    Reissued,
    VoidTicket,
    refuse_foreign,
)
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus

NO_LINES = "it has no lines, or a line without tickets"
CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a number in lower case": (
        {"order_number": "ord-abc123"},
        "its number is not of the form ORD-ABC123",
    ),
    "a number with a separator": (
        {"order_number": "ORD|ABC123"},
        "its number is not of the form ORD-ABC123",
    ),
    "a number with a line break": (
        {"order_number": "ORD-ABC123\n"},
        "its number is not of the form ORD-ABC123",
    ),
    "an event id with a separator": (
        {"event_id": "5|VALID:A"},
        "its event id is not of capital letters, digits and hyphens",
    ),
    "no event id": ({"event_id": ""}, "its event id is not of capital letters, digits and hyphens"),
    "no lines": ({"lines": (), "total": Money(Decimal(0), "GBP")}, NO_LINES),
    "a line without tickets": ({"lines": (a_line(), a_line(quantity=0))}, NO_LINES),
    "a negative line": ({"lines": (a_line(), a_line(quantity=-1))}, NO_LINES),
    "too many tickets": (
        {"lines": (a_line(quantity=MAX_TICKETS + 1),)},
        "it has 51 tickets, more than 50",
    ),
    "another order's ticket was issued anew": (
        {"reissued": (Reissued("ORD-OTHER1-01", 1),)},
        "a ticket that was reissued does not belong to it",
    ),
    "more tickets were issued anew than there are": (
        {"reissued": (Reissued("ORD-ABC123-04", 1),)},
        "a ticket that was reissued does not belong to it",
    ),
    "a ticket was issued anew by its later id": (
        {"reissued": (Reissued("ORD-ABC123-01-R1", 1),)},
        "a ticket that was reissued does not belong to it",
    ),
    "a ticket was issued anew twice over": (
        {"reissued": (Reissued("ORD-ABC123-01", 1), Reissued("ORD-ABC123-01", 2))},
        "a ticket that was reissued is counted twice",
    ),
    "a ticket was issued anew never": (
        {"reissued": (Reissued("ORD-ABC123-01", 2), Reissued("ORD-ABC123-02", 0))},
        "it lists a reissue that never happened",
    ),
    "tickets were issued anew too often": (
        {"reissued": (Reissued("ORD-ABC123-01", 40), Reissued("ORD-ABC123-02", 1))},
        "its tickets were reissued more than 40 times",
    ),
    "a void ticket by its earlier id": (
        {
            "reissued": (Reissued("ORD-ABC123-01", 1),),
            "void_tickets": (VoidTicket("ORD-ABC123-01", "general", NOW),),
        },
        "a void ticket does not belong to it",
    ),
    "a negative price": ({"lines": (a_line(unit_price=Decimal(-1)),)}, "a price is negative"),
    "a total that is too low": (
        {"total": Money(Decimal(44), "GBP")},
        "its lines add up to 45.00, its total is 44.00",
    ),
    "a total of zero": (
        {"total": Money(Decimal(0), "GBP")},
        "its lines add up to 45.00, its total is 0.00",
    ),
}


@pytest.mark.parametrize(("changes", "problem"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_an_inconsistent_order_is_refused_with_the_reason(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UnreadableOrder) as refused:
        an_order(**changes)

    assert refused.value.problem == problem
    assert refused.value.order_number == changes.get("order_number", "ORD-ABC123")


def test_seats_are_counted_by_ticket_type_across_lines() -> None:
    lines = (a_line(), a_line(sku="vip", quantity=2), a_line(quantity=1))
    order = an_order(lines=lines)

    assert order.seats == {"general": 4, "vip": 2}
    assert order.tickets_count == 6


def test_free_tickets_are_none_to_pay() -> None:
    order = an_order(lines=(a_line(quantity=2), a_line(quantity=3, unit_price=Decimal(0))))

    assert (order.tickets_count, order.seats_to_pay) == (5, 2)


@pytest.mark.parametrize(("admits", "several"), [((1, 1), False), ((1, 2), True), ((2,), True)])
def test_an_order_is_for_several_if_one_of_its_tickets_admits_more_than_one(
    admits: tuple[int, ...], *, several: bool
) -> None:
    lines = tuple(a_line(sku=f"type-{at}", admits=many) for at, many in enumerate(admits))

    assert an_order(lines=lines).is_for_several is several


OPEN_UNTIL: dict[str, tuple[dict[str, Any], float]] = {
    "placed before there were holds": ({}, 120),
    "held": ({"hold_until": later(minutes=20)}, 20),
    "paying": ({"hold_until": later(minutes=20), "attempt_seen_at": later(minutes=5)}, 120),
    "the event begins first": ({"hold_until": later(minutes=180)}, 120),
}


@pytest.mark.parametrize(("changes", "minutes"), OPEN_UNTIL.values(), ids=OPEN_UNTIL)
def test_the_time_to_pay_ends_with_the_hold_or_once_a_payment_began_with_the_deadline(
    changes: dict[str, Any], minutes: float
) -> None:
    assert an_order(**changes).open_until == later(minutes=minutes)


def test_a_buyer_is_one_person_whatever_the_capitals_of_the_address() -> None:
    typed, again = Customer("Jane", "Jane.Doe@Example.com"), Customer("J", "jane.doe@example.COM")

    assert (typed.key, typed.email) == (again.key, "Jane.Doe@Example.com")


def test_the_largest_order_fits_one_transaction_of_100_writes() -> None:
    order = an_order(lines=(a_line(quantity=MAX_TICKETS, unit_price=Decimal(1)),))
    others = 20  # the order, its payment, checkout, audit entry, mails, and its ticket types

    assert order.tickets_count + others <= 100


def test_the_erasure_of_the_largest_order_fits_one_transaction_too() -> None:
    lines = (a_line(quantity=MAX_TICKETS, unit_price=Decimal(1)),)
    often = (Reissued("ORD-ABC123-01", MAX_REISSUES - 1), Reissued("ORD-ABC123-50", 1))
    order = an_order(lines=lines, total=Money(Decimal(50), "GBP"), reissued=often)

    assert len(order.issued_ids) + len(("the order", "its audit entry")) <= 100


def anew(*reissued: tuple[str, int], **changes: Any) -> Order:  # noqa: ANN401  # of any field
    """Return an order of three tickets, of which these were issued anew so often."""
    times = tuple(Reissued(f"ORD-ABC123-{n}", times) for n, times in reissued)
    return an_order(reissued=times, **changes)


ISSUED_ANEW: dict[str, tuple[Order, tuple[str, ...], tuple[str, ...]]] = {
    "none": (anew(), ("01", "02", "03"), ("01", "02", "03")),
    "one": (anew(("02", 1)), ("01", "02-R1", "03"), ("01", "02", "02-R1", "03")),
    "all": (
        anew(("01", 1), ("02", 1), ("03", 1)),
        ("01-R1", "02-R1", "03-R1"),
        ("01", "01-R1", "02", "02-R1", "03", "03-R1"),
    ),
    "several": (
        anew(("03", 1), ("01", 2)),
        ("01-R2", "02", "03-R1"),
        ("01", "01-R1", "01-R2", "02", "03", "03-R1"),
    ),
}


@pytest.mark.parametrize(("order", "now", "ever"), ISSUED_ANEW.values(), ids=ISSUED_ANEW)
def test_a_ticket_that_was_issued_anew_has_another_id(
    order: Order, now: tuple[str, ...], ever: tuple[str, ...]
) -> None:
    current = tuple(f"ORD-ABC123-{n}" for n in now)
    issued = tuple(f"ORD-ABC123-{n}" for n in ever)

    assert replace(order) == order, "it does not contradict itself"
    assert order.ticket_ids == order.valid_ticket_ids == current
    assert [i for i, _ in order.ticket_lines] == list(current)
    assert order.first_ids == ("ORD-ABC123-01", "ORD-ABC123-02", "ORD-ABC123-03")
    assert (order.issued_ids, order.reissues) == (issued, len(issued) - 3)
    followed = [pair for pair in pairwise(issued) if pair[1][:13] == pair[0][:13]]
    assert sorted(order.replacements) == followed
    assert order.seats == {"general": 3}


CURRENT = {
    "01": "01-R2", "01-R1": "01-R2", "01-R2": "01-R2", "02": "02", "03": "03-R1",
    "01-R3": "01-R3", "02-R1": "02-R1", "04": "04", "01-R0": "01-R0", "1": "1", "": "",
}  # fmt: skip


@pytest.mark.parametrize(("ticket", "now"), CURRENT.items())
def test_what_a_ticket_is_called_now(ticket: str, now: str) -> None:
    order = anew(("03", 1), ("01", 2))

    assert order.current_id(f"ORD-ABC123-{ticket}") == f"ORD-ABC123-{now}"


@pytest.mark.parametrize("ticket", ["ORD-OTHER1-01", "ord-abc123-01", "ORD-ABC123-01 ", "x"])
def test_what_is_no_ticket_of_the_order_keeps_its_name(ticket: str) -> None:
    assert anew(("01", 1)).current_id(ticket) == ticket


def test_a_ticket_is_issued_anew_once_more() -> None:
    order = anew(("03", 1), ("01", 2))

    assert anew().reissued_with("ORD-ABC123-02") == (Reissued("ORD-ABC123-02", 1),)
    assert anew().reissued_with("x") == (Reissued("x", 1),), "which makes no order"
    assert order.reissued_with("ORD-ABC123-03-R1") == (
        Reissued("ORD-ABC123-01", 2),
        Reissued("ORD-ABC123-03", 2),
    )


def test_a_ticket_is_refused_by_its_earlier_id_with_the_one_it_has_now() -> None:
    void = (VoidTicket("ORD-ABC123-02", "general", NOW),)
    order = anew(("01", 1), ("03", 2), void_tickets=void)

    refuse_foreign(order, ["ORD-ABC123-01-R1", "ORD-ABC123-02"])
    with pytest.raises(NotDecidable) as refused:
        refuse_foreign(order, ["ORD-ABC123-03", "ORD-ABC123-01"])
    assert str(refused.value) == (
        "order ORD-ABC123: ORD-ABC123-01 was reissued as ORD-ABC123-01-R1, "
        "ORD-ABC123-03 was reissued as ORD-ABC123-03-R2"
    )
    with pytest.raises(NotDecidable, match=r"ORD-ABC123-01 was reissued as ORD-ABC123-01-R1$"):
        refuse_foreign(order, ["ORD-ABC123-01", "ORD-ABC123-04"])
    with pytest.raises(NotDecidable, match="ORD-ABC123-01-R2, ORD-ABC123-04 is not one"):
        refuse_foreign(order, ["ORD-ABC123-04", "ORD-ABC123-01-R2"])


def test_an_order_is_free_only_if_its_total_is_zero() -> None:
    assert an_order(lines=(a_line(unit_price=Decimal(0)),)).is_free
    assert not an_order(lines=(a_line(unit_price=Decimal("0.01")),)).is_free


PENDING, COMPLETED, FAILED, EXPIRED, REVIEW = (
    OrderStatus.PENDING,
    OrderStatus.COMPLETED,
    OrderStatus.FAILED,
    OrderStatus.EXPIRED,
    OrderStatus.REVIEW,
)
LEGAL = {
    *((PENDING, status) for status in (COMPLETED, FAILED, EXPIRED, REVIEW)),
    *product((FAILED, EXPIRED), (COMPLETED, REVIEW)),
    (REVIEW, COMPLETED),
    (REVIEW, FAILED),
}


@pytest.mark.parametrize(("start", "end"), list(product(OrderStatus, OrderStatus)))
def test_only_legal_transitions_are_allowed_and_completion_is_never_undone(
    start: OrderStatus, end: OrderStatus
) -> None:
    assert an_order(status=start).may_become(end) is ((start, end) in LEGAL)


def test_closed_means_unpaid() -> None:
    assert {FAILED, EXPIRED} == CLOSED


AWAITING: dict[str, tuple[dict[str, Any], bool]] = {
    "pending": ({"status": PENDING}, True),
    "failed": ({"status": FAILED}, True),
    "expired": ({"status": EXPIRED}, True),
    "under review": ({"status": REVIEW}, False),
    "completed through its only checkout": (
        {"status": COMPLETED, "checkout_ids": ("one",), "paid_checkout_id": "one"},
        False,
    ),
    "completed through one of two": (
        {"status": COMPLETED, "checkout_ids": ("one", "two"), "paid_checkout_id": "two"},
        True,
    ),
    "completed without any": ({"status": COMPLETED, "checkout_ids": ()}, False),
}


@pytest.mark.parametrize(("changes", "awaits"), AWAITING.values(), ids=AWAITING)
def test_an_answer_is_awaited_while_a_payment_is_possible(
    *, changes: dict[str, Any], awaits: bool
) -> None:
    assert an_order(**changes).awaits_answer is awaits


def a_refund(transaction_id: str, status: RefundStatus) -> Refund:
    return Refund(transaction_id, status, Money(Decimal(45), "GBP"))


def test_tickets_admit_while_their_order_is_paid() -> None:
    assert an_order(status=COMPLETED).admits
    assert not an_order(status=COMPLETED, voided_at=NOW).admits
    assert not any(an_order(status=s).admits for s in OrderStatus if s is not COMPLETED)


def test_erased_buyers_and_buyers_who_complained_get_no_mail() -> None:
    nobody = Customer(ERASED, ERASED)

    assert an_order().takes_mail
    assert not an_order(customer=nobody).takes_mail
    assert not an_order(complained_at=NOW).takes_mail
    assert not an_order(customer=nobody, complained_at=NOW).takes_mail


@pytest.mark.parametrize("status", RefundStatus)
def test_only_a_refused_refund_leaves_a_payment_usable(status: RefundStatus) -> None:
    order = an_order(refunds=(a_refund("txn-1", status),))

    assert order.gives_back("txn-1") is (status is not RefundStatus.REFUSED)
    assert not order.gives_back("txn-2")
    assert not order.gives_back(None)


def test_the_refund_that_needs_attention_is_shown_among_several() -> None:
    every = [a_refund(f"txn-{n}", status) for n, status in enumerate(RefundStatus)]

    shown = [an_order(refunds=tuple(every[at:])).refund_status for at in range(len(every))]

    assert shown == ["unknown", "asked", "refused", "refunded", "charged_back"]
    assert an_order().refund_status is None


def test_a_transaction_has_one_refund() -> None:
    asked, other = a_refund("txn-1", RefundStatus.ASKED), a_refund("txn-2", RefundStatus.REFUNDED)
    done = a_refund("txn-1", RefundStatus.REFUNDED)
    order = an_order(refunds=(asked, other))

    assert order.refunds_with(done) == (other, done)
    assert order.refund_of("txn-1") == asked
    assert order.refund_of("txn-3") is None


# ---- tickets, void ones among them

LINES = (a_line(quantity=2), a_line(sku="vip", quantity=1))
SOLD = an_order(status=OrderStatus.COMPLETED, lines=LINES)
FIRST, SECOND, VIP = "ORD-ABC123-01", "ORD-ABC123-02", "ORD-ABC123-03"


def test_each_ticket_has_a_number_and_the_line_that_bought_it() -> None:
    assert SOLD.ticket_ids == (FIRST, SECOND, VIP)
    assert SOLD.ticket_lines == ((FIRST, LINES[0]), (SECOND, LINES[0]), (VIP, LINES[1]))


def test_a_void_ticket_is_not_valid_and_takes_no_seat() -> None:
    order = replace(SOLD, void_tickets=(VoidTicket(VIP, "vip", NOW),))

    assert (SOLD.valid_ticket_ids, SOLD.seats) == (SOLD.ticket_ids, {"general": 2, "vip": 1})
    assert (order.valid_ticket_ids, order.seats) == ((FIRST, SECOND), {"general": 2})
    assert order.admits
    assert replace(order, voided_at=NOW).valid_ticket_ids == ()


@pytest.mark.parametrize(
    "void", [VoidTicket("ORD-ABC123-04", "vip", NOW), VoidTicket(VIP, "general", NOW)]
)
def test_a_void_ticket_is_one_of_the_order_and_of_its_type(void: VoidTicket) -> None:
    with pytest.raises(UnreadableOrder) as refused:
        replace(SOLD, void_tickets=(void,))
    assert refused.value.problem == "a void ticket does not belong to it"


# ---- refunds in parts

WHOLE = Refund("txn-1", RefundStatus.REFUNDED, Money(Decimal("45.00"), "GBP"), settled_at=NOW)
PART = PartRefund("txn-1", RefundStatus.REFUNDED, Money(Decimal("15.00"), "GBP"), settled_at=NOW)
ASKED, UNKNOWN, REFUSED = RefundStatus.ASKED, RefundStatus.UNKNOWN, RefundStatus.REFUSED


def part(
    number: int,
    status: RefundStatus = RefundStatus.REFUNDED,
    **changes: Any,  # noqa: ANN401  # of any field
) -> PartRefund:
    return replace(PART, number=number, status=status, **changes)


OPEN_PARTS: dict[str, tuple[tuple[PartRefund, ...], tuple[Refund, ...], RefundStatus]] = {
    "asked": ((part(1, ASKED),), (part(1, ASKED),), ASKED),
    "refused": ((part(1, REFUSED),), (part(1, REFUSED),), REFUSED),
    "refused before another": ((part(1, REFUSED), part(2)), (part(2),), RefundStatus.REFUNDED),
    "two refused": ((part(1, REFUSED), part(2, REFUSED)), (part(2, REFUSED),), REFUSED),
    "refused long before": (
        (part(1, REFUSED), part(2), part(3)), (part(2), part(3)), RefundStatus.REFUNDED,
    ),
    "unknown before another": (
        (part(1, UNKNOWN), part(2)), (part(1, UNKNOWN), part(2)), UNKNOWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "open_", "status"), OPEN_PARTS.values(), ids=OPEN_PARTS)
def test_a_part_matters_until_it_is_back_or_another_was_asked_for(
    parts: tuple[PartRefund, ...], open_: tuple[Refund, ...], status: RefundStatus
) -> None:
    order = replace(SOLD, parts=parts)

    assert (order.all_refunds, order.refund_status) == (open_, status)


def test_parts_that_are_not_back_matter_no_more_once_all_is() -> None:
    other = part(3, UNKNOWN, transaction_id="txn-2")
    order = replace(SOLD, refunds=(WHOLE,), parts=(part(1), part(2, UNKNOWN), other))

    assert order.all_refunds == (WHOLE, part(1), other)
    unsettled = replace(order, refunds=(replace(WHOLE, status=UNKNOWN),))
    assert len(unsettled.all_refunds) == 4


def test_refunds_are_found_by_name_and_parts_replaced_by_number() -> None:
    order = replace(SOLD, refunds=(WHOLE,), parts=(part(1), part(2, ASKED)))

    assert (order.refund_named("txn-1"), order.refund_named("txn-1/2")) == (WHOLE, part(2, ASKED))
    assert order.refund_named("txn-1/3") is None
    assert order.parts_with(part(2)) == (part(1), part(2))
    assert order.parts_with(part(1, ASKED)) == (part(2, ASKED), part(1, ASKED))


def test_what_is_back_in_parts_is_counted_by_transaction() -> None:
    parts = (part(1), part(2), part(3, UNKNOWN), part(4, transaction_id="txn-2"))
    order = replace(SOLD, parts=parts)

    assert order.back_in_parts("txn-1") == Decimal("30.00")
    assert order.back_in_parts("txn-2") == Decimal("15.00")
    assert isinstance(order.back_in_parts("txn-3"), Decimal)


def test_tickets_are_void_by_hand_until_all_of_their_money_went_back() -> None:
    void = replace(SOLD, voided_at=NOW, reason_code=Reason.VOIDED, transaction_id="txn-1")

    assert void.is_void_by_hand
    assert not replace(void, voided_at=None).is_void_by_hand
    assert not replace(void, reason_code=Reason.REFUNDED).is_void_by_hand
    assert not replace(void, refunds=(WHOLE,)).is_void_by_hand
    assert replace(void, parts=(PART,)).is_void_by_hand, "the rest of its money stayed"
    assert replace(void, refunds=(replace(WHOLE, transaction_id="txn-2"),)).is_void_by_hand
    assert not replace(void, refunds=(WHOLE,), transaction_id=None).is_void_by_hand
    assert replace(void, refunds=(replace(WHOLE, status=REFUSED),)).is_void_by_hand
