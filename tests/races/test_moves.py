"""A moved event while buyers order, pay and ask for their money: each is told and refunded once."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.races.shop import RaceShop, mails, now, orders, repeated, shuffled
from tests.races.test_cancellations import buy, given_back
from tests.races.test_payments import WORKERS, bought, every_seed, pay, verify, with_tickets
from tests.support.builders import an_event
from ticketing.adapters.dynamodb.models import OrderRow, TicketRow
from ticketing.bootstrap.checkout_api import ask_refund
from ticketing.bootstrap.move_event import move_event, refund_requests
from ticketing.emails.mail import MailKind
from ticketing.errors import NotMovable, OrderChanged
from ticketing.events.moving import NewTimes
from ticketing.flows.move_event import Moved
from ticketing.flows.refund_orders import GivenBack

pytestmark = pytest.mark.races
ORDERS = 8
START = an_event().starts_at
TIMES = NewTimes(START + timedelta(days=7), START)


def move(shop: RaceShop) -> Moved | None:
    """Move the event like an operator who may be told that somebody else is changing it."""
    flow = move_event(shop.here, dry_run=False)
    try:
        return flow(an_event().event_id, lambda _: TIMES, now(), lambda _: None)
    except NotMovable:
        return None


def give_back(shop: RaceShop) -> GivenBack:
    """Work through the requests; SumUp's simulator needs no breaks between refunds."""
    flow = refund_requests(shop.here, dry_run=False)
    flow = replace(flow, refund_orders=replace(flow.refund_orders, pace=lambda: None))
    return flow(flow.waiting(an_event().event_id), "agreed", lambda *_: None)


def ask(shop: RaceShop, order_number: str) -> None:
    """Ask like a buyer whose browser presses the button once more."""
    try:
        ask_refund(shop.here)(order_number, now())
    except OrderChanged:
        ask(shop, order_number)


@every_seed
def test_buyers_who_order_and_pay_meanwhile_know_the_new_time(shop: RaceShop, seed: int) -> None:
    """Two operators move the event by the same command, and one of them types it once more."""
    some = bought(shop, seed, ORDERS)
    pay(shop, some)
    jobs: list[Callable[[], object]] = repeated(move, 2, shop)
    jobs += [partial(verify, shop, order.order_number) for order in some for _ in range(2)]
    jobs += [partial(buy, shop, number) for number in range(ORDERS)]

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    for order in some:
        verify(shop, order.order_number)
    again = move(shop)
    assert again is not None
    assert (again.event.starts_at, again.event.revision) == (TIMES.starts_at, 2)
    assert len(orders()) == 2 * ORDERS
    assert {row.event_starts_at for row in orders()} == {TIMES.starts_at}
    assert mails(MailKind.EVENT_CHANGED) == Counter(order.order_number for order in some)
    assert {row.status for row in TicketRow.scan(consistent_read=True)} == {"valid"}
    shop.judge()


@every_seed
def test_who_asks_for_the_money_gets_it_once(shop: RaceShop, seed: int) -> None:
    """Half of the buyers ask, each twice, while the command runs four times."""
    some = with_tickets(shop, seed, ORDERS)
    assert move(shop)
    leave = [order.order_number for order in some[::2]]
    jobs: list[Callable[[], object]] = [partial(ask, shop, number) for number in leave * 2]
    jobs += repeated(give_back, 4, shop)

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    give_back(shop)
    assert give_back(shop).problems == []
    paid = {row.transaction_id for row in _of(leave)}
    assert given_back(shop) == Counter(paid)
    assert mails(MailKind.REFUNDED) == Counter(leave)
    void = TicketRow.scan(TicketRow.status == "void", consistent_read=True)
    assert {ticket.order_number for ticket in void} == set(leave)
    seats = sum(order.tickets_count for order in some if order.order_number not in leave)
    assert shop.left() == 150 - seats
    shop.judge()


def _of(numbers: list[str]) -> list[OrderRow]:
    return [row for row in orders() if row.order_number in numbers]
