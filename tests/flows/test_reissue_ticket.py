"""A ticket is issued anew by an operator: once, with its seat, and for whoever is not in yet."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.flows.test_refund_payment import Desk, bought
from tests.flows.test_void_tickets import FIRST, NUMBER, SECOND, THEN, THIRD, VALID, VOID, tickets
from tests.flows.test_void_tickets import void as void_tickets
from tests.support.builders import a_signer, an_order, later
from tests.support.fakes import Orders, Tickets
from ticketing.emails.mail import MailKind
from ticketing.errors import (
    BuyerErased,
    NotDecidable,
    OrderChanged,
    OrderNotFound,
    TicketsMissing,
)
from ticketing.flows.reissue_ticket import Reissue, ReissueTicket
from ticketing.money import Money
from ticketing.orders.order import (
    ERASED,
    MAX_REISSUES,
    Customer,
    OrderStatus,
    Reissued,
    VoidReason,
)
from ticketing.orders.refund import PartRefund, RefundStatus
from ticketing.tickets.qr import verify
from ticketing.tickets.ticket import TicketStatus

ANEW, AGAIN = f"{SECOND}-R1", f"{SECOND}-R2"
BEN = "Ben Vibert"


def reissue(
    desk: Desk, ticket_id: str = SECOND, holder: str | None = None, *, dry_run: bool = False
) -> Reissue:
    shop = desk.shop
    flow = ReissueTicket(
        desk.orders or shop.orders, Tickets(shop.tables), a_signer(), shop.notifier, dry_run
    )
    return flow(ticket_id, "his code was in a photo", THEN, holder)


def test_a_ticket_has_a_new_number_and_a_new_code_and_the_old_one_is_void() -> None:
    desk = bought()
    before = desk.shop.tables.tickets[SECOND]

    done = reissue(desk)

    assert tickets(desk) == {FIRST: VALID, SECOND: VOID, ANEW: VALID, THIRD: VALID}
    old, new = (desk.shop.tables.tickets[i] for i in (SECOND, ANEW))
    assert (old.void_reason, old.replaced_by, old.changed_at) == (VoidReason.REISSUED, ANEW, THEN)
    assert (new.replaces, new.holder, new.transferred) == (SECOND, before.holder, False)
    assert verify(new.qr_text, a_signer().public_keys("5"), "5").ticket_id == ANEW
    assert (desk.shop.seats_left, desk.shop.order.seats) == (7, {"general": 3})
    assert (done.current_id, done.new) == (ANEW, new)
    assert desk.trail[-1] == ("ticket reissued", "reissue: his code was in a photo")
    assert (desk.asked, desk.broken()) == ([], [])


def test_the_buyer_gets_all_tickets_in_one_mail_that_says_which_is_new() -> None:
    desk = bought()

    (mail,) = reissue(desk).mails

    assert (mail.mail_id, mail.recipient) == (f"{NUMBER}#confirmation#2", "jane@example.com")
    assert (mail.kind, mail.cause) == (MailKind.CONFIRMATION, f"reissued {SECOND}")
    assert desk.shop.deliveries.sent[-1] == mail.mail_id


def test_a_ticket_is_transferred_to_another_holder() -> None:
    desk = bought()

    done = reissue(desk, holder=BEN)

    new = desk.shop.tables.tickets[ANEW]
    assert (new.holder, new.transferred) == (BEN, True)
    assert desk.shop.tables.tickets[SECOND].holder == "Jane Doe"
    assert done.mails[0].cause == f"transferred {SECOND}"
    assert desk.trail[-1] == ("ticket transferred", "transfer: his code was in a photo")
    assert desk.broken() == []


def test_a_transferred_ticket_keeps_its_holder_when_it_is_issued_anew() -> None:
    desk = bought()
    reissue(desk, holder=BEN)

    reissue(desk, ANEW)

    new = desk.shop.tables.tickets[AGAIN]
    assert (new.holder, new.transferred, new.replaces) == (BEN, True, ANEW)
    assert desk.shop.order.valid_ticket_ids == (FIRST, AGAIN, THIRD)
    assert desk.broken() == []


def test_who_came_in_with_the_old_code_does_not_come_in_again() -> None:
    desk = bought()
    somebody_comes_in(desk)

    reissue(desk)

    new = desk.shop.tables.tickets[ANEW]
    assert (new.places, new.last_scan) == (0, "D7KQ2#000001")
    assert desk.broken() == []


@pytest.mark.parametrize("holder", [None, BEN])
def test_the_same_command_again_changes_nothing_and_says_what_it_is_called_now(
    holder: str | None,
) -> None:
    desk = bought()
    reissue(desk, holder=holder)
    reissue(desk, ANEW)
    before = desk.state

    for earlier in (SECOND, ANEW):
        done = reissue(desk, earlier, holder)
        assert (done.current_id, done.new, done.mails) == (AGAIN, None, ())

    assert desk.state == before


@pytest.mark.parametrize("holder", [None, BEN])
def test_a_dry_run_changes_nothing(holder: str | None) -> None:
    desk = bought()
    before = desk.state

    planned = reissue(desk, holder=holder, dry_run=True)

    assert desk.state == before
    assert planned == reissue(desk, holder=holder)


def test_a_buyer_who_takes_no_mail_is_not_written_to() -> None:
    desk = bought()
    desk.shop.change(complained_at=THEN)

    done = reissue(desk)

    assert (done.mails, tickets(desk)[ANEW]) == ((), VALID)


def in_doubt(status: RefundStatus, ticket_id: str = SECOND) -> dict[str, Any]:
    price = Money(desk_price(), "GBP")
    return {"parts": (PartRefund("txn-1", status, price, tickets=(ticket_id,)),)}


def desk_price() -> Any:  # noqa: ANN401  # a decimal
    return an_order().lines[0].unit_price


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    **{
        status.value: ({"status": status}, f"it is {status} and has no tickets")
        for status in OrderStatus
        if status is not OrderStatus.COMPLETED
    },
    "void": ({"voided_at": THEN}, f"{SECOND} is void"),
    "its refund was asked for": (in_doubt(RefundStatus.ASKED), "type `refund` again"),
    "its refund is unknown": (in_doubt(RefundStatus.UNKNOWN), "type `refund` again"),
    "too often": (
        {"reissued": (Reissued(FIRST, MAX_REISSUES),)},
        f"{MAX_REISSUES} of its tickets were reissued already",
    ),
}


@pytest.mark.parametrize(("changes", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_ticket_is_not_issued_anew(changes: dict[str, Any], problem: str) -> None:
    desk = bought()
    desk.shop.change(**changes)
    before = desk.state

    with pytest.raises(NotDecidable, match=problem):
        reissue(desk)

    assert desk.state == before


@pytest.mark.parametrize(
    "changes",
    [
        in_doubt(RefundStatus.REFUSED),
        in_doubt(RefundStatus.ASKED, THIRD),
        {"reissued": (Reissued(FIRST, MAX_REISSUES - 1),)},
    ],
    ids=["its refund was refused", "another's refund", "often"],
)
def test_a_ticket_is_issued_anew_all_the_same(changes: dict[str, Any]) -> None:
    desk = bought()
    desk.shop.change(**changes)

    assert reissue(desk).current_id == ANEW


def test_what_is_no_ticket_of_an_order_is_not_issued_anew() -> None:
    desk = bought()
    for ticket_id in (f"{NUMBER}-04", ANEW):
        with pytest.raises(NotDecidable, match=f"{ticket_id} is not one of its tickets"):
            reissue(desk, ticket_id)
    for nothing in ("ORD-OTHER1-01", NUMBER + "-1", "x"):
        with pytest.raises(OrderNotFound):
            reissue(desk, nothing)


def test_a_void_ticket_is_not_issued_anew() -> None:
    desk = bought()
    void_tickets(desk, SECOND)

    with pytest.raises(NotDecidable, match=f"{SECOND} is void"):
        reissue(desk)


def test_a_ticket_of_an_erased_buyer_is_not_issued_anew() -> None:
    desk = bought()
    desk.shop.change(customer=Customer(ERASED, ERASED))

    with pytest.raises(BuyerErased):
        reissue(desk)


def test_a_ticket_that_has_that_holder_is_not_transferred() -> None:
    desk = bought()
    before = desk.state

    with pytest.raises(NotDecidable, match=f"{SECOND} is already in that name"):
        reissue(desk, holder="Jane Doe")

    assert desk.state == before


def test_a_ticket_without_a_row_is_not_issued_anew() -> None:
    desk = bought()
    del desk.shop.tables.tickets[SECOND]

    with pytest.raises(TicketsMissing):
        reissue(desk)


@pytest.mark.parametrize(
    "changes", [{"status": TicketStatus.VOID}, {"order_number": "ORD-OTHER1"}], ids=str
)
def test_a_row_that_is_not_as_the_order_has_it_is_left_alone(changes: dict[str, Any]) -> None:
    desk = bought()
    desk.shop.tables.tickets[SECOND] = replace(desk.shop.tables.tickets[SECOND], **changes)
    before = desk.state

    with pytest.raises(NotDecidable, match="does not match the order"):
        reissue(desk)

    assert desk.state == before


def somebody_comes_in(desk: Desk) -> None:
    ticket = desk.shop.tables.tickets[SECOND]
    desk.shop.tables.tickets[SECOND] = replace(ticket, left=0, last_scan="D7KQ2#000001")


def tickets_are_sent_again(desk: Desk) -> None:
    first = desk.shop.tables.mails[f"{NUMBER}#confirmation#1"]
    again = f"{NUMBER}#confirmation#2"
    desk.shop.tables.mails[again] = replace(first, mail_id=again)


MEANWHILE: dict[str, Callable[[Desk], object]] = {
    "the order changes": Desk.change,
    "somebody comes in": somebody_comes_in,
    "its tickets are sent again": tickets_are_sent_again,
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_what_happens_meanwhile_is_taken_into_account(meanwhile: Callable[[Desk], object]) -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [lambda: meanwhile(desk)]

    done = reissue(desk)

    assert (done.current_id, tickets(desk)[ANEW]) == (ANEW, VALID)
    came_in = meanwhile is somebody_comes_in
    assert desk.shop.tables.tickets[ANEW].places == (0 if came_in else 1)
    assert desk.broken() == []


def test_of_two_that_issue_a_ticket_anew_one_finds_that_it_was() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [lambda: reissue(replace(desk, orders=None), holder=BEN)]

    done = reissue(desk)

    assert (done.current_id, done.new) == (ANEW, None)
    assert desk.shop.tables.tickets[ANEW].holder == BEN
    assert desk.broken() == []


def test_a_ticket_that_becomes_void_meanwhile_is_not_issued_anew() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [lambda: void_tickets(replace(desk, orders=None), SECOND)]

    with pytest.raises(NotDecidable, match=f"{SECOND} is void"):
        reissue(desk)

    assert desk.broken() == []


def test_an_order_that_goes_on_changing_is_given_up() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [desk.change] * 9

    with pytest.raises(OrderChanged):
        reissue(desk)


def test_a_ticket_that_was_issued_anew_becomes_void_by_its_new_number() -> None:
    desk = bought()
    reissue(desk)

    with pytest.raises(NotDecidable, match=f"{SECOND} was reissued as {ANEW}"):
        void_tickets(desk, SECOND)
    assert void_tickets(desk, ANEW).tickets == (ANEW,)

    assert tickets(desk) == {FIRST: VALID, SECOND: VOID, ANEW: VOID, THIRD: VALID}
    assert reissue(desk).current_id == ANEW, "what it is called now, void or not"
    assert desk.shop.seats_left == 8
    assert desk.broken() == []


def test_the_money_of_an_order_with_a_ticket_that_was_issued_anew_goes_back() -> None:
    desk = bought()
    reissue(desk)

    desk.refund(later(days=2))

    assert set(tickets(desk).values()) == {VOID}
    assert desk.shop.tables.tickets[SECOND].void_reason is VoidReason.REISSUED
    assert desk.shop.tables.tickets[ANEW].void_reason is VoidReason.REFUNDED
    assert desk.shop.seats_left == 10
    assert desk.broken(later(days=2)) == []
