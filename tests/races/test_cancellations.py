"""A cancelled event and purchases at the same time: no ticket stays valid, no pound goes astray."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tests.races.shop import RaceShop, mails, orders, shuffled
from tests.races.test_payments import WORKERS, bought, every_seed, pay, verify
from tests.support.builders import an_event
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.bootstrap.cancel_event import cancel_event
from ticketing.emails.mail import MailKind
from ticketing.errors import TicketingError
from ticketing.events.event import RefundPolicy
from ticketing.flows.cancel_event import Cancelled
from ticketing.orders.basket import Wanted
from ticketing.orders.order import Order

pytestmark = pytest.mark.races
ORDERS = 8
SETTLED = {"completed", "failed"}


def cancel(shop: RaceShop) -> Cancelled:
    """Cancel the event like an operator; SumUp's simulator needs no breaks between refunds."""
    flow = cancel_event(shop.here, dry_run=False)
    flow = replace(flow, refund_orders=replace(flow.refund_orders, pace=lambda: None))
    return flow(an_event().event_id, RefundPolicy.ALL, "a storm", lambda *_: None)


def buy(shop: RaceShop, number: int) -> Order | None:
    """Order like a buyer who may be told that the event is cancelled."""
    try:
        return shop.buy(f"late-{number}@example.com", Wanted("general", 1))
    except TicketingError:
        return None


def given_back(shop: RaceShop) -> Counter[str]:
    """Return how often each transaction went back."""
    asked = shop.sumup.requests("POST", "/refunds")
    return Counter(one["path"].split("/")[-2] for one in asked if one["status"] == 201)


def taken(shop: RaceShop) -> set[str]:
    return {
        str(payment["id"])
        for checkout in shop.sumup.checkouts()
        for payment in checkout["transactions"]
        if payment["status"] == "SUCCESSFUL"
    }


def judge(shop: RaceShop, told: set[str]) -> None:
    """Nothing admits anybody, everybody was told once, and each payment went back once."""
    assert {row.status for row in TicketRow.scan(consistent_read=True)} <= {"void"}
    assert {row.status for row in orders()} <= SETTLED
    assert mails(MailKind.EVENT_CANCELLED) == Counter(told)
    assert given_back(shop) == Counter(taken(shop))
    assert shop.left() == 150
    shop.judge()


@every_seed
def test_purchases_that_finish_meanwhile_are_void_and_refunded(shop: RaceShop, seed: int) -> None:
    """Workers complete paid orders, buyers place new ones, and an operator cancels the event."""
    some = bought(shop, seed, ORDERS)
    pay(shop, some)
    jobs: list[Callable[[], object]] = [partial(cancel, shop)]
    jobs += [partial(verify, shop, order.order_number) for order in some for _ in range(2)]
    jobs += [partial(buy, shop, number) for number in range(ORDERS)]

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    for order in orders():  # the schedule would come to each of them
        verify(shop, order.order_number)
    assert cancel(shop).is_complete
    judge(shop, {row.order_number for row in orders()})


@every_seed
def test_two_operators_settle_each_order_once(shop: RaceShop, seed: int) -> None:
    """Half of the orders have tickets, and half of them wait for their payment."""
    some = bought(shop, seed, ORDERS)
    pay(shop, some[::2])
    for order in some[::2]:
        verify(shop, order.order_number)

    shop.race(WORKERS, [partial(cancel, shop)] * WORKERS)

    assert cancel(shop).is_complete
    assert {row.status for row in orders()} == SETTLED
    judge(shop, {order.order_number for order in some})
