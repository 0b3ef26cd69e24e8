"""Many buyers, few seats: none is sold twice, and each hold is released once."""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.races.shop import RaceShop, mails, now, orders, payments, shuffled, tickets
from tests.support.builders import an_event, an_order, tickets_for
from tests.support.stored import a_checkout, a_decision, a_payment, paid
from ticketing.adapters.dynamodb.models import RequestRow, TicketTypeRow
from ticketing.adapters.dynamodb.retries import is_passing
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.errors import (
    OrderChanged,
    SeatsGone,
    TooManyAtOnce,
    TooManyOrders,
    TooManyUnpaid,
)
from ticketing.orders.basket import Request, new_order_number
from ticketing.orders.limits import Limits
from ticketing.orders.order import Customer, Line, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import PENDING

SEEDS = range(10)
MIXED = 3, 6, 9
"""Seeds in which baskets have one to four tickets of two kinds."""
CROWDED = 2, 5, 6
"""Seeds in which a third of the transactions is turned down because of others."""
SEATS, BUYERS, AT_ONCE, PATIENCE = 150, 320, 16, 200
GENERAL = Line("general", "General", 1, Decimal("15.00"))
FREE = Line("free", "Free", 1, Decimal("0.00"))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_seat_is_sold_twice_and_every_hold_is_released_once(shop: RaceShop, seed: int) -> None:
    chance = random.Random(seed)
    baskets = [_basket(chance, mixed=seed in MIXED) for _ in range(BUYERS)]
    if seed in CROWDED:
        shop.overlap.conflicts = lambda: chance.random() < 1 / 3

    placed = shop.race(AT_ONCE, [partial(_buy, shop, basket) for basket in baskets])
    held = [order for order in placed if order]

    sold = _seats(held)
    for sku in ("general", "free"):
        assert sold[sku] + shop.left(sku) == SEATS
    for basket, order in zip(baskets, placed, strict=True):
        if order is None:
            assert any(line.quantity > shop.left(line.sku) for line in basket), "all or nothing"
    if seed not in MIXED:
        assert len(held) == SEATS

    jobs = [partial(_end, shop, o, how) for o in held for how in _ways(chance)]
    ended = Counter(filter(None, shop.race(AT_ONCE, jobs)))

    assert set(ended.values()) == {1}
    assert {number for number, _ in ended} == {order.order_number for order in held}
    completed = [o for o in held if (o.order_number, OrderStatus.COMPLETED) in ended]
    assert 0 < len(completed) < len(held), "both ways were taken"
    _judge(shop, completed)


MANY, MANY_AT_ONCE = 20_000, 64
MANY_SEEDS = range(int(os.environ.get("SEEDS") or 1))
"""Each takes some minutes: nearly every transaction meets another one."""


@pytest.mark.parametrize("seed", MANY_SEEDS)
def test_twenty_thousand_seats_sell_out_exactly_while_transactions_conflict(
    shop: RaceShop, seed: int
) -> None:
    """Large baskets, so that the seats are gone after some 450 orders for the same row."""
    chance = random.Random(seed)
    _stock(shop, MANY)
    shop.overlap.rows_conflict = True
    wanted = [replace(GENERAL, quantity=chance.randint(40, 50)) for _ in range(500)]

    placed = shop.race(MANY_AT_ONCE, [partial(_buy, shop, (line,), None) for line in wanted])
    held = [order for order in placed if order]

    assert shop.overlap.cancelled > len(held) / 10, "they were in each other's way"
    assert _seats(held)["general"] + shop.left() == MANY
    refused = [line.quantity for line, order in zip(wanted, placed, strict=True) if not order]
    assert shop.left() < min(refused), "nobody was refused seats that were there"

    given_back, kept = held[::3], [order for n, order in enumerate(held) if n % 3]
    jobs: list[Callable[[], object]] = [
        partial(_redelivered, shop, order) for order in given_back for _ in range(2)
    ]
    jobs += [partial(_buy, shop, (replace(GENERAL, quantity=40),), None) for _ in range(150)]
    after = shop.race(MANY_AT_ONCE, shuffled(chance, jobs))

    new = [order for order in after if isinstance(order, Order)]
    assert sum(isinstance(found, tuple) for found in after) == len(given_back), "each once"
    assert _seats([*kept, *new])["general"] + shop.left() == MANY
    shop.judge()


def _stock(shop: RaceShop, seats: int) -> None:
    row = TicketTypeRow(an_event().event_id, "general")
    row.update(actions=[TicketTypeRow.capacity.set(seats), TicketTypeRow.available.set(seats)])
    assert shop.left() == seats


def _judge(shop: RaceShop, completed: list[Order]) -> None:
    """Seats, tickets, payments and mails are those of the completed orders, and each once."""
    kept = _seats(completed)
    once = Counter(order.order_number for order in completed)
    for sku in ("general", "free"):
        assert kept[sku] + shop.left(sku) == SEATS
    assert tickets() == {o.order_number: o.tickets_count for o in completed}
    assert payments() == once
    assert mails(MailKind.CONFIRMATION) == once
    assert {row.order_number for row in orders() if row.status == "completed"} == set(once)
    shop.judge()


def _basket(chance: random.Random, *, mixed: bool) -> tuple[Line, ...]:
    if not mixed:
        return (GENERAL,)
    kinds = [GENERAL, FREE][: chance.randint(1, 2)]
    return tuple(replace(kind, quantity=chance.randint(1, 2)) for kind in kinds)


