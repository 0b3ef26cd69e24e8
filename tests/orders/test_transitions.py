"""Transitions: what each change of an order writes, and that illegal ones are refused."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.support.builders import CHECKOUT_ID, NOW, a_line, an_order, later
from ticketing.errors import IllegalTransition
from ticketing.money import Money
from ticketing.orders import transitions
from ticketing.orders.audit_entry import AuditEntry, fingerprint, fingerprint_of_holder
from ticketing.orders.order import (
    ERASED,
    MOVES,
    Customer,
    Delivery,
    Order,
    OrderStatus,
    Origin,
    Reissued,
    Trouble,
    VoidReason,
    VoidTicket,
    Work,
)
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence, PartRefund, Refund, RefundStatus
from ticketing.orders.schedule import LATE_EVERY
from ticketing.orders.transitions import Finding, Transition

PENDING, COMPLETED, FAILED = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.FAILED
EXPIRED, REVIEW = OrderStatus.EXPIRED, OrderStatus.REVIEW
THEN = later(hours=3)
TROUBLE = Trouble("unreadable", later(hours=1), 4)
PAID = Finding(
    Reason.PAID,
    "Payment verified.",
    seen="c-1 PAID 45.00 GBP [txn-1 SUCCESSFUL 45.00]",
    payment_status="PAID",
    checkout_id=CHECKOUT_ID,
    transaction_id="txn-1",
)
UNSEEN = Finding(Reason.APPROVED, "Paid in cash.", note="paid in cash")
REJECTED = Finding(Reason.REJECTED, "Rejected.", note="a test", closes_as=FAILED)
REFUND = Refund("txn-1", RefundStatus.REFUNDED, Money(Decimal(45), "GBP"), later(hours=2))
CHECKED = {"reason_code", "status_reason", "checked_at", "trouble"}
SCHEDULED = {"work", "next_check_at"}
SETTLED = CHECKED | SCHEDULED | {"status", "settled_at"}


def written(transition: Transition) -> dict[str, Any]:
    return {name: getattr(transition.after, name) for name in transition.fields}


def trail(transition: Transition) -> tuple[str, str, str]:
    return transition.change, transition.reason, transition.seen


SETTLING: dict[OrderStatus, Callable[[Order], Transition]] = {
    COMPLETED: lambda order: transitions.completed(order, PAID, THEN),
    REVIEW: lambda order: transitions.reviewed(order, PAID, THEN),
    EXPIRED: lambda order: transitions.closed(order, PAID, THEN),
    FAILED: lambda order: transitions.closed(order, REJECTED, THEN),
}


@pytest.mark.parametrize(("start", "end"), list(product(OrderStatus, SETTLING)))
def test_a_status_changes_only_by_legal_transitions(start: OrderStatus, end: OrderStatus) -> None:
    order = an_order(status=start)
    if end in MOVES[start]:
        assert SETTLING[end](order).after.status is end
        return

    with pytest.raises(IllegalTransition) as refused:
        SETTLING[end](order)

    assert (refused.value.before, refused.value.after) == (start, end)
    assert str(refused.value) == f"order ORD-ABC123 is {start} and cannot become {end}"


@pytest.mark.parametrize("start", OrderStatus)
def test_a_refund_rejects_an_order_only_if_that_is_a_legal_transition(start: OrderStatus) -> None:
    order = an_order(status=start)
    if FAILED in MOVES[start]:
        rejected = transitions.refund_settled(order, REFUND, Consequence.REJECTED, "why", THEN)
        assert rejected.after.status is FAILED
        return

    with pytest.raises(IllegalTransition):
        transitions.refund_settled(order, REFUND, Consequence.REJECTED, "why", THEN)


EVERY: dict[str, Transition] = {
    "payment retried": transitions.payment_retried(an_order(), "ORD-ABC123-2", THEN),
    "checkouts adopted": transitions.checkouts_adopted(an_order(), ["c-2"]),
    "postponed": transitions.postponed(an_order(), PAID, THEN),
    "completed": transitions.completed(an_order(), PAID, THEN),
    "reviewed": transitions.reviewed(an_order(), PAID, THEN),
    "closed": transitions.closed(an_order(), PAID, THEN),
    "refund noted": transitions.refund_noted(
        an_order(), Refund("txn-1", RefundStatus.ASKED, Money(Decimal(45), "GBP")), "refund: ill"
    ),
    "refund settled": transitions.refund_settled(
        an_order(status=COMPLETED), REFUND, Consequence.TICKETS_VOID, "refund: ill", THEN
    ),
    "part settled": transitions.part_settled(
        an_order(status=COMPLETED),
        PartRefund(
            "txn-1", RefundStatus.REFUNDED, Money(Decimal(15), "GBP"), tickets=("ORD-ABC123-01",)
        ),
        "refund: ill",
        THEN,
    ),
    "tickets voided": transitions.tickets_voided(
        an_order(status=COMPLETED), ("ORD-ABC123-01",), "void: ill", THEN
    ),
    "ticket reissued": transitions.ticket_reissued(
        an_order(status=COMPLETED), "ORD-ABC123-01", "reissue: shared"
    ),
    "event cancelled": transitions.event_cancelled(an_order(status=COMPLETED), "a storm", THEN),
    "refund asked": transitions.refund_asked(an_order(status=COMPLETED), THEN),
    "tickets resent": transitions.tickets_resent(an_order(), "m-1", "new@example.com"),
    "address changed": transitions.address_changed(an_order(), "new@example.com", ["m-1"]),
    "mail put back": transitions.mail_put_back(
        an_order(delivery=Delivery.PROBLEM), "m-1", Delivery.PENDING
    ),
    "rescheduled": transitions.rescheduled(an_order(work=None), Work.OPEN, THEN),
    "buyer erased": transitions.buyer_erased(an_order(), "old"),
}


@pytest.mark.parametrize("transition", EVERY.values(), ids=EVERY.keys())
def test_every_changed_field_is_listed_to_be_written(transition: Transition) -> None:
    before, after = transition.before, transition.after
    names = {f.name for f in fields(Order) if getattr(before, f.name) != getattr(after, f.name)}

    assert names
    assert names <= set(transition.fields)


@pytest.mark.parametrize("transition", EVERY.values(), ids=EVERY.keys())
def test_only_the_repository_increments_the_version_of_an_order(transition: Transition) -> None:
    assert not {"version", "audit_hash", "order_number"} & set(transition.fields)


def test_a_change_is_the_next_entry_of_the_trail() -> None:
    order = an_order(version=7, audit_hash="hash of 7")

    entry = transitions.reviewed(order, PAID, THEN).entry("verify_payment", later(hours=4))

    assert entry == AuditEntry(
        order_number="ORD-ABC123",
        sequence=8,
        at=later(hours=4),
        by="verify_payment",
        change=REVIEW,
        reason="paid",
        seen=PAID.seen,
        previous_hash="hash of 7",
    )


def test_an_order_is_completed_with_the_payment_that_counts() -> None:
    order = an_order(trouble=TROUBLE)

    completed = transitions.completed(order, PAID, THEN)

    assert written(completed) == {
        "reason_code": "paid",
        "status_reason": "Payment verified.",
        "checked_at": THEN,
        "trouble": None,
        "payment_status": "PAID",
        "status": COMPLETED,
        "settled_at": THEN,
        "work": None,
        "next_check_at": None,
        "delivery": Delivery.PENDING,
        "holds_seats": True,
        "rejected": False,
        "paid_checkout_id": CHECKOUT_ID,
        "transaction_id": "txn-1",
    }
    assert trail(completed) == (COMPLETED, "paid", PAID.seen)


def test_a_completion_without_a_payment_records_none() -> None:
    completed = transitions.completed(an_order(status=REVIEW), UNSEEN, THEN)

    unnamed = {"payment_status", "paid_checkout_id", "transaction_id"}
    assert not unnamed & set(completed.fields)
    assert trail(completed) == (COMPLETED, "approved: paid in cash", "")


@pytest.mark.parametrize(
    ("checkouts", "work", "next_check_at"),
    [((), None, None), (("c-1",), None, None), (("c-1", "c-2"), Work.LATE, THEN)],
)
def test_a_completed_order_with_further_checkouts_is_watched(
    checkouts: tuple[str, ...], work: Work | None, next_check_at: object
) -> None:
    after = transitions.completed(an_order(checkout_ids=checkouts), PAID, THEN).after

    assert (after.work, after.next_check_at) == (work, next_check_at)


@pytest.mark.parametrize(
    ("holds", "takes"), [(True, False), (False, True)], ids=["holding", "not holding"]
)
def test_a_completion_takes_seats_unless_they_are_held(*, holds: bool, takes: bool) -> None:
    order = an_order(status=EXPIRED, holds_seats=holds)

    transition = transitions.completed(order, PAID, THEN)

    assert (transition.takes_seats, transition.freed_seats) == (takes, {})


def test_a_review_keeps_the_seats_and_ends_the_schedule() -> None:
    reviewed = transitions.reviewed(an_order(), PAID, THEN)

    assert set(reviewed.fields) == SETTLED | {"payment_status"}
    assert (reviewed.after.checked_at, reviewed.after.settled_at) == (THEN, THEN)
    assert (reviewed.after.work, reviewed.after.next_check_at) == (None, None)
    assert not reviewed.freed_seats
    assert not reviewed.takes_seats
    assert trail(reviewed) == (REVIEW, "paid", PAID.seen)


@pytest.mark.parametrize(
    ("closes_as", "status"), [(None, EXPIRED), (EXPIRED, EXPIRED), (FAILED, FAILED)]
)
def test_a_closed_order_frees_its_seats_and_is_watched_for_late_payments(
    closes_as: OrderStatus | None, status: OrderStatus
) -> None:
    finding = Finding(Reason.EXPIRED, "Nobody paid in time.", closes_as=closes_as)

    closed = transitions.closed(an_order(), finding, THEN)

    assert set(closed.fields) == SETTLED | {"holds_seats"}
    assert (closed.after.checked_at, closed.after.settled_at) == (THEN, THEN)
    assert closed.after.status is status
    assert (closed.after.work, closed.after.next_check_at) == (Work.LATE, THEN + LATE_EVERY)
    assert closed.freed_seats
    assert not closed.after.rejected
    assert trail(closed) == (status, "expired", "")


def test_a_rejected_order_is_no_longer_watched() -> None:
    closed = transitions.closed(an_order(status=REVIEW), REJECTED, THEN)

    assert (closed.after.work, closed.after.next_check_at) == (None, None)
    assert closed.after.rejected
    assert trail(closed) == (FAILED, "rejected: a test", "")


@pytest.mark.parametrize(
    ("status", "work", "why"),
    [
        (
            PENDING,
            Work.OPEN,
            {"reason_code": "unreadable", "status_reason": "Could not ask."},
        ),
        (EXPIRED, Work.LATE, {}),
        (FAILED, Work.LATE, {}),
    ],
)
def test_a_postponed_order_records_the_finding_and_the_next_check(
    status: OrderStatus, work: Work, why: dict[str, str]
) -> None:
    """An order that is closed keeps the reason why."""
    finding = Finding(Reason.UNREADABLE, "Could not ask.", later(hours=4), TROUBLE)

    postponed = transitions.postponed(an_order(status=status), finding, THEN)

    assert written(postponed) == why | {
        "checked_at": THEN,
        "trouble": TROUBLE,
        "work": work,
        "next_check_at": later(hours=4),
    }
    assert trail(postponed) == ("", "", ""), "the trail does not grow"


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_without_a_next_check_leaves_the_work_index(status: OrderStatus) -> None:
    after = transitions.postponed(an_order(status=status), PAID, THEN).after

    assert (after.work, after.next_check_at) == (None, None)


def test_a_completed_order_keeps_its_payment_details() -> None:
    finding = Finding(Reason.CLOSED, "Watched.", later(hours=4), TROUBLE, payment_status="FAILED")

    postponed = transitions.postponed(an_order(status=COMPLETED), finding, THEN)

    assert written(postponed) == {
        "checked_at": THEN,
        "work": Work.LATE,
        "next_check_at": later(hours=4),
    }


def test_a_retried_payment_has_a_new_reference_and_no_status_yet() -> None:
    order = an_order(payment_status="FAILED")
    retried = transitions.payment_retried(order, "ORD-ABC123-2", THEN)

    assert written(retried) == {"checkout_reference": "ORD-ABC123-2", "payment_status": None}
    assert trail(retried) == ("new attempt to pay", "pay_again", "ORD-ABC123-2")


def test_an_attempt_that_was_seen_before_another_one_is_remembered() -> None:
    retried = transitions.payment_retried(an_order(), "ORD-ABC123-2", THEN, attempt_seen=True)

    assert retried.after.attempt_seen_at == THEN


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.EXPIRED])
def test_only_an_open_order_gains_time_by_an_attempt(status: OrderStatus) -> None:
    found = replace(PAID, attempt_seen=True)
    order = an_order(status=status)

    after = transitions.postponed(order, found, THEN).after

    assert after.attempt_seen_at == (THEN if status is OrderStatus.PENDING else None)


def test_the_first_attempt_counts() -> None:
    order = an_order(attempt_seen_at=NOW)

    assert transitions.postponed(order, replace(PAID, attempt_seen=True), THEN).after == replace(
        transitions.postponed(order, PAID, THEN).after, attempt_seen_at=NOW
    )


@pytest.mark.parametrize(
    "settle", [transitions.completed, transitions.reviewed, transitions.closed]
)
def test_a_settled_order_holds_no_unpaid_seats(settle: Callable[..., Transition]) -> None:
    unpaid = settle(an_order(held_in="unpaid#5#0"), PAID, THEN)
    before = settle(an_order(), PAID, THEN)

    assert (unpaid.frees_hold, unpaid.after.held_in) == (True, None)
    assert not before.frees_hold
    assert "held_in" not in before.fields


@pytest.mark.parametrize(
    ("known", "found", "after"),
    [
        ((), ["c-1"], ("c-1",)),
        (("c-1",), ["c-2"], ("c-1", "c-2")),
        (("c-1",), ["c-1"], ("c-1",)),
        (("c-1", "c-2"), ["c-3", "c-1"], ("c-2", "c-3", "c-1")),
    ],
)
def test_adopted_checkouts_come_last(
    known: tuple[str, ...], found: list[str], after: tuple[str, ...]
) -> None:
    adopted = transitions.checkouts_adopted(an_order(checkout_ids=known), found)

    assert written(adopted) == {"checkout_ids": after}
    assert trail(adopted) == ("checkout attached", "adopted", " ".join(found))


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (RefundStatus.ASKED, "refund asked"),
        (RefundStatus.UNKNOWN, "refund unclear"),
        (RefundStatus.REFUSED, "refund refused"),
    ],
)
def test_a_refund_is_added_to_the_others(status: RefundStatus, change: str) -> None:
    other = Refund("txn-0", RefundStatus.REFUNDED, Money(Decimal(45), "GBP"))
    refund = Refund("txn-1", status, Money(Decimal(45), "GBP"))

    noted = transitions.refund_noted(an_order(refunds=(other,)), refund, "refund: ill")

    assert written(noted) == {"refunds": (other, refund)}
    assert trail(noted) == (change, "refund: ill", refund.seen)


def test_a_refund_voids_the_tickets_it_paid_for_and_frees_their_seats() -> None:
    order = an_order(status=COMPLETED)

    settled = transitions.refund_settled(
        order, REFUND, Consequence.TICKETS_VOID, "refund: ill", THEN
    )

    assert written(settled) == {
        "refunds": (REFUND,),
        "reason_code": "refunded",
        "status_reason": "Its money went back to the buyer; its tickets are void.",
        "holds_seats": False,
        "voided_at": THEN,
    }
    assert settled.freed_seats
    assert trail(settled) == ("tickets void", "refund: ill", REFUND.seen)


def test_a_refund_rejects_an_order_under_review() -> None:
    order = an_order(status=REVIEW, trouble=TROUBLE)

    settled = transitions.refund_settled(order, REFUND, Consequence.REJECTED, "refund: ill", THEN)

    assert written(settled) == {
        "refunds": (REFUND,),
        "reason_code": "rejected",
        "status_reason": "Its money went back to the buyer, so it was rejected.",
        "holds_seats": False,
        "work": None,
        "next_check_at": None,
        "rejected": True,
        "status": FAILED,
        "settled_at": THEN,
    }
    assert trail(settled) == (FAILED, "rejected: refund: ill", REFUND.seen)


def test_a_refund_without_a_consequence_changes_only_the_refunds() -> None:
    order = an_order(status=COMPLETED)

    settled = transitions.refund_settled(order, REFUND, Consequence.NONE, "refund: twice", THEN)

    assert written(settled) == {"refunds": (REFUND,)}
    assert trail(settled) == ("money went back", "refund: twice", REFUND.seen)


@pytest.mark.parametrize(("origin", "change"), [(None, ""), *((o, o.value) for o in Origin)])
def test_the_trail_of_an_order_that_no_buyer_placed_begins_with_why(
    origin: Origin | None, change: str
) -> None:
    free = (a_line(unit_price=Decimal(0)),)
    order = an_order(origin=origin, **({"lines": free} if origin is Origin.GIVEN else {}))

    placed = transitions.placed_by_operator(order, "for the press")

    assert written(placed) == {}
    assert trail(placed) == (change, "for the press", "")


def test_resending_tickets_changes_no_field() -> None:
    resent = transitions.tickets_resent(an_order(), "m-1", "jane@example.com")

    assert written(resent) == {}
    assert trail(resent) == ("tickets sent again", "resend", "m-1")


def test_a_corrected_address_clears_the_complaint_and_is_only_hashed_in_the_trail() -> None:
    order = an_order(complained_at=later(hours=1))

    resent = transitions.tickets_resent(order, "m-1", "janet@example.com")

    hashes = [fingerprint("ORD-ABC123", f"{name}@example.com") for name in ("jane", "janet")]
    assert written(resent) == {
        "customer": Customer("Jane Doe", "janet@example.com"),
        "complained_at": None,
    }
    assert trail(resent) == ("address corrected", "resend", f"m-1 {hashes[0]} {hashes[1]}")


def test_a_changed_address_is_counted_too() -> None:
    order = an_order(complained_at=later(hours=1), address_changes=1)

    changed = transitions.address_changed(order, "janet@example.com", ["m-1", "m-2"])

    hashes = [fingerprint("ORD-ABC123", f"{name}@example.com") for name in ("jane", "janet")]
    assert written(changed) == {
        "customer": Customer("Jane Doe", "janet@example.com"),
        "complained_at": None,
        "address_changes": 2,
    }
    told = f"m-1 m-2 {hashes[0]} {hashes[1]}"
    assert trail(changed) == ("address changed by the buyer", "change_address", told)


@pytest.mark.parametrize(
    ("before", "wanted", "fields_written"),
    [
        (Delivery.PROBLEM, Delivery.PENDING, ("delivery",)),
        (Delivery.PENDING, Delivery.PENDING, ()),
        (Delivery.PROBLEM, None, ()),
        (None, Delivery.PENDING, ()),
    ],
)
def test_a_replayed_mail_updates_the_delivery_of_an_order_that_has_one(
    before: Delivery | None, wanted: Delivery | None, fields_written: tuple[str, ...]
) -> None:
    put_back = transitions.mail_put_back(an_order(delivery=before), "m-1", wanted)

    assert put_back.fields == fields_written
    assert put_back.after.delivery is (wanted if fields_written else before)
    assert trail(put_back) == ("mail put back", "replay", "m-1")


def test_a_rescheduled_order_is_due_immediately() -> None:
    rescheduled = transitions.rescheduled(an_order(work=None, next_check_at=None), Work.LATE, THEN)

    assert written(rescheduled) == {"work": Work.LATE, "next_check_at": THEN}
    assert trail(rescheduled) == ("scheduled again", "unscheduled", "LATE")


def test_an_erased_buyer_keeps_only_the_language() -> None:
    erased = transitions.buyer_erased(an_order(), "event long over")

    assert written(erased) == {"customer": Customer(ERASED, ERASED)}
    assert trail(erased) == ("buyer erased", "event long over", "")


def test_a_cancelled_event_voids_the_tickets_of_a_completed_order() -> None:
    void = transitions.event_cancelled(an_order(status=COMPLETED), "a storm", THEN)

    assert written(void) == {
        "holds_seats": False,
        "voided_at": THEN,
        "reason_code": "event_cancelled",
        "status_reason": "Its event was cancelled; its tickets are void.",
    }
    assert trail(void) == ("tickets void", "event_cancelled: a storm", "")
    assert void.freed_seats == {"general": 3}
    assert len(void.voided) == 3


@pytest.mark.parametrize("changes", [{"status": s} for s in OrderStatus if s is not COMPLETED]
                         + [{"status": COMPLETED, "voided_at": NOW}])  # fmt: skip
def test_only_valid_tickets_become_void(changes: dict[str, Any]) -> None:
    order = an_order(**changes)

    with pytest.raises(IllegalTransition) as refused:
        transitions.event_cancelled(order, "a storm", THEN)

    error = refused.value
    assert (error.order_number, error.before) == (order.order_number, order.status)
    assert error.after == Consequence.TICKETS_VOID


def test_a_request_for_the_money_is_noted_and_changes_nothing_else() -> None:
    asked = transitions.refund_asked(an_order(status=COMPLETED), THEN)

    assert written(asked) == {"refund_asked_at": THEN}
    assert trail(asked) == ("refund asked by the buyer", "event_moved", "")


# ---- void tickets beside valid ones

LINES = (a_line(quantity=2), a_line(sku="child", quantity=1, unit_price=Decimal("5.00")))
SOLD = an_order(status=OrderStatus.COMPLETED, reason_code="paid", lines=LINES)
FIRST, SECOND, CHILD = SOLD.ticket_ids
PART = PartRefund(
    "txn-1", RefundStatus.REFUNDED, Money(Decimal("15.00"), "GBP"), NOW, "a1", NOW,
    tickets=(SECOND,),
)  # fmt: skip


def with_void(*ids: str) -> Order:
    lines = dict(SOLD.ticket_lines)
    return replace(SOLD, void_tickets=tuple(VoidTicket(i, lines[i].sku, NOW) for i in ids))


@pytest.mark.parametrize(
    ("before", "wanted", "voided", "freed", "change"),
    [
        (SOLD, (SECOND,), (SECOND,), {"general": 1}, "some tickets void"),
        (SOLD, (FIRST, CHILD), (FIRST, CHILD), {"general": 1, "child": 1}, "some tickets void"),
        (with_void(FIRST), (FIRST, SECOND), (SECOND,), {"general": 1}, "some tickets void"),
        (with_void(FIRST), (FIRST,), (), {}, "money went back"),
        (SOLD, SOLD.ticket_ids, SOLD.ticket_ids, {"general": 2, "child": 1}, "tickets void"),
        (with_void(FIRST, CHILD), (SECOND,), (SECOND,), {"general": 1}, "tickets void"),
        (replace(SOLD, voided_at=NOW, holds_seats=False), (SECOND,), (), {}, "money went back"),
    ],
)
def test_tickets_become_void_once_and_free_their_seats(
    before: Order,
    wanted: tuple[str, ...],
    voided: tuple[str, ...],
    freed: dict[str, int],
    change: str,
) -> None:
    part = replace(PART, tickets=wanted)
    for done in (
        transitions.tickets_voided(before, wanted, "void: x", later(hours=1)),
        transitions.part_settled(before, part, "refund: x", later(hours=1)),
    ):
        assert (done.voided, done.freed_seats, done.change) == (voided, freed, change)
        assert done.after.admits is bool(done.after.valid_ticket_ids)
        is_over = change == "tickets void"
        assert (done.after.reason_code == "voided") is is_over
        assert done.after.holds_seats is not (is_over or before.voided_at is not None)


def test_what_is_void_says_since_when_and_how_many() -> None:
    done = transitions.tickets_voided(with_void(FIRST), (CHILD,), "void: x", later(hours=1)).after

    assert done.void_tickets[1:] == (VoidTicket(CHILD, "child", later(hours=1)),)
    assert done.status_reason == "An operator made tickets void: 2 of 3."
    everything = transitions.tickets_voided(done, (SECOND,), "void: x", later(hours=1)).after
    assert everything.status_reason == "An operator made tickets void: all."
    assert everything.voided_at == later(hours=1)


CHARGED_BACK = replace(REFUND, status=RefundStatus.CHARGED_BACK)


def test_void_tickets_carry_why_they_are_void() -> None:
    def settled(refund: Refund) -> Transition:
        return transitions.refund_settled(SOLD, refund, Consequence.TICKETS_VOID, "x", THEN)

    by_hand = transitions.tickets_voided(SOLD, (FIRST,), "void: x", THEN)
    in_part = transitions.part_settled(SOLD, PART, "refund: x", THEN)
    by_storm = transitions.event_cancelled(SOLD, "a storm", THEN)

    assert by_hand.void_reason is VoidReason.WITHDRAWN
    assert in_part.void_reason is VoidReason.REFUNDED
    assert settled(REFUND).void_reason is VoidReason.REFUNDED
    assert settled(CHARGED_BACK).void_reason is VoidReason.CHARGED_BACK
    assert by_storm.void_reason is VoidReason.CANCELLED


def test_a_part_is_noted_beside_the_others_with_its_own_name() -> None:
    other = replace(PART, number=2, status=RefundStatus.ASKED)

    noted = transitions.refund_noted(replace(SOLD, parts=(PART,)), other, "refund: x")

    assert noted.after.parts == (PART, other)
    assert (noted.change, noted.seen) == ("refund asked", "txn-1/2 asked 15.00 GBP")
    assert noted.fields == ("parts",)


def test_a_settled_part_says_what_it_did_in_row_and_trail() -> None:
    order = replace(SOLD, parts=(replace(PART, status=RefundStatus.ASKED),))

    done = transitions.part_settled(order, PART, "refund: x", later(hours=1))

    assert (done.reason, done.seen) == ("refund: x", "txn-1/1 refunded 15.00 GBP")
    assert done.after.status_reason == "Money went back and tickets are void: 1 of 3."
    assert done.after.parts == (PART,)


def test_tickets_that_an_operator_makes_void_are_named_in_the_trail() -> None:
    done = transitions.tickets_voided(SOLD, (FIRST, CHILD), "void: x", later(hours=1))

    assert (done.reason, done.seen) == ("void: x", f"{FIRST} {CHILD}")


def test_a_ticket_is_issued_anew_with_its_seat() -> None:
    anew = transitions.ticket_reissued(SOLD, SECOND, "reissue: shared")
    again = transitions.ticket_reissued(anew.after, f"{SECOND}-R1", "reissue: lost")

    assert written(anew) == {"reissued": (Reissued(SECOND, 1),)}
    assert written(again) == {"reissued": (Reissued(SECOND, 2),)}
    assert trail(anew) == ("ticket reissued", "reissue: shared", f"{SECOND} {SECOND}-R1")
    assert trail(again)[2] == f"{SECOND}-R1 {SECOND}-R2"
    assert (anew.voided, anew.freed_seats) == ((SECOND,), {})
    assert again.after.valid_ticket_ids == (FIRST, f"{SECOND}-R2", CHILD)


def test_the_name_that_a_ticket_is_transferred_to_is_only_hashed_in_the_trail() -> None:
    anew = transitions.ticket_reissued(SOLD, SECOND, "transfer: ill", "Ben Vibert")

    hashed = fingerprint_of_holder(f"{SECOND}-R1", "Ben Vibert")
    assert written(anew) == {"reissued": (Reissued(SECOND, 1),)}
    assert trail(anew) == (
        "ticket transferred", "transfer: ill", f"{SECOND} {SECOND}-R1 {hashed}",
    )  # fmt: skip
    assert len(hashed) == 4
    assert hashed != fingerprint_of_holder(f"{SECOND}-R1", "ben vibert")
    assert hashed != fingerprint_of_holder(f"{SECOND}-R2", "Ben Vibert")


@pytest.mark.parametrize(
    ("order", "ticket"),
    [
        *((replace(SOLD, status=s), "02") for s in OrderStatus if s is not COMPLETED),
        (replace(SOLD, voided_at=NOW), "02"),
        (replace(SOLD, reissued=(Reissued(SECOND, 1),)), "02"),
        (SOLD, "02-R1"),
        (SOLD, "04"),
    ],
)
def test_only_a_valid_ticket_is_issued_anew(order: Order, ticket: str) -> None:
    with pytest.raises(IllegalTransition) as refused:
        transitions.ticket_reissued(order, f"ORD-ABC123-{ticket}", "reissue: x")

    assert str(refused.value) == str(
        IllegalTransition("ORD-ABC123", order.status, "ticket reissued")
    )


def test_a_void_ticket_is_not_issued_anew() -> None:
    with pytest.raises(IllegalTransition):
        transitions.ticket_reissued(with_void(SECOND), SECOND, "reissue: x")


def test_a_ticket_that_was_issued_anew_becomes_void_by_its_new_id() -> None:
    anew = transitions.ticket_reissued(SOLD, SECOND, "reissue: shared").after

    void = transitions.tickets_voided(anew, [f"{SECOND}-R1"], "void: x", THEN)

    assert written(void)["void_tickets"] == (VoidTicket(f"{SECOND}-R1", "general", THEN),)
    assert void.freed_seats == {"general": 1}
