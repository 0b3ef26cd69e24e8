"""The orders table: each write is atomic, conditional, and applied at most once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.adapters.contracts.shops import REFUSED, Shop, nothing_written
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_line,
    a_record,
    an_event,
    an_order,
    later,
    tickets_for,
)
from tests.support.stored import (
    LATER,
    TRANSACTION_ID,
    a_checkout,
    a_decision,
    a_mail,
    a_payment,
    paid,
)
from ticketing.emails.mail import Mail, MailKind, MailStatus, of_address_change, to_buyer
from ticketing.errors import (
    AlreadyIssued,
    MailChanged,
    NotStorable,
    OrderChanged,
    OrderNotFound,
    PaymentClaimed,
    SeatsGone,
    TooManyAtOnce,
    TooManyOrders,
    TooManyUnpaid,
)
from ticketing.events.event import TicketType
from ticketing.money import Money
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Repeated, Request
from ticketing.orders.box_office import BY_OPERATOR
from ticketing.orders.limits import Limits
from ticketing.orders.order import (
    ERASED,
    Customer,
    Delivery,
    Order,
    OrderStatus,
    Origin,
    ReviewedOrder,
    Trouble,
    VoidTicket,
    Work,
    WorkItem,
)
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence, PartRefund, Refund, RefundStatus
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutSeen
from ticketing.payments.decision import Action, Decision
from ticketing.tickets.ticket import Ticket, TicketStatus

NUMBER, NEW = "ORD-ABC123", "jane@example.org"
COMPLETED = {
    "status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED, "work": None,
    "next_check_at": None, "settled_at": NOW,
}  # fmt: skip
CLOSED = {"status": OrderStatus.EXPIRED, "work": Work.LATE, "holds_seats": False}
ALERT = a_mail(mail_id="ORD-ABC123#alert#x", kind=MailKind.ALERT, subject="[S] t", body="b")
DIGEST = a_mail(mail_id="shop#alert#stuck", kind=MailKind.ALERT, order_number=None)
UNPAID = a_checkout(status="EXPIRED", transactions=())
CLOSES = a_decision(Action.CLOSE, Reason.EXPIRED, checkout=UNPAID)
REJECTS = a_decision(Action.CLOSE, Reason.REJECTED, checkout=None)
MISMATCH = a_decision(Action.REVIEW, Reason.AMOUNT, expected="£45.00", received="£40.00")
WAITS = a_decision(
    Action.WAIT,
    Reason.AWAITING_PAYMENT,
    checkout=a_checkout(status="PENDING", transactions=()),
    next_check_at=LATER + timedelta(minutes=4),
)
RETIRED = CheckoutSeen(a_record(), a_checkout(status="EXPIRED", transactions=()))
REQUEST = Request("key-1", "hash-1", LATER)
ASKED = Refund(
    TRANSACTION_ID, RefundStatus.ASKED, Money(Decimal("45.00"), "GBP"), asked_at=LATER, attempt="a1"
)
BACK = replace(ASKED, status=RefundStatus.REFUNDED, settled_at=LATER)
PART_BACK = PartRefund(
    TRANSACTION_ID, RefundStatus.REFUNDED, Money(Decimal("15.00"), "GBP"), LATER, "a1", LATER,
    tickets=(f"{NUMBER}-02",),
)  # fmt: skip
VOID, REJECTED, NOTHING = Consequence.TICKETS_VOID, Consequence.REJECTED, Consequence.NONE


def an_entry(order: Order) -> AuditEntry:
    """Return an entry that occupies the place of the next one of the order."""
    return AuditEntry(order.order_number, order.version + 1, NOW, "x", "x", "x", "", "")


def complete(shop: Shop, order: Order) -> None:
    shop.orders.complete(order, paid(), tickets_for(order), [a_mail()], LATER)


def completed(shop: Shop, **changes: object) -> Order:
    """Store a completed order with its tickets."""
    order = shop.store(an_order(**COMPLETED | changes))
    for ticket in tickets_for(order):
        shop.store_ticket(ticket)
    return order


# ---- place


def limited(
    shop: Shop,
    number: str,
    limits: Limits | None = None,
    *,
    seats: int = 1,
    **changes: Any,  # noqa: ANN401  # of any field
) -> Order:
    """Place an order of one buyer as the shop does."""
    order = an_order(order_number=number, lines=(a_line(quantity=seats),), **changes)
    kind = TicketType("general", "General", Money(Decimal(15), "GBP"), 0, capacity=100)
    allowances = (limits or Limits()).of(order, [kind])
    order = replace(order, held_in=allowances.seats.key if allowances.seats else None)
    shop.orders.place(order, None, allowances)
    return order


def test_a_buyer_has_so_many_open_orders_whatever_the_spelling_of_their_address(shop: Shop) -> None:
    shop.sell(available=50)
    for number, address in (
        ("ORD-ONE111", "jane@example.com"),
        ("ORD-TWO222", "Jane@Example.com"),
        ("ORD-THREE3", "jane+three@example.com"),
    ):
        limited(shop, number, customer=Customer("Jane", address))

    with nothing_written(shop, TooManyOrders, match="3 orders for this email address") as refused:
        limited(shop, "ORD-FOUR44", customer=Customer("Jane", "JANE+4@EXAMPLE.COM"))
    assert refused.value.wait_seconds == 2 * 3600, "when an order placed now would end"
    limited(shop, "ORD-FIVE55", customer=Customer("Joe", "joe@example.com"))


def test_a_settled_order_makes_room_for_another_one(shop: Shop) -> None:
    shop.sell(available=50)
    first = limited(shop, "ORD-ONE111")
    limited(shop, "ORD-TWO222")
    limited(shop, "ORD-THREE3")
    shop.orders.close(shop.orders.get(first.order_number), CLOSES, [], LATER)

    limited(shop, "ORD-FOUR44")

    with pytest.raises(TooManyOrders):
        limited(shop, "ORD-FIVE55")


def test_orders_hold_so_many_unpaid_seats_of_an_event(shop: Shop) -> None:
    shop.sell(available=100)
    orders = [
        limited(shop, f"ORD-NO{n}AAA", seats=10, customer=Customer("Any", f"any{n}@example.com"))
        for n in range(5)
    ]
    another = Customer("Any", "another@example.com")

    with nothing_written(shop, TooManyUnpaid, match="back within minutes"):
        limited(shop, "ORD-LAST11", customer=another)
    shop.orders.close(shop.orders.get(orders[0].order_number), CLOSES, [], LATER)
    limited(shop, "ORD-LAST11", seats=10, customer=another)
    with pytest.raises(TooManyUnpaid):
        limited(shop, "ORD-LAST22", customer=Customer("Any", "last@example.com"))


def test_free_tickets_of_a_paid_order_are_no_unpaid_seats(shop: Shop) -> None:
    shop.sell(available=100)
    shop.sell(available=100, sku="free")
    lines = (a_line(quantity=10), a_line(sku="free", quantity=40, unit_price=Decimal(0)))
    kind = TicketType("general", "General", Money(Decimal(15), "GBP"), 0, capacity=100)
    for n in range(5):
        order = an_order(
            order_number=f"ORD-NO{n}AAA",
            lines=lines[: 2 if n == 0 else 1],
            customer=Customer("Any", f"any{n}@example.com"),
        )
        shop.orders.place(order, None, Limits().of(order, [kind]))

    with nothing_written(shop, TooManyUnpaid, match="back within minutes"):
        limited(shop, "ORD-LAST11", customer=Customer("Any", "another@example.com"))


@pytest.mark.parametrize("settle", ["complete", "review", "close", "reject"])
def test_a_settled_order_holds_no_unpaid_seats_any_more(shop: Shop, settle: str) -> None:
    shop.sell(available=100)
    for n in range(4):
        limited(shop, f"ORD-NO{n}AAA", seats=10, customer=Customer("Any", f"any{n}@example.com"))
    order = limited(shop, NUMBER, seats=10, checkout_ids=())
    shop.orders.adopt(order, [a_checkout(id=CHECKOUT_ID)], LATER)

    CHANGES[settle](shop, shop.orders.get(NUMBER))

    assert shop.orders.get(NUMBER).held_in is None
    limited(shop, "ORD-LAST11", seats=10, customer=Customer("Any", "last@example.com"))


def test_free_tickets_can_be_ordered_so_often_a_day(shop: Shop) -> None:
    shop.sell(available=50)
    free = {"lines": (a_line(quantity=1, unit_price=Decimal(0)),)}

    def place(number: str, at: datetime) -> None:
        order = an_order(order_number=number, created_at=at, **free)
        shop.orders.place(order, None, Limits(free_a_day=2).of(order, []))

    place("ORD-ONE111", NOW)
    place("ORD-TWO222", NOW + timedelta(hours=1))
    for number in ("ORD-ONE111", "ORD-TWO222"):
        shop.orders.close(shop.orders.get(number), CLOSES, [], LATER)
    with nothing_written(shop, TooManyOrders, match="tomorrow") as refused:
        place("ORD-THREE3", NOW + timedelta(hours=2))
    assert refused.value.wait_seconds == 10 * 3600 + 1
    place("ORD-FOUR44", NOW + timedelta(hours=12))


@pytest.mark.parametrize("book", ["book_check", "book_attempt"])
def test_only_one_of_two_bookings_counts(shop: Shop, book: str) -> None:
    order = shop.store(an_order())

    assert getattr(shop.orders, book)(order, LATER)
    assert not getattr(shop.orders, book)(order, LATER)
    read = shop.orders.get(NUMBER)
    assert getattr(shop.orders, book)(read, later(hours=9))
    assert not getattr(shop.orders, book)(read, later(hours=10)), "another one was booked since"
    assert shop.orders.get(NUMBER).version == order.version


def test_nothing_is_booked_for_an_order_that_does_not_exist(shop: Shop) -> None:
    assert not shop.orders.book_check(an_order(), LATER)
    assert not shop.orders.book_attempt(an_order(), LATER)


def test_a_booked_check_is_taken_back_unless_another_one_was_booked(shop: Shop) -> None:
    order = shop.store(an_order())
    shop.orders.book_check(order, LATER)

    shop.orders.unbook_check(order, later(hours=9))
    assert shop.orders.get(NUMBER).checks_booked_until == LATER
    shop.orders.unbook_check(order, LATER)
    assert shop.orders.get(NUMBER).checks_booked_until is None


def test_an_order_is_placed_with_its_seats_and_idempotency_key(shop: Shop) -> None:
    shop.sell(available=4)

    shop.orders.place(an_order(), REQUEST)

    rows = shop.rows()
    assert shop.orders.get(NUMBER) == an_order()
    assert rows["seats"] == {("5", "general"): 1}
    assert shop.orders.requested("key-1") == Repeated("hash-1", NUMBER)
    assert rows["texts"][NUMBER]["what_next"].startswith("The payment is checked again;")
    assert shop.orders.requested("key-2") is None


def test_an_order_number_is_used_only_once(shop: Shop) -> None:
    shop.sell()
    shop.orders.place(an_order())

    with nothing_written(shop, *REFUSED):
        shop.orders.place(an_order())


@pytest.mark.parametrize("available", [None, 0, 2])
def test_an_order_without_enough_seats_is_not_placed(shop: Shop, available: int | None) -> None:
    if available is not None:
        shop.sell(available)

    with nothing_written(shop, SeatsGone, match=NUMBER):
        shop.orders.place(an_order(), REQUEST)


def test_an_idempotency_key_places_one_order(shop: Shop) -> None:
    shop.sell()
    shop.orders.place(an_order(), REQUEST)

    with nothing_written(shop, OrderChanged):
        shop.orders.place(an_order(order_number="ORD-DEF456"), REQUEST)


def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    with nothing_written(shop, OrderNotFound, match=NUMBER):
        shop.orders.get(NUMBER)


# ---- each change of an order


CHANGES: dict[str, Callable[[Shop, Order], object]] = {
    "retry_payment": lambda s, o: s.orders.retry_payment(o, f"{NUMBER}-2", RETIRED, LATER),
    "adopt": lambda s, o: s.orders.adopt(o, [a_checkout(id="found")], LATER),
    "complete": complete,
    "review": lambda s, o: s.orders.review(o, MISMATCH, [ALERT], LATER),
    "close": lambda s, o: s.orders.close(o, CLOSES, [ALERT], LATER),
    "reject": lambda s, o: s.orders.close(o, REJECTS, [], LATER),
    "note_refund": lambda s, o: s.orders.note_refund(o, ASKED, "refund: ill", LATER),
    "settle_refund": lambda s, o: s.orders.settle_refund(
        o, BACK, NOTHING, "refund: ill", [ALERT], LATER
    ),
    "settle_part": lambda s, o: s.orders.settle_part(o, PART_BACK, "refund: ill", [ALERT], LATER),
    "void_tickets": lambda s, o: s.orders.void_tickets(
        o, o.ticket_ids, [ALERT], "void: sold on", LATER
    ),
    "send_again": lambda s, o: s.orders.send_again(
        o, to_buyer(o, MailKind.CONFIRMATION, LATER, 2), LATER
    ),
    "change_address": lambda s, o: s.orders.change_address(
        o, NEW, [of_address_change(o, LATER)], Limits().of_address(o, NEW, LATER), LATER
    ),
    "ask_refund": lambda s, o: s.orders.ask_refund(o, LATER),
    "erase": lambda s, o: s.orders.erase(o, "she asked", LATER),
}
VOIDING = ("settle_refund", "settle_part", "void_tickets")
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())


@each_change
def test_a_change_increments_the_version_and_adds_an_audit_entry(
    shop: Shop, change: Callable[[Shop, Order], object]
) -> None:
    shop.sell()
    order = shop.store(an_order(trouble=Trouble("unreadable", NOW, 2), audit_hash="a" * 64))

    change(shop, order)

    (entry,) = shop.rows()["trail"]
    assert (entry.sequence, entry.at, entry.previous_hash) == (1, LATER, "a" * 64)
    changed = shop.orders.get(NUMBER)
    assert (changed.version, changed.audit_hash) == (1, entry.hash)


def test_no_other_order_loses_its_checkout_to_an_attempt_to_pay_again(shop: Shop) -> None:
    order = shop.store(an_order())
    shop.store(an_order(order_number="ORD-OTHER1"))  # has the same checkout now

    with nothing_written(shop, *REFUSED):
        shop.orders.retry_payment(order, f"{NUMBER}-2", RETIRED, LATER)


@pytest.mark.parametrize("news", [{"version": 5}, {"status": OrderStatus.REVIEW}, {"version": -1}])
@each_change
def test_an_order_that_changed_since_it_was_read_is_not_overwritten(
    shop: Shop, change: Callable[[Shop, Order], object], news: dict[str, Any]
) -> None:
    shop.sell()
    order = an_order()
    shop.store(replace(order, **news))

    with nothing_written(shop, OrderChanged, match=NUMBER):
        change(shop, order)


@each_change
def test_a_deleted_order_is_not_recreated(
    shop: Shop, change: Callable[[Shop, Order], object]
) -> None:
    shop.sell()

    with nothing_written(shop, OrderNotFound, match=NUMBER):
        change(shop, an_order())


@each_change
def test_an_audit_trail_ahead_of_its_order_blocks_the_change(
    shop: Shop, change: Callable[[Shop, Order], object]
) -> None:
    shop.sell()
    order = shop.store(an_order())
    shop.store_entry(an_entry(order))

    with nothing_written(shop, *REFUSED):
        change(shop, order)


@pytest.mark.parametrize(
    ("name", "raised"),
    [("review", REFUSED), ("close", REFUSED), *((name, (OrderChanged,)) for name in VOIDING)],
)
def test_an_existing_mail_blocks_the_change(
    shop: Shop, name: str, raised: tuple[type[Exception], ...]
) -> None:
    """Tickets that are sent again meanwhile take the id of the mail with those that are left."""
    shop.sell()
    order = shop.store(an_order())
    shop.store_mail(ALERT)

    with nothing_written(shop, *raised):
        CHANGES[name](shop, order)


# ---- checkouts


def test_adopted_checkouts_are_appended_to_the_known_ones(shop: Shop) -> None:
    order = shop.store(an_order(checkout_ids=("first", "known")))

    found = [a_checkout(id="known"), a_checkout(id="new", pay_url="https://pay.sumup.com/n")]
    shop.orders.adopt(order, found, LATER)

    adopted = shop.orders.get(NUMBER)
    assert adopted.checkout_ids == ("first", "known", "new")
    assert shop.orders.records(adopted) == (
        CheckoutRecord("first", NUMBER, NUMBER, status="PENDING", created_at=order.created_at),
        CheckoutRecord("known", NUMBER, NUMBER, status="PAID", created_at=LATER),
        CheckoutRecord("new", NUMBER, NUMBER, "https://pay.sumup.com/n", "PAID", LATER),
    )
    assert shop.orders.order_of("new") == NUMBER
    assert shop.orders.order_of("unknown") is None


def test_a_checkout_of_another_order_is_not_adopted(shop: Shop) -> None:
    order = shop.store(an_order(checkout_ids=()))
    shop.store(an_order(order_number="ORD-DEF456", checkout_ids=("found",)))

    with nothing_written(shop, PaymentClaimed, match="ORD-DEF456"):
        shop.orders.adopt(order, [a_checkout(id="found")], LATER)


@pytest.mark.parametrize("spoil", ["none", "missing", "another's"])
def test_checkout_records_are_all_or_nothing(shop: Shop, spoil: str) -> None:
    order = shop.store(an_order(checkout_ids=() if spoil == "none" else ("a", "b")))
    if spoil == "missing":
        shop.remove_checkout("b")
    if spoil == "another's":
        shop.store(an_order(order_number="ORD-OTHER1", checkout_ids=("b",)))

    assert shop.orders.records(order) is None


# ---- postpone, nominate


@pytest.mark.parametrize("decision", [WAITS, replace(WAITS, next_check_at=None)])
@pytest.mark.parametrize("status", OrderStatus)
def test_postponing_stores_the_reason_and_time_without_a_new_version(
    shop: Shop, status: OrderStatus, decision: Decision
) -> None:
    order = shop.store(an_order(status=status, status_reason="as it was", trouble=None))
    trouble = Trouble("unreadable", NOW, 3)

    shop.orders.postpone(order, replace(decision, trouble=trouble), LATER)

    later_on = shop.orders.get(NUMBER)
    assert (later_on.next_check_at, later_on.checked_at) == (decision.next_check_at, LATER)
    assert (later_on.version, shop.rows()["trail"]) == (0, [])
    assert (later_on.trouble is None) == (status is OrderStatus.COMPLETED)
    is_open = status is OrderStatus.PENDING
    assert (later_on.status_reason == "as it was") != is_open, "what is settled keeps its reason"


@pytest.mark.parametrize("news", [{"version": 5}, {"status": OrderStatus.COMPLETED}, None])
def test_an_order_that_changed_or_is_gone_is_not_postponed(
    shop: Shop, news: dict[str, Any] | None
) -> None:
    if news:
        shop.store(an_order(**news))

    with nothing_written(shop):
        shop.orders.postpone(an_order(), WAITS, LATER)


def test_only_one_of_two_scans_nominates_an_order(shop: Shop) -> None:
    shop.store(an_order())
    (item,) = shop.orders.due(Work.OPEN, LATER, 5)
    assert item == WorkItem(NUMBER, LATER)

    assert shop.orders.nominate(item, LATER, LATER + timedelta(minutes=4))

    with nothing_written(shop):
        assert not shop.orders.nominate(item, LATER, LATER + timedelta(minutes=5))
    assert list(shop.orders.due(Work.OPEN, LATER, 5)) == []


@pytest.mark.parametrize("left", [None, {"work": None, "next_check_at": None}])
def test_an_order_that_left_the_index_is_not_nominated(
    shop: Shop, left: dict[str, None] | None
) -> None:
    if left:
        shop.store(an_order(**left))

    with nothing_written(shop):
        assert not shop.orders.nominate(WorkItem(NUMBER, LATER), LATER, LATER)


# ---- complete, review, close


def test_a_completed_order_has_its_payment_tickets_and_mail(shop: Shop) -> None:
    shop.sell(available=100)
    order = shop.store(an_order(checkout_ids=(CHECKOUT_ID, "another")))

    complete(shop, order)

    rows, done = shop.rows(), shop.orders.get(NUMBER)
    assert (done.status, done.delivery) == (OrderStatus.COMPLETED, Delivery.PENDING)
    assert (done.transaction_id, done.paid_checkout_id) == (TRANSACTION_ID, CHECKOUT_ID)
    assert (done.work, done.next_check_at) == (Work.LATE, LATER), "a second payment may come"
    assert rows["payments"] == {TRANSACTION_ID: NUMBER}
    assert shop.orders.payment_owner(TRANSACTION_ID) == NUMBER
    assert shop.tickets.get_all([f"{NUMBER}-01", "none", f"{NUMBER}-03"]) == (
        tickets_for(order)[0],
        tickets_for(order)[2],
    )
    assert set(rows["mails"]) == {a_mail().mail_id}
    assert rows["seats"] == {("5", "general"): 100}, "they were taken when it was placed"
    assert rows["texts"][NUMBER]["delivery_next"] == "Their mail is sent within minutes."


def test_a_payment_without_an_id_is_keyed_by_its_checkout(shop: Shop) -> None:
    order = shop.store(an_order())
    payment = a_payment(id=None)
    decision = paid(payment=payment, checkout=a_checkout(transactions=(payment,)))

    shop.orders.complete(order, decision, tickets_for(order), [], LATER)

    assert shop.rows()["payments"] == {CHECKOUT_ID: NUMBER}


def test_a_free_order_completes_without_a_payment(shop: Shop) -> None:
    order = shop.store(an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=()))
    decision = a_decision(Action.ISSUE, Reason.FREE, checkout=None)

    shop.orders.complete(order, decision, tickets_for(order), [a_mail()], LATER)

    assert shop.rows()["payments"] == {}
    assert len(shop.rows()["tickets"]) == 3


def test_a_late_payment_takes_its_seats_again(shop: Shop) -> None:
    shop.sell(available=3)

    complete(shop, shop.store(an_order(**CLOSED)))

    assert shop.rows()["seats"] == {("5", "general"): 0}
    assert shop.orders.get(NUMBER).holds_seats


@pytest.mark.parametrize("available", [None, 2])
def test_a_late_payment_without_seats_issues_no_tickets(shop: Shop, available: int | None) -> None:
    if available is not None:
        shop.sell(available)
    order = shop.store(an_order(**CLOSED))

    with nothing_written(shop, SeatsGone, match=NUMBER):
        complete(shop, order)


OBSTACLES: dict[str, tuple[Callable[[Shop, Order], object], tuple[type[Exception], ...]]] = {
    "its payment is another order's": (
        lambda s, o: s.store_payment(TRANSACTION_ID, replace(o, order_number="ORD-OTHER1")),
        (PaymentClaimed,),
    ),
    "its payment is there": (lambda s, o: s.store_payment(TRANSACTION_ID, o), REFUSED),
    "a ticket exists": (lambda s, o: s.store_ticket(tickets_for(o)[1]), (AlreadyIssued,)),
    "its mail exists": (lambda s, _: s.store_mail(a_mail()), (AlreadyIssued,)),
    "its checkout is gone": (lambda s, _: s.remove_checkout(CHECKOUT_ID), REFUSED),
    "its checkout is another order's": (
        lambda s, _: s.store(an_order(order_number="ORD-OTHER1")),
        REFUSED,
    ),
}


@pytest.mark.parametrize(("stand_in", "errors"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_completing_an_order_is_atomic(
    shop: Shop, stand_in: Callable[[Shop, Order], object], errors: tuple[type[Exception], ...]
) -> None:
    shop.sell()
    order = shop.store(an_order())
    stand_in(shop, order)

    with nothing_written(shop, *errors):
        complete(shop, order)


def test_a_payment_whose_id_is_no_key_is_refused_for_good(shop: Shop) -> None:
    shop.sell()
    order = shop.store(an_order())
    unusable = replace(paid(), payment=a_payment(id="t" * 3000))

    with nothing_written(shop, NotStorable, match=NUMBER):
        shop.orders.complete(order, unusable, tickets_for(order), [a_mail()], LATER)


def test_an_order_under_review_keeps_its_seats_and_leaves_the_index(shop: Shop) -> None:
    shop.sell(available=7)

    CHANGES["review"](shop, shop.store(an_order()))

    held = shop.orders.get(NUMBER)
    assert (held.status, held.holds_seats, held.work) == (OrderStatus.REVIEW, True, None)
    assert shop.rows()["seats"] == {("5", "general"): 7}
    assert set(shop.rows()["mails"]) == {ALERT.mail_id}


@pytest.mark.parametrize(
    ("decision", "work"), [(CLOSES, Work.LATE), (REJECTS, None)], ids=["closed", "rejected"]
)
@pytest.mark.parametrize("held", [3, 0])
def test_closing_an_order_releases_its_seats(
    shop: Shop, held: int, decision: Decision, work: Work | None
) -> None:
    shop.sell(available=7)
    order = shop.store(an_order(holds_seats=bool(held)))

    shop.orders.close(order, decision, [], LATER)

    closed = shop.orders.get(NUMBER)
    assert (closed.holds_seats, closed.work) == (False, work)
    assert shop.rows()["seats"] == {("5", "general"): 7 + held}


def test_a_deleted_ticket_type_does_not_block_closing(shop: Shop) -> None:
    shop.sell(available=7)
    order = shop.store(an_order(lines=(a_line(), a_line(sku="gone", quantity=1))))

    shop.orders.close(order, CLOSES, [ALERT], LATER)

    assert shop.rows()["seats"] == {("5", "general"): 10}
    assert shop.orders.get(NUMBER).status is OrderStatus.EXPIRED


# ---- refunds


@pytest.mark.parametrize("status", [RefundStatus.ASKED, RefundStatus.UNKNOWN, RefundStatus.REFUSED])
def test_recording_a_refund_step_changes_nothing_else(shop: Shop, status: RefundStatus) -> None:
    order = completed(shop)
    refund = replace(ASKED, status=status)

    shop.orders.note_refund(order, refund, "refund: ill", LATER)

    noted = shop.orders.get(NUMBER)
    changed = {"version": 1, "audit_hash": noted.audit_hash, "refunds": (refund,)}
    assert noted == replace(order, **changed)
    assert [o.order_number for o in shop.orders.with_refunds(status)] == [NUMBER]
    assert list(shop.orders.with_refunds(RefundStatus.CHARGED_BACK)) == []


def test_voiding_tickets_releases_their_seats(shop: Shop) -> None:
    shop.sell(available=7)
    order = completed(shop)

    shop.orders.settle_refund(order, BACK, VOID, "refund: ill", [ALERT], LATER)

    done, rows = shop.orders.get(NUMBER), shop.rows()
    assert (done.voided_at, done.holds_seats, done.admits) == (LATER, False, False)
    assert done.status_reason == "Its money went back to the buyer; its tickets are void."
    assert {ticket.status for ticket in rows["tickets"].values()} == {TicketStatus.VOID}
    assert rows["seats"] == {("5", "general"): 10}
    assert set(rows["mails"]) == {ALERT.mail_id}


def test_voiding_one_ticket_releases_its_seat_and_keeps_the_others(shop: Shop) -> None:
    shop.sell(available=7)
    order = completed(shop)

    shop.orders.settle_part(order, PART_BACK, "refund: ill", [ALERT], LATER)

    done, rows = shop.orders.get(NUMBER), shop.rows()
    assert (done.voided_at, done.holds_seats, done.admits) == (None, True, True)
    assert (done.parts, done.refunds) == ((PART_BACK,), ())
    assert done.void_tickets == (VoidTicket(f"{NUMBER}-02", "general", LATER),)
    assert done.status_reason == "Money went back and tickets are void: 1 of 3."
    assert _statuses(shop) == {
        f"{NUMBER}-01": "valid",
        f"{NUMBER}-02": "void",
        f"{NUMBER}-03": "valid",
    }
    assert rows["seats"] == {("5", "general"): 8}
    assert set(rows["mails"]) == {ALERT.mail_id}
    assert [o.order_number for o in shop.orders.with_refunds(RefundStatus.REFUNDED)] == [NUMBER]

    shop.orders.settle_refund(done, BACK, VOID, "refund: ill", [], LATER)

    assert set(_statuses(shop).values()) == {"void"}
    assert shop.rows()["seats"] == {("5", "general"): 10}, "no seat comes back twice"


def test_a_part_is_noted_under_its_number(shop: Shop) -> None:
    order = completed(shop)
    asked = replace(PART_BACK, status=RefundStatus.ASKED, settled_at=None)
    shop.orders.note_refund(order, asked, "refund: ill", LATER)
    unclear = replace(asked, status=RefundStatus.UNKNOWN, problem="no answer")

    shop.orders.note_refund(shop.orders.get(NUMBER), unclear, "refund: ill", LATER)

    assert shop.orders.get(NUMBER).parts == (unclear,)
    assert [o.order_number for o in shop.orders.with_refunds(RefundStatus.UNKNOWN)] == [NUMBER]
    texts = shop.rows()["texts"][NUMBER]
    assert "its result is unknown" in texts["what_next"]


def test_tickets_are_void_without_money_one_by_one_and_in_the_end_all(shop: Shop) -> None:
    shop.sell(available=7)
    completed(shop)
    for count, number in enumerate((f"{NUMBER}-03", f"{NUMBER}-01", f"{NUMBER}-02"), start=1):
        order = shop.orders.get(NUMBER)
        shop.orders.void_tickets(order, (number,), [], "void: sold on", LATER)
        assert list(_statuses(shop).values()).count("void") == count
        assert shop.rows()["seats"] == {("5", "general"): 7 + count}

    done = shop.orders.get(NUMBER)
    assert (done.voided_at, done.holds_seats, done.reason_code) == (LATER, False, "voided")
    assert [entry.change for entry in shop.rows()["trail"]] == [
        "some tickets void",
        "some tickets void",
        "tickets void",
    ]


def test_a_cancelled_event_voids_tickets_whatever_became_of_the_money(shop: Shop) -> None:
    shop.sell(available=7)
    order = completed(shop)
    told = to_buyer(order, MailKind.EVENT_CANCELLED, LATER)

    shop.orders.void(order, "a storm", [told], LATER)

    done, rows = shop.orders.get(NUMBER), shop.rows()
    assert (done.voided_at, done.holds_seats, done.admits) == (LATER, False, False)
    assert (done.status, done.reason_code) == (OrderStatus.COMPLETED, Reason.EVENT_CANCELLED)
    assert done.refunds == ()
    assert {ticket.status for ticket in rows["tickets"].values()} == {TicketStatus.VOID}
    assert rows["seats"] == {("5", "general"): 10}
    assert set(rows["mails"]) == {told.mail_id}
    (entry,) = rows["trail"]
    assert (entry.change, entry.reason) == ("tickets void", "event_cancelled: a storm")
    assert rows["texts"][NUMBER]["what_next"].startswith("Nothing. Its event was cancelled")


@pytest.mark.parametrize("obstacle", ["changed", "told", "trail"])
def test_voiding_the_tickets_of_a_cancelled_event_is_atomic(shop: Shop, obstacle: str) -> None:
    shop.sell(available=7)
    order = completed(shop)
    told = to_buyer(order, MailKind.EVENT_CANCELLED, LATER)
    if obstacle == "changed":
        shop.store(replace(order, version=order.version + 1))
    if obstacle == "told":
        shop.store_mail(told)
    if obstacle == "trail":
        shop.store_entry(an_entry(order))

    with nothing_written(shop, OrderChanged, *REFUSED):
        shop.orders.void(order, "a storm", [told], LATER)


def test_tickets_of_other_orders_and_deleted_tickets_are_not_touched(shop: Shop) -> None:
    order = shop.store(an_order(**COMPLETED))
    first, second, _ = tickets_for(order)
    shop.store_ticket(first)
    shop.store_ticket(replace(second, order_number="ORD-OTHER1"))

    shop.orders.settle_refund(order, BACK, VOID, "refund: ill", [], LATER)

    assert _statuses(shop) == {first.ticket_id: "void", second.ticket_id: "valid"}


def test_refunding_an_order_under_review_rejects_it(shop: Shop) -> None:
    shop.sell(available=7)
    order = shop.store(an_order(status=OrderStatus.REVIEW, work=None, next_check_at=None))

    shop.orders.settle_refund(order, BACK, REJECTED, "refund: ill", [], LATER)

    done = shop.orders.get(NUMBER)
    assert (done.status, done.rejected, done.holds_seats) == (OrderStatus.FAILED, True, False)
    assert shop.rows()["seats"] == {("5", "general"): 10}
    assert shop.rows()["texts"][NUMBER]["what_next"].startswith("Nothing. An operator rejected it")


def test_refunding_a_second_payment_changes_no_tickets(shop: Shop) -> None:
    order = completed(shop)

    shop.orders.settle_refund(order, BACK, NOTHING, "refund: ill", [], LATER)

    assert set(_statuses(shop).values()) == {"valid"}
    assert shop.orders.get(NUMBER).admits


def _statuses(shop: Shop) -> dict[str, str]:
    tickets: dict[str, Ticket] = shop.rows()["tickets"]
    return {name: ticket.status.value for name, ticket in tickets.items()}


# ---- mails of an order


def test_a_corrected_address_replaces_the_old_one(shop: Shop) -> None:
    order = completed(shop, complained_at=NOW)
    moved = replace(order, customer=Customer("Jane Doe", "jane@example.org"))

    shop.orders.send_again(order, to_buyer(moved, MailKind.CONFIRMATION, LATER, 2), LATER)

    after = shop.orders.get(NUMBER)
    assert (after.customer.email, after.complained_at) == ("jane@example.org", None)
    assert shop.orders.completed_of("jane@example.org", 5) == (NUMBER,)
    assert shop.orders.of_email("jane@example.com") == ()


def test_resending_conflicts_with_an_existing_mail(shop: Shop) -> None:
    order = completed(shop)
    again = shop.store_mail(to_buyer(order, MailKind.CONFIRMATION, LATER, 2))

    with nothing_written(shop, OrderChanged):
        shop.orders.send_again(order, again, LATER)


def change(shop: Shop, order: Order, email: str = NEW, *mails: Mail) -> None:
    """Change the address of an order as its page does."""
    allowance = Limits().of_address(order, email, LATER)
    shop.orders.change_address(order, email, mails, allowance, LATER)


def test_a_changed_address_is_written_with_its_mails(shop: Shop) -> None:
    order = completed(shop, complained_at=NOW)
    notice, again = of_address_change(order, LATER), to_buyer(order, MailKind.CONFIRMATION, NOW, 2)

    change(shop, order, "Jane@Example.org", notice, again)

    after = shop.orders.get(NUMBER)
    assert (after.customer.email, after.customer.name) == ("Jane@Example.org", "Jane Doe")
    assert (after.complained_at, after.address_changes) == (None, 1)
    assert shop.orders.completed_of(NEW, 5) == (NUMBER,)
    assert shop.orders.of_email("jane@example.com") == ()
    assert shop.rows()["mails"] == {notice.mail_id: notice, again.mail_id: again}
    assert shop.rows()["counted"] == {}, "it is paid"


def test_a_change_of_address_conflicts_with_an_existing_mail(shop: Shop) -> None:
    order = completed(shop)
    again = shop.store_mail(to_buyer(order, MailKind.CONFIRMATION, LATER, 2))

    with nothing_written(shop, OrderChanged):
        change(shop, order, NEW, of_address_change(order, LATER), again)


def test_an_unpaid_order_counts_for_the_old_address_and_for_the_new_one(shop: Shop) -> None:
    shop.sell(available=50)
    limited(shop, NUMBER)

    change(shop, shop.orders.get(NUMBER))
    change(shop, shop.orders.get(NUMBER), "jane+tickets@example.com")
    change(shop, shop.orders.get(NUMBER))

    counted = shop.rows()["counted"]
    assert [len(counted), *counted.values()] == [2, {NUMBER}, {NUMBER}]


def test_an_unpaid_order_finds_no_room_at_an_address_with_three_until_one_is_settled(
    shop: Shop,
) -> None:
    shop.sell(available=50)
    joe = Customer("Joe", NEW)
    for number in ("ORD-ONE111", "ORD-TWO222", "ORD-THREE3"):
        limited(shop, number, customer=joe)
    order = limited(shop, NUMBER)

    with nothing_written(shop, TooManyOrders, match="3 orders for this email address"):
        change(shop, order, NEW, of_address_change(order, LATER))
    shop.orders.close(shop.orders.get("ORD-ONE111"), CLOSES, [], LATER)
    change(shop, order)

    assert {"ORD-TWO222", "ORD-THREE3", NUMBER} in shop.rows()["counted"].values()
    with nothing_written(shop, TooManyOrders):
        limited(shop, "ORD-FOUR44", customer=joe)


def test_an_order_finds_room_at_a_full_address_that_counts_it_already(shop: Shop) -> None:
    """Its buyer changes to another address and back again."""
    shop.sell(available=50)
    for number in (NUMBER, "ORD-TWO222", "ORD-THREE3"):
        limited(shop, number)
    change(shop, shop.orders.get(NUMBER), NEW)

    change(shop, shop.orders.get(NUMBER), "jane@example.com")

    assert shop.orders.get(NUMBER).customer.email == "jane@example.com"


def test_a_free_order_finds_no_room_at_an_address_with_five_of_this_day(shop: Shop) -> None:
    shop.sell(available=50, sku="free")
    free, nothing = (a_line(sku="free", unit_price=Decimal(0)),), Money(Decimal(0), "GBP")
    as_free: dict[str, Any] = {"lines": free, "total": nothing}
    for at in range(5):
        theirs = an_order(order_number=f"ORD-FREE{at}", customer=Customer("Joe", NEW), **as_free)
        shop.orders.place(theirs, None, Limits().of(theirs, []))
    order = shop.store(an_order(**COMPLETED, **as_free))

    with nothing_written(shop, TooManyOrders, match="5 times a day"):
        change(shop, order)


def _replay(shop: Shop, order: Order, before: Mail) -> None:
    due = replace(before, status=MailStatus.PENDING, next_attempt_at=LATER, abandoned=0)
    shop.orders.replay(order, before, due, Delivery.PENDING, LATER)


FAILED = a_mail(status=MailStatus.PROBLEM, attempts=3, abandoned=3, next_attempt_at=None)


def test_a_mail_is_requeued_together_with_its_order(shop: Shop) -> None:
    order = completed(shop, delivery=Delivery.PROBLEM)
    failed = shop.store_mail(replace(FAILED, problem="no such address", lease_until=LATER))

    _replay(shop, order, failed)

    mail = shop.outbox.get(failed.mail_id)
    assert (mail.status, mail.next_attempt_at) == (MailStatus.PENDING, LATER)
    assert (mail.attempts, mail.abandoned, mail.lease_until) == (3, 0, None)
    assert mail.problem == "no such address"
    assert shop.orders.get(NUMBER).delivery is Delivery.PENDING
    assert shop.rows()["texts"][NUMBER]["delivery_next"] == "Their mail is sent within minutes."


@pytest.mark.parametrize("news", [{"attempts": 4}, {"status": MailStatus.SENT}, {"failed_at": NOW}])
def test_a_mail_that_changed_meanwhile_is_not_requeued(shop: Shop, news: dict[str, Any]) -> None:
    order = completed(shop)
    shop.store_mail(replace(FAILED, **news))

    with nothing_written(shop, MailChanged):
        _replay(shop, order, FAILED)


@pytest.mark.parametrize("obstacle", ["the mail is gone", "the trail is ahead"])
def test_a_mail_that_cannot_be_requeued_counts_as_changed(shop: Shop, obstacle: str) -> None:
    order = completed(shop)
    if obstacle == "the trail is ahead":
        shop.store_mail(FAILED)
        shop.store_entry(an_entry(order))

    with nothing_written(shop, MailChanged):
        _replay(shop, order, FAILED)


def test_only_a_newer_ticket_revision_is_recorded(shop: Shop) -> None:
    completed(shop)

    for revision, noted in ((3, 3), (2, 3), (3, 3), (4, 4)):
        shop.orders.note_tickets(NUMBER, revision)
        assert shop.orders.get(NUMBER).tickets_revision == noted

    with nothing_written(shop):
        shop.orders.note_tickets("ORD-GONE01", 2)


# ---- the digest and the schedule


def test_a_digest_marks_its_orders_only_once(shop: Shop) -> None:
    orders = [shop.store(an_order()), shop.store(an_order(order_number="ORD-DEF456"))]
    assert set(shop.orders.unreported(NOW)) == {NUMBER, "ORD-DEF456"}

    assert shop.orders.mark_stuck(orders, DIGEST, LATER)

    assert set(shop.rows()["mails"]) == {DIGEST.mail_id}
    assert list(shop.orders.unreported(NOW)) == []
    with nothing_written(shop):
        assert not shop.orders.mark_stuck(orders, replace(DIGEST, mail_id="another"), LATER)


@pytest.mark.parametrize("obstacle", ["reported", "completed", "gone", "digest"])
def test_a_single_changed_order_aborts_the_whole_digest(shop: Shop, obstacle: str) -> None:
    orders = [shop.store(an_order()), an_order(order_number="ORD-DEF456", checkout_ids=())]
    if obstacle != "gone":
        news: dict[str, dict[str, Any]]
        news = {"reported": {"stuck_alerted_at": NOW}, "completed": COMPLETED}
        shop.store(replace(orders[1], **news.get(obstacle, {})))
    if obstacle == "digest":
        shop.store_mail(DIGEST)

    with nothing_written(shop):
        assert not shop.orders.mark_stuck(orders, DIGEST, LATER)


def test_an_order_missing_from_the_index_is_rescheduled(shop: Shop) -> None:
    order = shop.store(an_order(work=None, next_check_at=None))

    assert shop.orders.reschedule(order, Work.OPEN, LATER)

    assert list(shop.orders.due(Work.OPEN, LATER, 5)) == [WorkItem(NUMBER, LATER)]
    with nothing_written(shop):
        assert not shop.orders.reschedule(order, Work.OPEN, LATER)


def test_an_audit_trail_ahead_of_its_order_blocks_rescheduling(shop: Shop) -> None:
    order = shop.store(an_order(work=None, next_check_at=None))
    shop.store_entry(an_entry(order))

    with nothing_written(shop):
        assert not shop.orders.reschedule(order, Work.OPEN, LATER)


# ---- erasure


def test_an_erased_buyer_appears_in_no_row_of_the_order(shop: Shop) -> None:
    order = completed(shop)

    shop.orders.erase(order, "she asked", LATER)

    after = shop.orders.get(NUMBER)
    assert after.customer == Customer(ERASED, ERASED)
    assert {ticket.holder for ticket in shop.rows()["tickets"].values()} == {ERASED}
    assert shop.orders.of_email("jane@example.com") == ()
    assert shop.rows()["texts"][NUMBER]["what_next"].endswith("so no mail is sent.")


def test_past_orders_are_found_until_their_erasure_finishes(shop: Shop) -> None:
    began = NOW - timedelta(days=200)
    order = completed(shop, event_starts_at=began)
    earlier = {"order_number": "ORD-OTHER1", "event_starts_at": began - timedelta(days=1)}
    completed(shop, **earlier)
    completed(shop, order_number="ORD-LATER1", event_starts_at=began + timedelta(seconds=1))
    found = ["ORD-OTHER1", NUMBER]
    assert list(shop.orders.naming_buyers(began)) == found, "oldest first"

    shop.orders.finish_erasure(NUMBER)
    assert list(shop.orders.naming_buyers(began)) == found, "it still names its buyer"
    shop.orders.erase(order, "she asked", LATER)
    assert list(shop.orders.naming_buyers(began)) == found, "its mails may"
    shop.orders.finish_erasure(NUMBER)
    assert list(shop.orders.naming_buyers(began)) == ["ORD-OTHER1"]

    with nothing_written(shop):
        shop.orders.finish_erasure("ORD-GONE01")


@pytest.mark.parametrize("known", [NOW, None], ids=["known", "missing"])
@pytest.mark.parametrize("state", ["as read", "moved since", "erased", "gone"])
def test_a_new_event_start_is_recorded_unless_the_order_changed(
    shop: Shop, state: str, known: datetime | None
) -> None:
    order = completed(shop, event_starts_at=known)
    if state == "moved since":
        shop.orders.note_event(order, later(days=2))
    if state == "erased":
        shop.orders.erase(order, "she asked", LATER)
        shop.orders.finish_erasure(NUMBER)
    if state == "gone":
        shop.remove(order)

    if state == "as read":
        shop.orders.note_event(order, later(days=1))
        assert shop.orders.get(NUMBER).event_starts_at == later(days=1)
    else:
        with nothing_written(shop):
            shop.orders.note_event(order, later(days=1))


def test_an_erased_idempotency_key_is_still_known(shop: Shop) -> None:
    shop.sell()
    shop.orders.place(an_order(), REQUEST)
    shop.orders.place(an_order(order_number="ORD-DEF456"), replace(REQUEST, key="key-2"))

    shop.orders.forget_requests(NUMBER)

    assert shop.orders.requested("key-1") == Repeated(ERASED, NUMBER)
    assert shop.orders.requested("key-2") == Repeated("hash-1", "ORD-DEF456")


GIFT = {
    "lines": (a_line(unit_price=Decimal(0)),), "checkout_ids": (), "origin": Origin.GIVEN,
}  # fmt: skip
OPERATOR = Request(f"{BY_OPERATOR}given-hash-1", "hash-1", LATER)


def test_an_order_that_is_given_begins_its_trail_with_the_reason(shop: Shop) -> None:
    shop.sell(available=3)

    shop.orders.place(an_order(**GIFT), OPERATOR, reason="give: for the press")

    order = shop.orders.get(NUMBER)
    (entry,) = shop.rows()["trail"]
    assert (order.origin, order.version, order.audit_hash) == (Origin.GIVEN, 1, entry.hash)
    assert (entry.change, entry.reason, entry.sequence) == ("given", "give: for the press", 1)


@pytest.mark.parametrize("obstacle", ["given before", "too few seats", "a trail of its number"])
def test_a_gift_that_cannot_be_placed_leaves_nothing(shop: Shop, obstacle: str) -> None:
    shop.sell(available=2 if obstacle == "too few seats" else 6)
    raised: type[Exception] | tuple[type[Exception], ...] = SeatsGone
    if obstacle == "given before":
        shop.orders.place(an_order(order_number="ORD-FIRST", **GIFT), OPERATOR, reason="give: x")
        raised = OrderChanged
    if obstacle == "a trail of its number":
        shop.store_entry(an_entry(an_order()))
        raised = (*REFUSED, TooManyAtOnce)

    with nothing_written(shop), pytest.raises(raised):
        shop.orders.place(an_order(**GIFT), OPERATOR, reason="give: x")


def test_an_order_of_the_shop_begins_without_a_trail(shop: Shop) -> None:
    shop.sell()

    shop.orders.place(an_order(), REQUEST)

    assert shop.orders.get(NUMBER).version == 0


def test_an_operators_request_is_forgotten_with_its_buyer(shop: Shop) -> None:
    shop.sell()
    shop.orders.place(an_order(**GIFT), OPERATOR, reason="give: for the press")

    shop.orders.forget_requests(NUMBER)

    assert shop.orders.requested(OPERATOR.key) is None


AT_DOOR: dict[str, Any] = {"checkout_ids": (), "origin": Origin.TERMINAL}
AT_TERMINAL = Decision(
    Action.ISSUE, Reason.PAID_AT_DOOR, "At the door.", payment=a_payment(), note="at the gate"
)


def test_what_a_terminal_took_completes_its_order_without_a_checkout(shop: Shop) -> None:
    order = shop.store(an_order(**AT_DOOR))

    shop.orders.complete(order, AT_TERMINAL, tickets_for(order), [a_mail()], LATER)

    done = shop.orders.get(NUMBER)
    assert (done.status, done.transaction_id, done.paid_checkout_id) == (
        OrderStatus.COMPLETED,
        TRANSACTION_ID,
        None,
    )
    assert shop.orders.payment_owner(TRANSACTION_ID) == NUMBER


def test_a_terminals_payment_buys_tickets_once(shop: Shop) -> None:
    order = shop.store(an_order(**AT_DOOR))
    shop.store_payment(TRANSACTION_ID, an_order(order_number="ORD-OTHER1"))

    with nothing_written(shop), pytest.raises(PaymentClaimed):
        shop.orders.complete(order, AT_TERMINAL, tickets_for(order), [a_mail()], LATER)
    with nothing_written(shop), pytest.raises(PaymentClaimed):
        shop.orders.obstacles(order, AT_TERMINAL, tickets_for(order), [a_mail()])


def test_cash_is_no_payment(shop: Shop) -> None:
    order = shop.store(an_order(checkout_ids=(), origin=Origin.CASH))
    by_hand = replace(AT_TERMINAL, payment=None)

    shop.orders.complete(order, by_hand, tickets_for(order), [a_mail()], LATER)

    assert shop.orders.get(NUMBER).status is OrderStatus.COMPLETED
    assert shop.rows()["payments"] == {}


# ---- lists


def test_due_orders_come_longest_waiting_first_up_to_the_limit(shop: Shop) -> None:
    for number, minutes in [("ORD-THIRD", 3), ("ORD-FIRST", 1), ("ORD-SECOND", 2)]:
        shop.store(an_order(order_number=number, next_check_at=later(minutes=minutes)))
    shop.store(an_order(order_number="ORD-LATE1", work=Work.LATE, next_check_at=NOW))
    shop.store(an_order(order_number="ORD-SOON1", next_check_at=LATER + timedelta(seconds=1)))

    due = [item.order_number for item in shop.orders.due(Work.OPEN, LATER, 9)]

    assert due == ["ORD-FIRST", "ORD-SECOND", "ORD-THIRD"]
    assert [i.order_number for i in shop.orders.due(Work.OPEN, LATER, 2)] == due[:2]


def test_open_orders_missing_from_any_digest_are_found_even_if_not_due(shop: Shop) -> None:
    shop.store(an_order(next_check_at=later(hours=1)))
    shop.store(an_order(order_number="ORD-NAMED", stuck_alerted_at=NOW))
    shop.store(an_order(order_number="ORD-YOUNG", created_at=later(minutes=6)))
    shop.store(an_order(order_number="ORD-CLOSED", status=OrderStatus.EXPIRED))

    assert list(shop.orders.unreported(LATER)) == [NUMBER]


def test_orders_of_an_address_are_sorted_by_age(shop: Shop) -> None:
    for minutes, number in ((2, "ORD-NEW01"), (1, "ORD-OLD01")):
        completed(shop, order_number=number, created_at=later(minutes=minutes))
    shop.store(an_order(created_at=later(minutes=3)))

    assert shop.orders.of_email("jane@example.com") == ("ORD-OLD01", "ORD-NEW01", NUMBER)
    assert shop.orders.completed_of("jane@example.com", 5) == ("ORD-NEW01", "ORD-OLD01")
    assert shop.orders.completed_of("jane@example.com", 1) == ("ORD-NEW01",)
    assert shop.orders.uncompleted_of("Jane@Example.com", 5) == (NUMBER,)
    assert shop.orders.of_email("joe@example.com") == ()


def test_valid_orders_of_an_event_are_found(shop: Shop) -> None:
    completed(shop)
    completed(shop, order_number="ORD-VOID1", voided_at=NOW)
    completed(shop, order_number="ORD-OTHER1", event_id="6")
    shop.store(an_order(order_number="ORD-OPEN1"))

    assert [o.order_number for o in shop.orders.completed_for(an_event().event_id)] == [NUMBER]


def test_reviews_from_a_day_are_found_with_buyer_and_organiser(shop: Shop) -> None:
    reviewed = {"status": OrderStatus.REVIEW, "settled_at": NOW}
    shop.store(an_order(**reviewed))
    shop.store(an_order(order_number="ORD-PENDING"))
    day = timedelta(hours=24)
    before = {"order_number": "ORD-OLD99", "settled_at": NOW - day - timedelta(seconds=1)}
    shop.store(an_order(**reviewed | before))

    assert shop.orders.reviewed_since(NOW - day) == (
        ReviewedOrder(NUMBER, "jersey-live", "jane@example.com"),
    )
