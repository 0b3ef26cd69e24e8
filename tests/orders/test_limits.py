"""Where an order counts, and how much fits there."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from local.places import ROOT
from tests.support.builders import NOW, a_line, an_order
from ticketing.events.event import TicketType
from ticketing.money import Money
from ticketing.orders.limits import OPEN_ORDERS_WAIT, Allowance, Limits, too_many_orders
from ticketing.orders.order import MAX_TICKETS

PAID, FREE = Money(Decimal(15), "GBP"), Money(Decimal(0), "GBP")


def a_kind(capacity: int, price: Money = PAID) -> TicketType:
    return TicketType("general", "General", price, 0, capacity=capacity)


@pytest.mark.parametrize(
    ("kinds", "most"),
    [
        ([a_kind(400)], 200),
        ([a_kind(400), a_kind(200)], 300),
        ([a_kind(400), a_kind(600, FREE)], 200),
        ([a_kind(60)], MAX_TICKETS),
        ([a_kind(0)], MAX_TICKETS),
    ],
)
def test_unpaid_orders_hold_half_of_the_seats_that_cost_money(
    kinds: list[TicketType], most: int
) -> None:
    seats = Limits().of(an_order(), kinds).seats

    assert seats is not None
    assert seats.most == most


def test_a_large_event_counts_in_several_rows_that_hold_its_share_together() -> None:
    found = {
        (seats.key, seats.most)
        for n in range(200)
        if (seats := Limits().of(an_order(order_number=f"ORD-A{n:05}"), [a_kind(4000)]).seats)
    }

    assert found == {(f"unpaid#5#{row}", 500) for row in range(4)}


def test_an_event_is_counted_for_as_long_as_an_outage_can_keep_its_orders_open() -> None:
    order = an_order()
    allowances = Limits().of(order, [a_kind(100)])

    assert allowances.seats is not None
    assert allowances.seats.expires_at == order.deadline + timedelta(days=62)
    assert allowances.orders.expires_at == order.deadline + timedelta(days=2)


def test_a_free_order_holds_no_unpaid_seats() -> None:
    order = an_order(lines=(a_line(quantity=1, unit_price=Decimal(0)),))

    assert Limits().of(order, [a_kind(100)]).seats is None


@pytest.mark.parametrize(
    ("held_for", "seconds"), [(20, 1200), (15, 900), (5, OPEN_ORDERS_WAIT), (-1, OPEN_ORDERS_WAIT)]
)
def test_the_wait_for_an_open_order_to_end_is_no_short_one(held_for: int, seconds: int) -> None:
    order = an_order(hold_until=NOW + timedelta(minutes=held_for))

    assert too_many_orders(order, Allowance("buyer#1", 3, NOW), NOW).wait_seconds == seconds


def test_no_page_waits_for_an_open_order_to_end() -> None:
    """It would order again by itself while its buyer is paying for another order."""
    text = (ROOT / "site/assets/retry.js").read_text()
    (patience,) = re.findall(r"PATIENCE_SECONDS = (\d+);", text)

    assert int(patience) < OPEN_ORDERS_WAIT
