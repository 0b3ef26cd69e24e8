"""Concurrent refunds: SumUp is asked once, and no ticket stays valid after its refund."""

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from tests.races.shop import RaceShop, mails, now, orders, repeated, shuffled
from tests.races.test_payments import (
    WORKERS,
    bought,
    deliver,
    every_seed,
    pay,
    verify,
    with_tickets,
)
from ticketing.adapters.dynamodb.mapping import order_from
from ticketing.adapters.dynamodb.models import OrderRow, TicketRow
from ticketing.bootstrap.refund_payment import refund_part as refund_part_of
from ticketing.bootstrap.refund_payment import refund_payment
from ticketing.bootstrap.review_order import review_order
from ticketing.bootstrap.sumup import order_gateway
from ticketing.emails.mail import MailKind, mail_id
from ticketing.errors import NotDecidable, OrderChanged
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_payment import Refunding
from ticketing.flows.void_tickets import Voiding, VoidTickets
from ticketing.orders.basket import Wanted
from ticketing.orders.order import PAYMENT_WINDOW, Order
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Transaction

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
    some = with_tickets(shop, seed, ORDERS)
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


def refund_part(shop: RaceShop, order_number: str, share: Share) -> Refunding | None:
    """Refund a part like an operator who is told to try again while another is in progress."""
    flow = refund_part_of(shop.here, dry_run=False)
    try:
        return flow(order_number, share, Wish("agreed"), now())
    except (NotDecidable, OrderChanged):
        return None


def void(shop: RaceShop, order_number: str, *tickets: str) -> Voiding | None:
    flow = VoidTickets(shop.here.orders, shop.here.notifier)
    try:
        return flow(order_number, tickets, "agreed", now())
    except (NotDecidable, OrderChanged):
        return None


@every_seed
def test_parts_voids_and_the_whole_give_back_what_was_paid(shop: RaceShop, seed: int) -> None:
    """Several operators at the same orders: each refunds or voids something else of them."""
    some = [shop.buy(f"buyer-{n}@example.com", Wanted("general", 3)) for n in range(ORDERS)]
    pay(shop, some)
    jobs: list[Callable[[], object]] = []
    for order in shuffled(random.Random(seed), some):
        verify(shop, order.order_number)
        number, (first, second, third) = order.order_number, order.ticket_ids
        jobs += shuffled(
            random.Random(seed),
            [
                *repeated(refund_part, 3, shop, number, Share((first,))),
                *repeated(refund_part, 2, shop, number, Share((second,))),
                partial(refund_part, shop, number, Share(amount=Decimal("1.00"))),
                partial(void, shop, number, third),
                partial(void, shop, number, first),
                partial(deliver, shop, mail_id(number, MailKind.CONFIRMATION)),
            ],
        )
    jobs += [partial(refund, shop, order.order_number) for order in some[::2]]

    shop.race(WORKERS, jobs)

    assert _sum_asked(shop) == sum(_noted(row) for row in orders())
    assert shop.left() == 150 - sum(sum(order_of(row).seats.values()) for row in _holding())
    shop.judge()
    for order in some:
        for _ in range(3):
            refund(shop, order.order_number)
    assert [_noted(row) for row in orders()] == [row.total for row in orders()]
    assert _sum_asked(shop) == sum(row.total for row in orders())
    assert {row.status for row in TicketRow.scan(consistent_read=True)} == {"void"}
    assert shop.left() == 150
    shop.judge()


def order_of(row: OrderRow) -> Order:
    return order_from(row, PAYMENT_WINDOW)


def _noted(row: OrderRow) -> Decimal:
    refunds = (one for one in order_of(row).all_refunds if one.went_back)
    return sum((one.amount.amount for one in refunds), Decimal(0))


def _sum_asked(shop: RaceShop) -> Decimal:
    """Return how much SumUp gave back, by its own transactions."""
    total = Decimal(0)
    for order in map(order_of, orders()):
        shown = order_gateway(shop.here).transaction(order, str(order.transaction_id), now())
        assert isinstance(shown, Transaction)
        total += shown.returned.amount
    return total


def _holding() -> list[OrderRow]:
    return [row for row in orders() if row.holds_seats]