@pytest.mark.parametrize("seed", range(4))
def test_unpaid_orders_hold_their_share_of_the_seats_and_no_more(shop: RaceShop, seed: int) -> None:
    chance = random.Random(seed)
    if seed % 2:
        shop.overlap.conflicts = lambda: chance.random() < 1 / 3
    share = Limits(unpaid_percent=50)  # of the seats that cost money

    held = [o for o in shop.race(AT_ONCE, [partial(_buy, shop, (GENERAL,), share)] * 160) if o]
    assert len(held) == SEATS // 2
    assert _unpaid() == SEATS // 2

    jobs = [partial(_end, shop, o, how) for o in held[::3] for how in _ways(chance)]
    again = [partial(_buy, shop, (GENERAL,), share) for _ in range(60)]
    both: list[Callable[[], object]] = [*jobs, *again]
    more = shop.race(AT_ONCE, shuffled(chance, both))

    new = [order for order in more if isinstance(order, Order)]
    waiting = [row for row in orders() if row.status == OrderStatus.PENDING]
    assert len(waiting) == len(held) - len(held[::3]) + len(new) <= SEATS // 2
    assert _unpaid() == len(waiting)
    completed = sum(row.status == OrderStatus.COMPLETED for row in orders())
    assert completed + len(waiting) + shop.left("general") == SEATS


@pytest.mark.parametrize("seed", range(4))
def test_one_buyer_has_three_open_orders_however_many_are_placed_at_once(
    shop: RaceShop, seed: int
) -> None:
    chance = random.Random(seed)
    spelt = [f"{name}@Example.com" for name in ("jane", "Jane", "jane+a", "JANE+b")]
    buyers = [Customer("Jane", chance.choice(spelt)) for _ in range(24)]

    placed = shop.race(AT_ONCE, [partial(_buy, shop, (GENERAL,), Limits(), who) for who in buyers])

    assert sum(order is not None for order in placed) == 3
    assert shop.left("general") == SEATS - 3
    assert _unpaid() == 3


def _unpaid() -> int:
    """Return the seats that the rows count as held without a payment."""
    return sum(row.seats or 0 for row in RequestRow.scan(RequestRow.kind == "unpaid"))


EVERYTHING = Limits(open_orders=BUYERS, free_a_day=BUYERS, unpaid_percent=100)


def _buy(
    shop: RaceShop,
    basket: tuple[Line, ...],
    limits: Limits | None = EVERYTHING,
    customer: Customer | None = None,
) -> Order | None:
    """Retry until the shop is not too busy; the checkout is recorded as SumUp created it."""
    number, at = new_order_number(), now()
    order = an_order(
        order_number=number,
        lines=basket,
        created_at=at,
        checkout_reference=f"{number}-1",
        checkout_ids=(),
        customer=customer or Customer("Jane Doe", f"{number.lower()}@example.com"),
    )
    allowances = None
    if limits:
        allowances = limits.of(order, shop.here.events.ticket_types(order.event_id))
    counts = allowances and allowances.seats
    order = replace(order, held_in=counts.key if counts else None)
    table = shop.here.orders
    for _ in range(PATIENCE):
        try:
            table.place(order, Request(f"key-{number}", "f", at + timedelta(days=1)), allowances)
        except (SeatsGone, TooManyOrders, TooManyUnpaid):
            return None
        except TooManyAtOnce:
            continue
        unpaid = a_checkout(
            id=f"chk-{number}",
            status=PENDING,
            reference=f"{number}-1",
            amount=order.total.amount,
            transaction_id=None,
            transactions=(),
        )
        table.adopt(order, [unpaid], at)
        return table.get(number)
    raise AssertionError("the shop stayed too busy")


def _ways(chance: random.Random) -> list[OrderStatus]:
    return shuffled(chance, [OrderStatus.COMPLETED, OrderStatus.EXPIRED] * 2)


def _end(shop: RaceShop, order: Order, how: OrderStatus) -> tuple[str, OrderStatus] | None:
    """Complete or close the order as it was read; None if another worker was faster."""
    table, at = shop.here.orders, now()
    try:
        if how is OrderStatus.COMPLETED:
            mail = to_buyer(order, MailKind.CONFIRMATION, at)
            table.complete(order, _paid(order), tickets_for(order), [mail], at)
        else:
            nobody = a_decision(Action.CLOSE, Reason.EXPIRED, checkout=None, closes_as=how)
            table.close(order, nobody, [], at)
    except OrderChanged:
        return None
    return order.order_number, how


def _redelivered(shop: RaceShop, order: Order) -> tuple[str, OrderStatus] | None:
    """Close an order as its message does, which comes again after too many conflicts."""
    for _ in range(PATIENCE):
        try:
            return _end(shop, order, OrderStatus.EXPIRED)
        except TransactWriteError as error:
            if not is_passing(error):
                raise
    raise AssertionError("the order was never closed")


def _paid(order: Order) -> Decision:
    payment = a_payment(id=f"tx-{order.order_number}", amount=order.total.amount)
    checkout = a_checkout(
        id=f"chk-{order.order_number}",
        reference=order.checkout_reference,
        amount=order.total.amount,
        transaction_id=payment.id,
        transactions=(payment,),
    )
    return paid(payment=payment, checkout=checkout)


def _seats(some: list[Order]) -> Counter[str]:
    seats = Counter[str]()
    for order in some:
        seats.update(order.seats)
    return seats
