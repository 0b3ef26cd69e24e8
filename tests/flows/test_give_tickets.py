"""Complimentary tickets are given once, issued by the usual check, and never half."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.shop import Shop
from tests.support.builders import NOW, a_ticket_type, an_event, an_organiser, later
from tests.support.fake_sumup import Organisers
from tests.support.fakes import Events, Queue
from tests.support.oracle import breaches_in
from ticketing.audit.order_snapshot import Rule
from ticketing.errors import NotForHand, UnknownOrganiser
from ticketing.events.event import TicketType
from ticketing.flows.give_tickets import Given, GiveTickets
from ticketing.flows.request_check import RequestCheck
from ticketing.flows.void_tickets import VoidTickets
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Order, OrderStatus, Origin

BASKET = Basket("5", (Wanted("general", 2),), "Jane Doe", "jane@example.com")


class Sold(Events):
    """The events tables with one ticket type, of which so many are left as the counters say."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(an_event())
        self._shop = shop

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]:
        left = self._shop.tables.available[event_id, "general"]
        return (a_ticket_type(available=left),)


class Desk:
    """An operator who gives tickets, and the shop without any order."""

    def __init__(self, seats: int = 10) -> None:
        self.shop = Shop(seats=seats)
        for rows in (self.shop.tables.orders, self.shop.tables.checkouts):
            rows.clear()
        self.checks, self.catalogue = Queue(), Sold(self.shop)
        self.organisers = Organisers({"jersey-live": an_organiser()})

    def give(
        self, basket: Basket = BASKET, *, another: bool = False, dry_run: bool = False
    ) -> Given:
        flow = GiveTickets(
            orders=self.shop.orders,
            events=self.catalogue,
            organisers=self.organisers,
            request_check=RequestCheck(self.shop.orders, self.checks),
            payment_window=timedelta(hours=2),
            dry_run=dry_run,
        )
        return flow(basket, "for the press", NOW, another=another)

    def issue(self, given: Given) -> Order:
        self.shop.verify(later(minutes=1), given.order.order_number)
        return self.shop.orders.get(given.order.order_number)

    @property
    def state(self) -> object:
        tables = self.shop.tables
        return (
            dict(tables.orders), dict(tables.available), dict(tables.requests),
            list(tables.audit), list(self.checks.sent),
        )  # fmt: skip

    def broken(self) -> list[Rule]:
        """Return the rules that do not hold; here nobody scans, or sends mails."""
        found = (breach.rule for breach in breaches_in(self.shop.tables, later(hours=1)))
        late = {Rule.MAIL_OVERDUE, Rule.NOT_DELIVERED, Rule.OVERDUE}
        return [rule for rule in found if rule not in late]


def test_an_order_is_placed_with_its_reason_and_checked_at_once() -> None:
    desk = Desk()

    done = desk.give()

    order = done.order
    assert (done.is_new, done.is_queued, done.earlier) == (True, True, ())
    assert (order.status, order.origin, str(order.total)) == (
        OrderStatus.PENDING,
        Origin.GIVEN,
        "£0.00",
    )
    assert desk.shop.seats_left == 8
    assert desk.checks.sent == [order.order_number]
    (entry,) = desk.shop.tables.audit
    assert (entry.change, entry.reason) == ("given", "give: for the press")
    assert "jane" not in str(entry).lower()
    assert (order.version, order.audit_hash) == (1, entry.hash)
    assert desk.broken() == []


def test_the_usual_check_issues_the_tickets() -> None:
    desk = Desk()

    order = desk.issue(desk.give())

    assert (order.status, order.reason_code) == (OrderStatus.COMPLETED, "free")
    assert order.status_reason == "The tickets are complimentary. There was nothing to pay."
    tickets = desk.shop.tables.tickets.values()
    assert [(t.holder, t.origin) for t in tickets] == [("Jane Doe", Origin.GIVEN)] * 2
    assert desk.shop.buyers_mails == ["confirmation"]
    assert desk.shop.sumup.calls == []
    assert desk.broken() == []


