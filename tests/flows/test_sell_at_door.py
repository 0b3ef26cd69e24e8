"""Sales at the door are recorded once: for what SumUp shows or for cash, and never half."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.flows.shop import Shop
from tests.flows.test_give_tickets import Sold as SoldTypes
from tests.support.builders import NOW, a_signer, an_event, an_order, an_organiser, later
from tests.support.fake_orders import Cancelled
from tests.support.fake_sumup import Organisers
from tests.support.oracle import breaches_in
from ticketing.audit.order_snapshot import Rule
from ticketing.errors import (
    NotDecidable,
    NotForHand,
    PaymentProviderUnavailable,
    UnknownOrganiser,
)
from ticketing.flows.sell_at_door import SellAtDoor, Sold
from ticketing.flows.void_tickets import VoidTickets
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import Transaction
from ticketing.payments.refunding import refuse_unless_settled

BASKET = Basket("5", (Wanted("general", 2),), "Jane Doe", "jane@example.com")
CODE = "TAAA1BBB2C"
PAID = Transaction(
    "tx-1", "SUCCESSFUL", Decimal("30.00"), "GBP", CODE, "MC0001", payment_type="POS"
)


class Desk:
    """A door, the organiser's terminal, and a shop without any order."""

    def __init__(self, seats: int = 10) -> None:
        self.shop = Shop(seats=seats)
        for rows in (self.shop.tables.orders, self.shop.tables.checkouts):
            rows.clear()
        self.catalogue = SoldTypes(self.shop)
        self.organisers = Organisers({"jersey-live": an_organiser()})
        self.taken: dict[str, Transaction] = {CODE: PAID}
        self.failure: Exception | None = None
        self.asked: list[str] = []

    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None:
        self.asked.append(f"{organiser.merchant_code} {code}")
        if self.failure:
            raise self.failure
        return self.taken.get(code)

    def sell(
        self,
        code: str | None = CODE,
        basket: Basket = BASKET,
        *,
        another: bool = False,
        dry_run: bool = False,
        real_money: bool = True,
    ) -> Sold:
        flow = SellAtDoor(
            orders=self.shop.orders,
            events=self.catalogue,
            organisers=self.organisers,
            sumup=self,
            signer=a_signer(),
            notifier=self.shop.notifier,
            real_money=real_money,
            dry_run=dry_run,
        )
        return flow(basket, code, "at the gate", NOW, another=another)

    def order(self, sold: Sold) -> Order:
        return self.shop.orders.get(sold.order.order_number)

    @property
    def state(self) -> object:
        tables = self.shop.tables
        return (
            dict(tables.orders), dict(tables.available), dict(tables.requests), dict(tables.mails),
            dict(tables.tickets), dict(tables.payments), list(tables.audit),
            list(self.shop.deliveries.sent),
        )  # fmt: skip

    def broken(self) -> list[Rule]:
        """Return the rules that do not hold; here nobody scans, or sends mails."""
        found = (breach.rule for breach in breaches_in(self.shop.tables, later(hours=1)))
        late = {Rule.MAIL_OVERDUE, Rule.NOT_DELIVERED, Rule.OVERDUE}
        return [rule for rule in found if rule not in late]


def test_what_the_terminal_took_buys_tickets() -> None:
    desk = Desk()

    done = desk.sell()

    order = desk.order(done)
    assert (order.status, order.origin, order.transaction_id) == (
        OrderStatus.COMPLETED,
        Origin.TERMINAL,
        "tx-1",
    )
    assert desk.asked == [f"MC0001 {CODE}"]
    assert desk.shop.tables.payments == {"tx-1": order.order_number}
    assert {t.origin for t in desk.shop.tables.tickets.values()} == {Origin.TERMINAL}
    assert (desk.shop.seats_left, desk.shop.buyers_mails) == (8, ["confirmation"])
    assert desk.shop.deliveries.sent == [mail.mail_id for mail in done.mails]
    assert [(e.change, e.reason, e.seen) for e in desk.shop.tables.audit] == [
        ("terminal", "sell-at-door: at the gate", ""),
        ("completed", "paid_at_door: at the gate", "tx-1 SUCCESSFUL 30.00 GBP"),
    ]
    assert desk.broken() == []


def test_cash_is_the_operators_word_and_no_payment() -> None:
    desk = Desk()

    order = desk.order(desk.sell(None))

    assert (order.status, order.origin, order.transaction_id) == (
        OrderStatus.COMPLETED,
        Origin.CASH,
        None,
    )
    assert (desk.asked, desk.shop.tables.payments) == ([], {})
    assert desk.broken() == []
    with pytest.raises(NotDecidable, match=r"paid in cash: hand the cash back, and `void"):
        refuse_unless_settled(order)
    VoidTickets(desk.shop.orders, desk.shop.notifier)(order.order_number, (), "ill", later(days=1))
    assert desk.shop.seats_left == 10
    assert desk.broken() == []


@pytest.mark.parametrize("code", [CODE, None])
def test_the_same_command_again_writes_nothing(code: str | None) -> None:
    desk = Desk()
    first = desk.sell(code)
    before = desk.state

    again = desk.sell(code)

    assert (again.order, again.decision) == (desk.order(first), None)
    assert again.earlier == (first.order.order_number,)
    assert desk.state == before


def test_the_same_for_cash_is_sold_once_more_with_another() -> None:
    desk = Desk()

    numbers = [desk.sell(None).order.order_number]
    numbers += [desk.sell(None, another=True).order.order_number for _ in range(2)]

    assert (len(set(numbers)), desk.shop.seats_left) == (3, 4)
    assert desk.sell(None).earlier == tuple(numbers)


