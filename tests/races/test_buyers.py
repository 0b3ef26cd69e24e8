"""One buyer in several tabs, or whose browser repeats the same request."""

import random
from collections import Counter
from datetime import datetime
from functools import partial

import pytest

from tests.races.shop import RaceShop, now, orders, repeated, shuffled
from ticketing.adapters.dynamodb.models import CheckoutRow
from ticketing.bootstrap.checkout_api import checkout_api
from ticketing.errors import (
    NotPayable,
    OrderChanged,
    PaymentProviderUnavailable,
    TooManyAttempts,
)
from ticketing.flows.checkout_api import Placed
from ticketing.orders.basket import Wanted
from ticketing.orders.order import Order
from ticketing.orders.schedule import PAY_EVERY

BUYERS = 8
SEEDS = pytest.mark.parametrize("seed", range(10))
TWO = Wanted("general", 2)


def payable(shop: RaceShop) -> Counter[str]:
    """Return how many checkouts of each order could be paid at SumUp."""
    found = [c for c in shop.sumup.checkouts() if c["status"] == "PENDING"]
    return Counter(c["checkout_reference"].rpartition("-")[0] for c in found)


@SEEDS
def test_six_concurrent_identical_requests_create_one_order(shop: RaceShop, seed: int) -> None:
    chance = random.Random(seed)
    emails = shuffled(chance, [f"buyer-{n}@example.com" for n in range(BUYERS)])

    jobs = [job for email in emails for job in repeated(partial(shop.buy, email, TWO), 6)]
    placed = shop.race(len(jobs), jobs)

    rows = {row.order_number: row for row in orders()}
    assert len(rows) == BUYERS
    by_buyer = {(order.customer.email, order.order_number) for order in placed}
    assert len(by_buyer) == BUYERS, "whoever asked again was given the same order"
    assert shop.left() == 150 - 2 * BUYERS
    assert payable(shop) == dict.fromkeys(rows, 1)
    assert {len(row.checkout_ids) for row in rows.values()} == {1}
    shop.judge()


def pay_again(shop: RaceShop, order: Order, at: datetime) -> str | type[Exception]:
    """Press "try again" in one tab; return where it leads, or the kind of refusal."""
    try:
        placed: Placed = checkout_api(shop.here).pay_again(order.order_number, at)
    except (NotPayable, OrderChanged, PaymentProviderUnavailable, TooManyAttempts) as refused:
        return type(refused)
    assert placed.pay_url
    return placed.pay_url


@SEEDS
def test_concurrent_retries_in_several_tabs_leave_one_open_checkout(
    shop: RaceShop, seed: int
) -> None:
    chance = random.Random(seed)
    some = [shop.buy(f"buyer-{n}@example.com", TWO) for n in range(BUYERS)]
    for order in some:
        if chance.random() < 0.5:
            shop.sumup.decline(order.checkout_ids[-1])

    at = now() + PAY_EVERY
    jobs = [job for o in shuffled(chance, some) for job in repeated(pay_again, 4, shop, o, at)]
    led = Counter(shop.race(len(jobs), jobs))

    assert led[TooManyAttempts] == 3 * len(some), "one of the tabs asks SumUp"
    assert max(payable(shop).values()) == 1, "nobody can pay twice"
    for order in some:
        opened = pay_again(shop, order, at + PAY_EVERY)
        assert isinstance(opened, str), "and nobody is left without a way to pay"
    assert payable(shop) == {order.order_number: 1 for order in some}
    known = {row.checkout_id for row in CheckoutRow.scan(consistent_read=True)}
    assert {c["id"] for c in shop.sumup.checkouts()} == known, "we know of every checkout"
    shop.judge()
