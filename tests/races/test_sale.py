"""An organiser changes what is on sale while a crowd orders it."""

import json
import random
import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.faults.deployment import ORGANISER, PRICES
from tests.races.conftest import CAPACITY
from tests.races.shop import RaceShop, now, shuffled
from tests.support.builders import an_event
from tests.support.fakes import Pictures
from ticketing.adapters.dynamodb.catalogue import Stock
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.signing import signer
from ticketing.errors import InvalidBasket, SeatsGone, TooManyAtOnce
from ticketing.flows.import_events import ImportEvents
from ticketing.orders.basket import Wanted
from ticketing.orders.order import Order

AT_ONCE, BUYERS, TRIES = 12, 48, 100
MORE = 10

Moments = tuple[str, float, float, Order | None]
"""What was ordered, when that began and ended, and the order if there is one."""


@pytest.mark.parametrize("seed", range(4))
def test_what_goes_off_sale_is_sold_until_then_and_its_seats_are_counted(
    shop: RaceShop, seed: int
) -> None:
    """While seats are sold, a file takes one ticket type off sale and adds seats to another."""
    chance = random.Random(seed)
    buyers = [(f"buyer-{n}@example.com", ("general", "free")[n % 2]) for n in range(BUYERS)]
    jobs: list[Callable[[], Moments]] = [partial(_buy, shop, *buyer) for buyer in buyers]
    half = shuffled(chance, jobs)
    everything: list[Callable[[], Moments]] = [
        *half[: BUYERS // 3],
        partial(_take_off_sale, shop),
        *half[BUYERS // 3 :],
    ]

    done = shop.race(AT_ONCE, everything)

    (imported,) = (ended for what, _, ended, _ in done if what == "import")
    sold = [(sku, began, order) for sku, began, _, order in done if sku != "import"]
    assert not [o for sku, began, o in sold if sku == "general" and began > imported and o]
    assert sum(order is not None for sku, _, order in sold if sku == "free") == BUYERS // 2
    paid_for = sum(order is not None for sku, _, order in sold if sku == "general")
    assert 0 < paid_for < BUYERS // 2, "some were in time, and some were not"
    assert shop.left("general") + paid_for == CAPACITY
    assert shop.left("free") + BUYERS // 2 == CAPACITY + MORE
    shop.judge()


def _buy(shop: RaceShop, email: str, sku: str) -> Moments:
    began = time.monotonic()
    for _ in range(TRIES):
        try:
            order = shop.buy(email, Wanted(sku, 1))
        except (SeatsGone, InvalidBasket):
            return sku, began, time.monotonic(), None
        except TooManyAtOnce:
            began = time.monotonic()
        else:
            return sku, began, time.monotonic(), order
    raise AssertionError("too many at once, for ever")


def _take_off_sale(shop: RaceShop) -> Moments:
    event, began = an_event(), time.monotonic()
    entry = {
        "event_id": event.event_id,
        "organiser_id": ORGANISER,
        "name": event.name,
        "venue": event.venue,
        "address": event.address,
        "time_zone": event.time_zone,
        "starts_at": event.starts_at.isoformat(),
        "currency": "GBP",
        "ticket_types": [
            {
                "sku": "free",
                "name": "Free",
                "price": str(PRICES["free"]),
                "capacity": CAPACITY + MORE,
            }
        ],
    }
    stock = Stock(signer(shop.here).public_keys)
    ImportEvents(OrganiserTable(), stock, Pictures())(
        json.dumps({"events": [entry]}).encode(), now()
    )
    return "import", began, time.monotonic(), None