def test_the_same_command_again_finds_the_order() -> None:
    desk = Desk()
    first = desk.give()

    again = desk.give(replace(BASKET, email="Jane@Example.com"))

    assert (again.order.order_number, again.is_new) == (first.order.order_number, False)
    assert again.earlier == (first.order.order_number,)
    assert list(desk.shop.tables.orders) == [first.order.order_number]
    assert (desk.shop.seats_left, len(desk.shop.tables.audit)) == (8, 1)
    issued = desk.issue(first)
    before = desk.state
    assert desk.give().order == issued
    assert desk.state == before


def test_another_gives_the_same_once_more_each_time() -> None:
    desk = Desk()
    numbers = [desk.give().order.order_number]
    numbers += [desk.give(another=True).order.order_number for _ in range(2)]

    assert len(set(numbers)) == 3
    assert desk.shop.seats_left == 4
    assert desk.give().earlier == tuple(numbers)


def test_a_dry_run_decides_the_same_and_writes_nothing() -> None:
    desk = Desk()
    before = desk.state

    planned = desk.give(dry_run=True)

    assert desk.state == before
    assert planned.is_new
    assert planned.order.lines == desk.give().order.lines
    placed = desk.state
    assert not desk.give(dry_run=True).is_new
    assert desk.state == placed


@pytest.mark.parametrize("dry_run", [False, True])
def test_too_few_seats_are_named_and_nothing_is_written(*, dry_run: bool) -> None:
    desk = Desk(seats=1)
    before = desk.state

    with pytest.raises(NotForHand, match="1 of general are left, 2 are wanted"):
        desk.give(dry_run=dry_run)

    assert desk.state == before


def test_seats_that_go_meanwhile_are_not_given() -> None:
    desk = Desk(seats=2)
    desk.shop.orders.before_write = [
        lambda: desk.shop.tables.available.update({("5", "general"): 1})
    ]

    with pytest.raises(NotForHand, match="1 of general are left"):
        desk.give()

    assert desk.shop.tables.orders == {}


def test_an_organiser_who_never_connected_gives_nothing() -> None:
    desk = Desk()
    desk.organisers.rows["jersey-live"] = an_organiser(merchant_code="")

    with pytest.raises(UnknownOrganiser):
        desk.give()


def test_two_at_the_same_time_give_once() -> None:
    desk = Desk()
    won: list[Given] = []
    desk.shop.orders.before_write = [lambda: won.append(desk.give())]

    done = desk.give()

    assert (done.order.order_number, done.is_new) == (won[0].order.order_number, False)
    assert desk.shop.seats_left == 8


def test_a_lost_answer_of_the_table_gives_once() -> None:
    desk = Desk()
    place = desk.shop.orders.place

    def repeated(*given: object, **named: object) -> None:
        """Write, and write again as the SDK does when the answer is lost."""
        place(*given, **named)  # type: ignore[arg-type]  # handed on
        place(*given, **named)  # type: ignore[arg-type]  # handed on

    desk.shop.orders.place = repeated  # type: ignore[method-assign]  # for this test

    assert desk.give().is_new
    assert len(desk.shop.tables.orders) == 1


@pytest.mark.parametrize("broken", ["the queue", "the process"])
def test_what_breaks_after_placing_is_made_good_by_the_scan_or_the_same_command(
    broken: str,
) -> None:
    desk = Desk()
    if broken == "the queue":
        desk.checks.is_down = True
        done = desk.give()
        assert (done.is_new, done.is_queued) == (True, False)
        desk.checks.is_down = False
    else:
        dies: Callable[..., bool] = _dies
        desk.shop.orders.book_check = dies  # type: ignore[method-assign]  # for this test
        with pytest.raises(KeyboardInterrupt):
            desk.give()
        del desk.shop.orders.book_check
    (order,) = desk.shop.tables.orders.values()
    assert order.next_check_at == NOW

    again = desk.give()

    assert (again.is_new, again.is_queued) == (False, True)
    assert desk.checks.sent == [order.order_number]
    assert desk.issue(again).status is OrderStatus.COMPLETED
    assert desk.broken() == []


def test_void_takes_it_back() -> None:
    desk = Desk()
    order = desk.issue(desk.give())

    VoidTickets(desk.shop.orders, desk.shop.notifier)(order.order_number, (), "ill", later(days=1))

    assert desk.shop.seats_left == 10
    assert desk.broken() == []


def _dies(*_: object) -> bool:
    raise KeyboardInterrupt
