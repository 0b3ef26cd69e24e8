"""Tickets are made void by an operator: once, with their seats, and without any money."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.flows.test_refund_payment import Desk, bought
from tests.support.builders import a_line, an_order, later
from tests.support.fakes import Orders
from ticketing.emails.mail import MailKind
from ticketing.errors import NotDecidable
from ticketing.flows.void_tickets import Voiding, VoidTickets
from ticketing.orders.order import OrderStatus
from ticketing.tickets.ticket import TicketStatus

NUMBER = "ORD-ABC123"
FIRST, SECOND, THIRD = (f"{NUMBER}-0{n}" for n in (1, 2, 3))
VALID, VOID = TicketStatus.VALID, TicketStatus.VOID
THEN = later(days=1)


def void(desk: Desk, *ids: str, dry_run: bool = False) -> Voiding:
    orders = desk.orders or desk.shop.orders
    return VoidTickets(orders, desk.shop.notifier, dry_run)(NUMBER, ids, "sold on", THEN)


def a_free_order() -> Desk:
    desk = bought(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=())
    assert desk.shop.order.is_free
    return desk


def tickets(desk: Desk) -> dict[str, TicketStatus]:
    return {t.ticket_id: t.status for t in desk.shop.tables.tickets.values()}


def test_one_ticket_is_void_and_its_seat_on_sale_again() -> None:
    desk = bought()

    done = void(desk, SECOND)

    order = desk.shop.order
    assert tickets(desk) == {FIRST: VALID, SECOND: VOID, THIRD: VALID}
    assert (desk.shop.seats_left, order.seats, order.admits) == (8, {"general": 2}, True)
    assert (done.tickets, done.is_all) == ((SECOND,), False)
    assert [mail.mail_id for mail in done.mails] == [
        f"{NUMBER}#tickets_void#2",
        f"{NUMBER}#confirmation#2",
    ]
    assert done.mails[0].cause == SECOND
    assert desk.trail[-1] == ("some tickets void", "void: sold on")
    assert desk.asked == []
    assert desk.broken() == []


@pytest.mark.parametrize("made", [bought, a_free_order])
@pytest.mark.parametrize("ids", [(), (FIRST, SECOND, THIRD)])
def test_a_whole_order_is_void(made: Callable[[], Desk], ids: tuple[str, ...]) -> None:
    desk = made()

    done = void(desk, *ids)

    order = desk.shop.order
    assert set(tickets(desk).values()) == {VOID}
    assert (order.status, order.voided_at, order.holds_seats) == (
        OrderStatus.COMPLETED,
        THEN,
        False,
    )
    assert (desk.shop.seats_left, order.reason_code, done.is_all) == (10, "voided", True)
    assert [(mail.kind, mail.cause) for mail in done.mails] == [(MailKind.TICKETS_VOID, "all")]
    assert desk.broken() == []


def test_tickets_are_void_one_by_one_until_none_is_left() -> None:
    desk = bought()
    for ticket_id in (THIRD, FIRST, SECOND):
        void(desk, ticket_id)

    order = desk.shop.order
    assert (order.admits, desk.shop.seats_left, order.valid_ticket_ids) == (False, 10, ())
    assert desk.broken() == []


def test_the_same_command_again_changes_nothing() -> None:
    desk = bought()
    for ids in ((SECOND,), ()):
        void(desk, *ids)
        before = desk.state

        assert void(desk, *ids).tickets == ()

        assert desk.state == before


def test_a_dry_run_changes_nothing() -> None:
    desk = bought()
    before = desk.state

    planned = void(desk, SECOND, dry_run=True)

    assert desk.state == before
    assert planned == void(desk, SECOND)


def test_a_void_order_can_still_be_refunded() -> None:
    desk = bought()
    void(desk)

    done = desk.refund(later(days=2))

    assert (done.refund.went_back, str(done.refund.amount)) == (True, "£45.00")
    assert desk.shop.seats_left == 10
    assert desk.broken(later(days=2)) == []


def test_a_buyer_who_takes_no_mail_is_not_written_to() -> None:
    desk = bought()
    desk.shop.change(complained_at=THEN)

    assert void(desk, SECOND).mails == ()


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.COMPLETED])
def test_an_order_without_tickets_has_none_to_make_void(status: OrderStatus) -> None:
    desk = bought()
    desk.shop.tables.orders[NUMBER] = an_order(status=status)

    with pytest.raises(NotDecidable, match=f"it is {status} and has no tickets"):
        void(desk)


def test_another_orders_ticket_is_refused() -> None:
    desk = bought()
    before = desk.state

    with pytest.raises(NotDecidable, match="ORD-OTHER1-01 is not one of its tickets"):
        void(desk, SECOND, "ORD-OTHER1-01")

    assert desk.state == before


def test_an_order_that_changes_meanwhile_is_read_again() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [desk.change, lambda: None]

    assert void(desk, SECOND).tickets == (SECOND,)

    assert desk.broken() == []


def test_tickets_that_are_sent_again_meanwhile_do_not_stop_it() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    first = desk.shop.tables.mails[f"{NUMBER}#confirmation#1"]
    again = f"{NUMBER}#confirmation#2"
    desk.orders.before_write = [
        lambda: desk.shop.tables.mails.update({again: replace(first, mail_id=again)})
    ]

    done = void(desk, SECOND)

    assert [mail.mail_id for mail in done.mails][1] == f"{NUMBER}#confirmation#3"
    assert desk.broken() == []
