"""Many buyers at once, on tables whose transactions are real ones."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.shop import FESTIVAL, GENERAL, LIVE, Shop, new_order
from tests.e2e.overlap import Overlap
from ticketing.errors import OrderChanged, SeatsGone
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.decision import Action, Decision, Reason
from ticketing.schema import TicketTypeRow

pytestmark = pytest.mark.e2e
SEATS, BUYERS, AT_ONCE = 150, 320, 16
WINDOW = timedelta(hours=2)


@pytest.fixture
def scarce(shop: Shop) -> str:
    """Put a ticket type of 150 seats on sale; each test has its own."""
    sku = f"scarce-{time.time_ns()}"
    TicketTypeRow(
        FESTIVAL.event_id,
        sku,
        name="Scarce",
        price=GENERAL.unit_price,
        currency="GBP",
        capacity=SEATS,
        available=SEATS,
    ).save()
    assert shop.services.events.ticket_types(FESTIVAL.event_id)
    return sku


def left(sku: str) -> int:
    return int(TicketTypeRow.get(FESTIVAL.event_id, sku, consistent_read=True).available)


def buy(shop: Shop, sku: str, overlap: Overlap) -> Order | None:
    line = replace(GENERAL, sku=sku)
    order = new_order("Race Buyer", (line,), LIVE, datetime.now(UTC), WINDOW, None)
    with overlap:
        try:
            shop.services.orders.place(order)
        except SeatsGone:
            return None
    return order


def test_no_seat_is_sold_twice_and_every_hold_is_released_once(shop: Shop, scarce: str) -> None:
    overlap = Overlap()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        placed = list(pool.map(lambda _: buy(shop, scarce, overlap), range(BUYERS)))
    held = [order for order in placed if order]

    assert len(held) == SEATS
    assert left(scarce) == 0
    assert overlap.most >= 4, "the race was none"

    closing = held[:20]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        closed = list(pool.map(lambda order: _close(shop, order), closing * 4))

    assert sum(closed) == len(closing), "each was closed by exactly one of four workers"
    assert left(scarce) == len(closing)


def _close(shop: Shop, order: Order) -> bool:
    decision = Decision(
        Action.CLOSE, Reason.EXPIRED, "Nobody paid in time.", closes_as=OrderStatus.EXPIRED
    )
    try:
        shop.services.orders.close(order, decision, [], datetime.now(UTC))
    except OrderChanged:
        return False
    return True
