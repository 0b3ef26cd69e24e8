"""Money that goes back (W11): what is known of it, and all that follows from it, together."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import CHECKOUT_ID, NOW, a_line, an_order, later, tickets_for
from tests.support.stored import (
    LATER,
    TRANSACTION_ID,
    a_mail,
    a_payment,
    audit_of,
    mail_of,
    paid,
    row_of,
    seats_left,
    sell,
    store,
    store_mail,
)
from ticketing.adapters.dynamodb import orders
from ticketing.adapters.dynamodb.models import AuditRow, OrderRow, TicketRow, TicketTypeRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.errors import OrderChanged
from ticketing.money import Money
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.tickets.ticket import TicketStatus

pytestmark = pytest.mark.usefixtures("world")
ORDERS = OrderTable(REGION, "somebody")
WHY = "refund: the buyer is ill"
ASKED = Refund(
    TRANSACTION_ID, RefundStatus.ASKED, Money(Decimal("45.00"), "GBP"), asked_at=LATER, attempt="a1"
)
UNKNOWN = replace(ASKED, status=RefundStatus.UNKNOWN, problem="no answer in time")
REFUSED = replace(ASKED, status=RefundStatus.REFUSED, problem="409 not enough balance")
BACK = replace(ASKED, status=RefundStatus.REFUNDED, settled_at=later(hours=1))
TOLD = a_mail(mail_id="ORD-ABC123#refunded#1")
REVIEW = OrderStatus.REVIEW
VOID, REJECTED, NOTHING = Consequence.TICKETS_VOID, Consequence.REJECTED, Consequence.NONE


def a_completed_order() -> Order:
    """Sell an order of three tickets."""
    sell(available=97)
    order = store(an_order())
    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], NOW)
    return ORDERS.get("ORD-ABC123")


def void(order: Order) -> None:
    ORDERS.settle_refund(order, BACK, VOID, WHY, [TOLD], later(hours=1))


def statuses(order: Order) -> set[TicketStatus]:
    return {t.status for t in TicketTable().get_all([t.ticket_id for t in tickets_for(order)])}


# ---- what comes before


@pytest.mark.parametrize(
    ("refund", "change"),
    [(ASKED, "refund asked"), (UNKNOWN, "refund unclear"), (REFUSED, "refund refused")],
)
def test_a_step_is_noted_with_who_and_why_and_changes_nothing_else(
    world: World, refund: Refund, change: str
) -> None:
    order = a_completed_order()

    ORDERS.note_refund(order, refund, WHY, LATER)

    noted = ORDERS.get("ORD-ABC123")
    assert noted == replace(
        order, refunds=(refund,), version=order.version + 1, audit_hash=noted.audit_hash
    )
    entry = audit_of(order)[-1]
    assert (entry.change, entry.reason, entry.by) == (change, WHY, "somebody")
    assert entry.seen == f"{TRANSACTION_ID} {refund.status} 45.00 GBP"
    assert row_of(order).refund_status == refund.status
    assert statuses(order) == {TicketStatus.VALID}
    assert len(world.items("MailsTable")) == 1


def test_of_two_who_ask_at_once_one_may(world: World) -> None:
    order = a_completed_order()
    ORDERS.note_refund(order, replace(ASKED, attempt="the other"), WHY, LATER)
    before = world.contents()

    with pytest.raises(OrderChanged):
        ORDERS.note_refund(order, ASKED, WHY, LATER)

    assert world.contents() == before


def test_the_newest_word_about_a_transaction_counts() -> None:
    order = a_completed_order()
    other = replace(ASKED, transaction_id="txn-twice")
    for refund in (ASKED, other, REFUSED):
        ORDERS.note_refund(ORDERS.get("ORD-ABC123"), refund, WHY, LATER)

    assert ORDERS.get("ORD-ABC123").refunds == (other, REFUSED)
    assert row_of(order).refund_status == "asked", "what needs a person most"


@pytest.mark.parametrize("refund", [ASKED, UNKNOWN, REFUSED, BACK])
def test_a_row_says_of_each_step_what_comes_next(refund: Refund) -> None:
    order = a_completed_order()

    if refund is BACK:
        void(order)
    else:
        ORDERS.note_refund(order, refund, WHY, LATER)

    row, told = row_of(order), row_attributes(ORDERS.get("ORD-ABC123"))
    assert {name: getattr(row, name) for name in told} == told


def test_a_row_says_of_a_reviewed_order_that_it_closed() -> None:
    order = store(an_order(status=REVIEW, work=None, next_check_at=None))

    ORDERS.settle_refund(order, BACK, REJECTED, WHY, [], later(hours=1))

    row, told = row_of(order), row_attributes(ORDERS.get("ORD-ABC123"))
    assert {name: getattr(row, name) for name in told} == told
    assert told["what_next"] == "Nothing. An operator rejected it, and its money went back."


# ---- the money is back


def test_void_tickets_free_their_seats_and_their_buyer_is_told(world: World) -> None:
    order = a_completed_order()

    void(order)

    done = ORDERS.get("ORD-ABC123")
    assert (done.status, done.voided_at) == (OrderStatus.COMPLETED, later(hours=1))
    assert (done.refunds, done.holds_seats, done.admits) == ((BACK,), False, False)
    assert (done.transaction_id, done.settled_at) == (order.transaction_id, order.settled_at)
    assert done.status_reason == "Its money went back to the buyer; its tickets are void."
    assert (row_of(order).reason_code, row_of(order).refund_status) == ("refunded", "refunded")
    assert statuses(order) == {TicketStatus.VOID}
    assert len(world.items("TicketsTable")) == 3
    assert seats_left() == 100
    assert mail_of("ORD-ABC123#refunded#1").status == "pending"
    entry = audit_of(order)[-1]
    assert (entry.change, entry.reason) == ("tickets void", WHY)
    assert entry.seen == f"{TRANSACTION_ID} refunded 45.00 GBP"


def test_every_kind_of_ticket_gets_its_seats_back() -> None:
    lines = (a_line(quantity=2), a_line(sku="child", quantity=1), a_line(quantity=1))
    sell(available=10)
    sell(available=20, sku="child")
    order = store(an_order(lines=lines))
    payment = a_payment(amount=Decimal("60.00"))
    ORDERS.complete(order, paid(payment=payment), tickets_for(order), [a_mail()], NOW)

    void(ORDERS.get("ORD-ABC123"))

    assert (seats_left(), seats_left("child")) == (13, 21)


def test_a_second_payment_that_went_back_changes_no_ticket(world: World) -> None:
    order = a_completed_order()
    extra = replace(BACK, transaction_id="txn-twice")

    ORDERS.settle_refund(order, extra, NOTHING, WHY, [TOLD], later(hours=1))

    done = ORDERS.get("ORD-ABC123")
    assert (done.refunds, done.voided_at, done.holds_seats) == ((extra,), None, True)
    assert done.status_reason == order.status_reason
    assert statuses(order) == {TicketStatus.VALID}
    assert seats_left() == 97
    assert audit_of(order)[-1].change == "money went back"
    assert len(world.items("MailsTable")) == 2


def test_an_order_under_review_ends_as_by_a_rejection() -> None:
    sell(available=97)
    order = store(an_order(status=REVIEW, work=None, next_check_at=None))

    ORDERS.settle_refund(order, BACK, REJECTED, WHY, [TOLD], later(hours=1))

    done = ORDERS.get("ORD-ABC123")
    assert (done.status, done.rejected, done.voided_at) == (OrderStatus.FAILED, True, None)
    assert (done.settled_at, done.work, done.holds_seats) == (later(hours=1), None, False)
    assert seats_left() == 100
    assert row_of(order).reason_code == "rejected"
    entry = audit_of(order)[-1]
    assert (entry.change, entry.reason) == ("failed", f"rejected: {WHY}")


def test_seats_that_were_given_back_before_are_not_given_back_again() -> None:
    sell(available=100)
    order = store(an_order(status=REVIEW, holds_seats=False, work=None))

    ORDERS.settle_refund(order, BACK, REJECTED, WHY, [], LATER)

    assert seats_left() == 100


def test_an_order_whose_tickets_and_ticket_type_are_gone_is_settled_all_the_same() -> None:
    order = a_completed_order()
    TicketRow("ORD-ABC123-02").delete()
    TicketTypeRow("5", "general").delete()

    void(order)

    assert ORDERS.get("ORD-ABC123").voided_at == later(hours=1)
    rows = list(TicketRow.scan())
    assert {row.ticket_id: row.status for row in rows} == {
        "ORD-ABC123-01": "void",
        "ORD-ABC123-03": "void",
    }


def test_a_ticket_that_names_another_order_is_left_alone() -> None:
    order = a_completed_order()
    TicketRow("ORD-ABC123-02").update([TicketRow.order_number.set("ORD-OTHER1")])

    void(order)

    assert TicketRow.get("ORD-ABC123-02").status == "valid"


def test_a_ticket_that_becomes_another_order_s_meanwhile_is_not_voided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a_completed_order()
    read = orders._existing_tickets

    def read_and_moved(of: Order) -> list[str]:
        ids = read(of)
        TicketRow(ids[0]).update([TicketRow.order_number.set("ORD-OTHER1")])
        return ids

    monkeypatch.setattr(orders, "_existing_tickets", read_and_moved)

    with pytest.raises(TransactWriteError):
        void(order)

    assert statuses(order) == {TicketStatus.VALID}
    assert seats_left() == 97
    assert len(world.items("AuditTable")) == 1


def moved_version(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.version.set(order.version + 1)])


def moved_status(order: Order) -> None:
    OrderRow(order.order_number).update([OrderRow.status.set("failed")])


def settled_by_another(order: Order) -> None:
    ORDERS.settle_refund(order, BACK, legal_for(order), WHY, [], LATER)


def legal_for(order: Order) -> Consequence:
    return Consequence.REJECTED if order.status is REVIEW else Consequence.TICKETS_VOID


@pytest.mark.parametrize("move", [moved_version, moved_status, settled_by_another])
@pytest.mark.parametrize("consequence", Consequence)
def test_an_order_that_moved_on_is_not_settled(
    world: World, move: Callable[[Order], None], consequence: Consequence
) -> None:
    rejects = consequence is Consequence.REJECTED
    order = store(an_order(status=REVIEW)) if rejects else a_completed_order()
    move(order)
    before = world.contents()

    with pytest.raises(OrderChanged):
        ORDERS.settle_refund(order, BACK, consequence, WHY, [], LATER)

    assert world.contents() == before


def existing_mail(_: Order) -> None:
    store_mail(TOLD)


def existing_audit_entry(order: Order) -> None:
    AuditRow("ORD-ABC123", order.version + 1, at=NOW, by="x", change="x", reason="x",
             hash="x").save()  # fmt: skip


@pytest.mark.parametrize("stand_in_the_way", [existing_mail, existing_audit_entry])
def test_all_of_it_is_written_or_nothing(
    world: World, stand_in_the_way: Callable[[Order], None]
) -> None:
    order = a_completed_order()
    stand_in_the_way(order)
    before = world.contents()

    with pytest.raises(TransactWriteError):
        void(order)

    assert world.contents() == before


def test_a_closed_order_stays_watched() -> None:
    order = store(an_order(status=OrderStatus.EXPIRED, work=Work.LATE, holds_seats=False))

    ORDERS.settle_refund(order, BACK, NOTHING, WHY, [TOLD], LATER)

    done = ORDERS.get("ORD-ABC123")
    assert (done.status, done.work, done.checkout_ids) == (
        OrderStatus.EXPIRED,
        Work.LATE,
        (CHECKOUT_ID,),
    )
