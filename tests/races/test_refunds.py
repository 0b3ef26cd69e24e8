"""Concurrent refunds: SumUp is asked once, and no ticket stays valid after its refund."""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from tests.races.shop import RaceShop, mails, now, orders, repeated, shuffled
from tests.races.test_payments import WORKERS, bought, deliver, every_seed, pay, verify
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.bootstrap.refund_payment import refund_payment
from ticketing.bootstrap.review_order import review_order
from ticketing.emails.mail import MailKind, mail_id
from ticketing.errors import NotDecidable, OrderChanged
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_payment import Refunding
from ticketing.orders.order import Order

pytestmark = pytest.mark.races
ORDERS = 6


def refund(shop: RaceShop, order_number: str) -> Refunding | None:
    """Refund like an operator who is told to try again while another refund is in progress."""
    flow = refund_payment(shop.here, dry_run=False)
    try:
        return flow(order_number, Wish("agreed"), now())
    except (NotDecidable, OrderChanged):
        return None


def asked(shop: RaceShop) -> Counter[str]:
    """Return how many refund requests SumUp got for each transaction."""
    paths = (request["path"] for request in shop.sumup.requests("POST", "/refunds"))
    return Counter(path.split("/")[-2] for path in paths)


def settle(shop: RaceShop, some: list[Order]) -> None:
    """Let everyone who was told to try again do so, one after the other."""
    for order in some:
        verify(shop, order.order_number)
        refund(shop, order.order_number)


@every_seed
def test_concurrent_refunds_send_one_request(shop: RaceShop, seed: int) -> None:
    """Operators, a delivery worker and a verification worker, all on the same orders."""
    some = bought(shop, seed, ORDERS)
    pay(shop, some)
    for order in some:
        verify(shop, order.order_number)
    jobs: list[Callable[[], object]] = []
    for order in shuffled(random.Random(seed), some):
        number = order.order_number
        jobs += repeated(refund, WORKERS, shop, number)
        jobs += [
            partial(deliver, shop, mail_id(number, MailKind.CONFIRMATION)),
            partial(verify, shop, number),
        ]

    done = shop.race(WORKERS, jobs)

    assert any(isinstance(one, Refunding) and one.is_new for one in done)
    assert set(asked(shop).values()) == {1}
    settle(shop, some)
    assert len(asked(shop)) == ORDERS
    assert set(asked(shop).values()) == {1}
    assert {(row.status, row.refund_status) for row in orders()} == {("completed", "refunded")}
    assert {row.status for row in TicketRow.scan(consistent_read=True)} == {"void"}
    assert mails(MailKind.REFUNDED) == Counter(order.order_number for order in some)
    assert shop.left() == 150
    shop.judge()


@every_seed
def test_a_late_payment_buys_tickets_or_is_refunded(shop: RaceShop, seed: int) -> None:
    """A check would honour it while an operator refunds it."""
    some = bought(shop, seed, ORDERS)
    for order in some:
        shop.sumup.expire(order.checkout_ids[-1])
        review_order(shop.here, dry_run=False).cancel(order.order_number, "agreed", now())
        shop.sumup.pay(order.checkout_ids[-1], force=True)
    numbers = [order.order_number for order in shuffled(random.Random(seed), some)]
    jobs = [
        partial(job, shop, number)
        for number in numbers
        for job in shuffled(random.Random(seed), [refund, refund, verify, verify])
    ]

    shop.race(WORKERS, jobs)

    settle(shop, some)
    assert set(asked(shop).values()) == {1}
    assert {row.refund_status for row in orders()} == {"refunded"}
    assert {row.status for row in orders()} <= {"completed", "failed"}
    assert {row.status for row in TicketRow.scan(consistent_read=True)} <= {"void"}
    assert shop.left() == 150
    shop.judge()