@pytest.mark.parametrize("code", [CODE, None])
def test_a_dry_run_decides_the_same_and_writes_nothing(code: str | None) -> None:
    desk = Desk()
    before = desk.state

    planned = desk.sell(code, dry_run=True)

    assert desk.state == before
    assert planned.decision == desk.sell(code).decision
    assert planned.order.origin is (Origin.TERMINAL if code else Origin.CASH)


OTHER = replace(PAID, merchant_code="MC0002")
WRONG: dict[str, tuple[Callable[[Desk], object], str]] = {
    "no answer": (
        lambda desk: vars(desk).update(failure=PaymentProviderUnavailable("no answer in time")),
        f"SumUp could not be asked about {CODE}, so nothing was written: no answer in time",
    ),
    "no connection": (
        lambda desk: vars(desk).update(failure=UnknownOrganiser("jersey-live")),
        "could not be asked",
    ),
    "unknown": (lambda desk: desk.taken.clear(), "SumUp knows no transaction with this code"),
    "another amount": (
        lambda desk: desk.taken.update({CODE: replace(PAID, amount=Decimal(29))}),
        "£29.00 was paid, the tickets cost £30.00",
    ),
    "another merchant's": (lambda desk: desk.taken.update({CODE: OTHER}), "to merchant MC0002"),
    "refunded": (
        lambda desk: desk.taken.update({CODE: replace(PAID, refunded=True)}),
        "its money went back",
    ),
    "another order's": (
        lambda desk: desk.shop.tables.payments.update({"tx-1": "ORD-OTHER1"}),
        "bought the tickets of order ORD-OTHER1",
    ),
    "a sandbox": (
        lambda desk: desk.organisers.rows.update({"jersey-live": an_organiser(sandbox=True)}),
        "is a sandbox",
    ),
    "a cancelled event": (
        lambda desk: desk.catalogue.rows.update({"5": an_event(cancelled=True)}),
        "this event is cancelled",
    ),
    "too few seats": (
        lambda desk: desk.shop.tables.available.update({("5", "general"): 1}),
        "1 of general are left, 2 are wanted",
    ),
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("spoil", "text"), WRONG.values(), ids=WRONG)
def test_what_does_not_pay_has_its_words_and_writes_nothing(
    spoil: Callable[[Desk], object], text: str, *, dry_run: bool
) -> None:
    desk = Desk()
    spoil(desk)
    before = desk.state

    with pytest.raises(NotForHand, match=text):
        desk.sell(dry_run=dry_run)

    assert desk.state == before


def test_a_sandbox_may_pay_where_no_money_is_real() -> None:
    desk = Desk()
    desk.organisers.rows["jersey-live"] = an_organiser(sandbox=True)

    assert desk.order(desk.sell(real_money=False)).status is OrderStatus.COMPLETED


def test_one_transaction_pays_for_one_order_whatever_is_typed() -> None:
    desk = Desk()
    first = desk.sell().order.order_number
    before = desk.state

    with pytest.raises(NotForHand, match=f"bought the tickets of order {first}"):
        desk.sell(basket=replace(BASKET, name="John"))

    assert desk.state == before


def test_a_payment_that_is_accepted_elsewhere_meanwhile_buys_nothing() -> None:
    desk = Desk()
    desk.shop.orders.before_write = [
        lambda: None,
        lambda: desk.shop.tables.payments.update({"tx-1": "ORD-OTHER1"}),
    ]
    desk.shop.tables.orders["ORD-OTHER1"] = an_order(order_number="ORD-OTHER1")

    with pytest.raises(NotForHand, match="bought the tickets of order ORD-OTHER1"):
        desk.sell()

    assert desk.shop.tables.tickets == {}
    assert desk.shop.buyers_mails == []


def dies() -> None:
    raise Cancelled


@pytest.mark.parametrize("code", [CODE, None])
@pytest.mark.parametrize("writes", [1, 2])
def test_an_interrupted_sale_is_finished_by_the_same_command(code: str | None, writes: int) -> None:
    desk = Desk()
    desk.shop.orders.before_write = [*[lambda: None] * (writes - 1), dies]
    with pytest.raises(Cancelled):
        desk.sell(code)
    assert desk.shop.tables.tickets == {}

    done = desk.sell(code)

    assert desk.order(done).status is OrderStatus.COMPLETED
    assert (len(desk.shop.tables.orders), desk.shop.seats_left) == (1, 8)
    assert desk.broken() == []


@pytest.mark.parametrize("is_typed_again", [True, False])
def test_an_interrupted_sale_that_nobody_finishes_ends_unpaid(*, is_typed_again: bool) -> None:
    desk = Desk()
    desk.shop.orders.before_write = [lambda: None, dies]
    with pytest.raises(Cancelled):
        desk.sell()
    (number,) = desk.shop.tables.orders

    for minutes in (20, 45, 90):
        desk.shop.verify(later(minutes=minutes), number)

    order = desk.shop.orders.get(number)
    assert (order.status, desk.shop.seats_left) == (OrderStatus.EXPIRED, 10)
    assert desk.shop.tables.mails == {}
    if is_typed_again:
        assert desk.order(desk.sell()).status is OrderStatus.COMPLETED
        assert (list(desk.shop.tables.orders), desk.shop.seats_left) == ([number], 8)
    assert desk.broken() == []


def test_two_at_the_same_time_sell_once() -> None:
    desk = Desk()
    won: list[Sold] = []
    desk.shop.orders.before_write = [lambda: won.append(desk.sell())]

    done = desk.sell()

    assert (done.order.order_number, done.decision) == (won[0].order.order_number, None)
    assert (len(desk.shop.tables.orders), desk.shop.seats_left) == (1, 8)
    assert desk.broken() == []
