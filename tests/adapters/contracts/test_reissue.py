"""A ticket is issued anew: the new one takes the place of the old one, at once or not at all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.contracts.shops import REFUSED, Shop, nothing_written
from tests.adapters.contracts.test_orders import ALERT, NEW, NUMBER, an_entry, completed
from tests.support.builders import NOW, a_signer, tickets_for
from tests.support.stored import LATER
from ticketing.errors import IllegalTransition, OrderChanged, OrderNotFound
from ticketing.orders.audit_entry import fingerprint_of_holder
from ticketing.orders.order import ERASED, Order, OrderStatus, Reissued, VoidReason
from ticketing.tickets.ticket import Ticket, TicketStatus, issued_anew

FIRST, ANEW, SECOND = f"{NUMBER}-01", f"{NUMBER}-01-R1", f"{NUMBER}-02"


def read(shop: Shop, ticket_id: str = FIRST) -> Ticket:
    (ticket,) = shop.tickets.get_all([ticket_id])
    return ticket  # type: ignore[no-any-return]  # the shop's adapters are of any type


def reissue(shop: Shop, order: Order, old: Ticket, holder: str | None = None) -> None:
    new = issued_anew(old, f"{NUMBER}-01-R{order.reissues + 1}", a_signer(), holder)
    shop.orders.reissue(order, old, new, [ALERT], "reissue: shared", LATER)


def test_a_ticket_is_replaced_by_one_with_another_code(shop: Shop) -> None:
    shop.sell(available=7)
    order = completed(shop)
    old = read(shop)

    reissue(shop, order, old)

    done, rows = shop.orders.get(NUMBER), shop.rows()
    assert done.valid_ticket_ids == (ANEW, SECOND, f"{NUMBER}-03")
    assert done.reissued == (Reissued(FIRST, 1),)
    assert rows["tickets"][FIRST] == replace(
        old, status=TicketStatus.VOID, void_reason=VoidReason.REISSUED, replaced_by=ANEW
    )
    code = a_signer().text(ANEW, NUMBER, "5")
    assert rows["tickets"][ANEW] == replace(old, ticket_id=ANEW, replaces=FIRST, qr_text=code)
    assert [rows["tickets"][i].changed_at for i in (FIRST, ANEW)] == [LATER, LATER]
    assert (len(rows["tickets"]), rows["seats"]) == (4, {("5", "general"): 7})
    (entry,) = rows["trail"]
    assert (entry.change, entry.reason) == ("ticket reissued", "reissue: shared")
    assert entry.seen == f"{FIRST} {ANEW}"
    assert set(rows["mails"]) == {ALERT.mail_id}


def test_a_ticket_is_replaced_for_another_holder_and_then_once_more(shop: Shop) -> None:
    order = completed(shop)
    reissue(shop, order, read(shop), holder="Ben Vibert")
    shop.remove_mail(ALERT)

    reissue(shop, shop.orders.get(NUMBER), read(shop, ANEW))

    rows, last = shop.rows(), f"{NUMBER}-01-R2"
    assert [rows["tickets"][i].holder for i in (FIRST, ANEW, last)] == [
        "Jane Doe", "Ben Vibert", "Ben Vibert",
    ]  # fmt: skip
    assert [rows["tickets"][i].transferred for i in (FIRST, ANEW, last)] == [False, True, True]
    hashed = fingerprint_of_holder(ANEW, "Ben Vibert")
    assert [(e.change, e.seen) for e in rows["trail"]] == [
        ("ticket transferred", f"{FIRST} {ANEW} {hashed}"),
        ("ticket reissued", f"{ANEW} {last}"),
    ]
    assert shop.orders.get(NUMBER).valid_ticket_ids[0] == last


def test_who_came_in_with_the_old_ticket_is_in(shop: Shop) -> None:
    order = completed(shop)
    shop.store_ticket(replace(read(shop), admits=2, left=1, last_scan="D7KQ2#000001"))

    reissue(shop, order, read(shop))

    new = read(shop, ANEW)
    assert (new.admits, new.left, new.last_scan) == (2, 1, "D7KQ2#000001")


USED: dict[str, dict[str, Any]] = {
    "somebody came in": {"left": 0, "last_scan": "D7KQ2#000001"},
    "one more came in": {"admits": 3, "left": 1},
    "it is another order's": {"order_number": "ORD-OTHER1"},
}


@pytest.mark.parametrize("changes", USED.values(), ids=USED)
def test_a_ticket_that_was_used_since_it_was_read_is_not_replaced(
    shop: Shop, changes: dict[str, Any]
) -> None:
    order = completed(shop)
    old = replace(read(shop), **{k: v for k, v in changes.items() if k == "admits"})
    old = replace(old, left=2) if "admits" in changes else old
    shop.store_ticket(replace(old, **changes))

    with nothing_written(shop, OrderChanged):
        reissue(shop, order, old)


def test_a_ticket_that_is_gone_is_not_replaced(shop: Shop) -> None:
    order = completed(shop)
    other = replace(tickets_for(order)[0], ticket_id=f"{NUMBER}-01")
    stale = replace(order, order_number="ORD-OTHER1")
    shop.store(stale)

    with nothing_written(shop, OrderChanged, *REFUSED):
        new = issued_anew(other, "ORD-OTHER1-01-R1", a_signer())
        gone = replace(other, ticket_id="ORD-OTHER1-01", order_number="ORD-OTHER1")
        shop.orders.reissue(stale, gone, new, [], "reissue: shared", LATER)


def test_no_ticket_is_overwritten(shop: Shop) -> None:
    order = completed(shop)
    shop.store_ticket(replace(read(shop), ticket_id=ANEW))

    with nothing_written(shop, *REFUSED):
        reissue(shop, order, read(shop))


OBSTACLES: dict[str, tuple[Callable[[Shop, Order], object], tuple[type[Exception], ...]]] = {
    "it changed": (lambda s, o: s.store(replace(o, version=5)), (OrderChanged,)),
    "its status changed": (
        lambda s, o: s.store(replace(o, status=OrderStatus.REVIEW)),
        (OrderChanged,),
    ),
    "it is gone": (lambda s, o: s.remove(o), (OrderNotFound,)),
    "its mail exists": (lambda s, _: s.store_mail(ALERT), (OrderChanged,)),
    "its trail is ahead": (lambda s, o: s.store_entry(an_entry(o)), REFUSED),
}


@pytest.mark.parametrize(("stand_in", "errors"), OBSTACLES.values(), ids=OBSTACLES)
def test_issuing_anew_is_atomic(
    shop: Shop, stand_in: Callable[[Shop, Order], object], errors: tuple[type[Exception], ...]
) -> None:
    order = completed(shop)
    stand_in(shop, order)

    with nothing_written(shop, *errors):
        reissue(shop, order, read(shop))


def test_a_ticket_is_replaced_only_once(shop: Shop) -> None:
    order = completed(shop)
    reissue(shop, order, read(shop))
    old = read(shop)

    with nothing_written(shop, IllegalTransition):
        reissue(shop, shop.orders.get(NUMBER), old)


def test_a_ticket_that_was_issued_anew_is_void_by_its_new_id(shop: Shop) -> None:
    shop.sell(available=7)
    reissue(shop, completed(shop), read(shop))

    order = shop.orders.get(NUMBER)
    shop.orders.void_tickets(order, (ANEW,), [], "void: sold on", LATER)

    tickets = shop.rows()["tickets"]
    assert [(t.status, t.void_reason) for t in (tickets[FIRST], tickets[ANEW])] == [
        (TicketStatus.VOID, VoidReason.REISSUED),
        (TicketStatus.VOID, VoidReason.WITHDRAWN),
    ]
    assert shop.rows()["seats"] == {("5", "general"): 8}


def test_all_names_that_a_ticket_ever_had_are_erased(shop: Shop) -> None:
    reissue(shop, completed(shop), read(shop), holder="Ben Vibert")

    shop.orders.erase(shop.orders.get(NUMBER), "she asked", NOW)

    assert {ticket.holder for ticket in shop.rows()["tickets"].values()} == {ERASED}
    assert len(shop.rows()["tickets"]) == 4


def test_the_address_of_an_order_changes_without_its_tickets(shop: Shop) -> None:
    reissue(shop, completed(shop), read(shop))
    before = shop.rows()["tickets"]

    shop.orders.change_address(shop.orders.get(NUMBER), NEW, [], None, LATER)

    assert shop.rows()["tickets"] == before
    assert shop.orders.get(NUMBER).reissued == (Reissued(FIRST, 1),)
