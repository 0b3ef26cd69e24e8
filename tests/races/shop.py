"""A shop with one counter for each thread, all on the same tables."""

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from local.sumup.control import Simulator
from tests.races.overlap import LEAST_AT_ONCE, Overlap
from tests.support.aws import World
from tests.support.builders import an_event
from ticketing import settings
from ticketing.adapters.dynamodb.models import (
    MailRow,
    OrderRow,
    PaymentRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.bootstrap import Services
from ticketing.bootstrap.audit_orders import audit_orders
from ticketing.bootstrap.checkout_api import checkout_api
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Order

T = TypeVar("T")
AN_HOUR = 3600.0


def now() -> datetime:
    return datetime.now(UTC)


class RaceShop:
    """The shop. What it is asked for by a thread is that thread's own, as in a process of AWS."""

    def __init__(self, world: World, sumup: Simulator, counted: Counter[str]) -> None:
        self.world, self.sumup, self.counted = world, sumup, counted
        self.overlap = Overlap()
        world.wire.watch = self.overlap
        self._own = threading.local()

    @property
    def here(self) -> Services:
        """Return this thread's services."""
        if not hasattr(self._own, "services"):
            self._own.services = Services(settings.read(os.environ))
        services: Services = self._own.services
        return services

    def race(self, workers: int, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Let workers that begin together do the jobs, in order; void unless writes overlapped."""
        together = threading.Barrier(workers)

        def begin() -> None:
            _ = self.here
            together.wait(timeout=60)

        self.overlap.begin()
        with ThreadPoolExecutor(workers, initializer=begin) as pool:
            results = list(pool.map(lambda job: job(), jobs))
        most = self.overlap.most
        assert most >= LEAST_AT_ONCE, f"no race: {most} writes at once, at most"
        return results

    def buy(self, email: str, *wanted: Wanted, key: str | None = None) -> Order:
        """Order through the buyers' API; its checkout is made at SumUp."""
        basket = Basket(an_event().event_id, wanted, "Jane Doe", email)
        placed = checkout_api(self.here).order(basket, key or f"key-of-{email}", now())
        return self.here.orders.get(placed.order.order_number)

    def left(self, sku: str = "general") -> int:
        """Return how many seats are on sale."""
        row = TicketTypeRow.get(an_event().event_id, sku, consistent_read=True)
        return int(row.available)

    def sends(self) -> Counter[str]:
        """Return how many mails SES accepted, by recipient."""
        taken = [c for c in self.world.wire.calls if c.operation == "SendEmail" and c.status == 200]
        return Counter(c.body["Destination"]["ToAddresses"][0] for c in taken)

    def judge(self) -> None:
        """Audit all tables: no invariant may be violated."""
        report = audit_orders(self.here)(now, lambda: AN_HOUR)
        assert report.seats
        assert report.came_to is None
        assert report.moving == 0
        assert list(report.found) == []


def repeated(job: Callable[..., T], times: int, *arguments: object) -> list[Callable[[], T]]:
    """Return the same job several times."""
    return [partial(job, *arguments)] * times


def shuffled(chance: random.Random, some: Sequence[T]) -> list[T]:
    """Return them in another order."""
    return chance.sample(some, len(some))


def orders() -> list[OrderRow]:
    return list(OrderRow.scan(consistent_read=True))


def tickets() -> Counter[str]:
    """Return how many tickets each order has."""
    return Counter(row.order_number for row in TicketRow.scan(consistent_read=True))


def payments() -> Counter[str]:
    """Return how many payments each order has."""
    return Counter(row.order_number for row in PaymentRow.scan(consistent_read=True))


def mails(kind: str) -> Counter[str]:
    """Return how many mails of a kind each order has."""
    rows = MailRow.scan(MailRow.kind == kind, consistent_read=True)
    return Counter(row.order_number or "" for row in rows)
