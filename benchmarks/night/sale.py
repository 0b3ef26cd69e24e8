"""The simulated shop: places, checks, closes and mails orders as the package does."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from benchmarks.night.assumed import Assumed
from benchmarks.night.deployed import Deployed, Measured
from benchmarks.night.provider import SumUp
from benchmarks.night.timeline import Story, Timeline
from benchmarks.night.walls import (
    Account,
    Environments,
    Rows,
    Stock,
    TokenBucket,
    Tries,
    UnpaidSeats,
)
from benchmarks.night.workers import Worker, Workers
from tests.support.builders import a_line, an_order
from ticketing.adapters.aws.pace import Pace
from ticketing.adapters.dynamodb.retries import again
from ticketing.adapters.sumup.turns import Turns
from ticketing.events.event import TicketType
from ticketing.orders.basket import ALPHABET, NUMBER_LENGTH
from ticketing.orders.limits import UNPAID_WAIT, Limits
from ticketing.orders.schedule import (
    BOOKED_EVERY,
    CHECK_EVERY,
    NOMINATED,
    TROUBLED,
)
from ticketing.web.openapi import RETRY_SECONDS

WRITES = again()
POOL_TRIES = 2
"""Conflicts after which another pool is tried at once."""
NUMBERS_DRAWN = 2000


@dataclass
class Placed:
    """An order of the night. Times are seconds since the sale began."""

    at: float
    seats: int
    unpaid_row: str
    hold_until: float
    next_check_at: float
    booked_until: float = -1e9
    troubled: int = 0
    has_checkout: bool = False
    paid_at: float | None = None
    is_open: bool = True
    completed_at: float | None = None
    mailed_at: float | None = None


@dataclass(frozen=True)
class Answer:
    """What the page is told; `retry_after` is 0 if the answer has none."""

    status: HTTPStatus
    retry_after: float = 0.0
    order: Placed | None = None


THROTTLED = Answer(HTTPStatus.TOO_MANY_REQUESTS)
NO_FUNCTION = Answer(HTTPStatus.SERVICE_UNAVAILABLE)
FOUND = Answer(HTTPStatus.OK)


@dataclass
class Counted:
    """What the night's figures are made of."""

    throttled: int = 0
    """Answers 429."""
    not_served: int = 0
    """Answers 503."""
    orders: list[Placed] = field(default_factory=list)
    sold_seats: list[tuple[float, int]] = field(default_factory=list)


class Shop:
    """Everything that runs on AWS."""

    def __init__(
        self,
        timeline: Timeline,
        deployed: Deployed,
        measured: Measured,
        assumed: Assumed,
        pools: int = 0,
    ) -> None:
        self.timeline, self.deployed, self.assumed = timeline, deployed, assumed
        self.measured, self.counted = measured, Counted()
        self.stock, self._pools = Stock.of(assumed.seats, pools), pools
        self.rows = Rows(assumed.row_held)
        self.unpaid = UnpaidSeats(unpaid_rows(assumed.seats, deployed.unpaid_percent))
        self.sumup = SumUp(timeline, assumed.sumup_rate, assumed.sumup_answer)
        self.account = Account(assumed.account_concurrency)
        self.checkout_api, self.manage_checkouts = self._function(), self._function()
        self._api = TokenBucket(assumed.account_request_rate, assumed.account_request_burst)
        self._orders = TokenBucket(deployed.order_rate, deployed.order_burst)
        self._others = TokenBucket(deployed.request_rate, deployed.request_burst)
        self._webhooks = TokenBucket(deployed.webhook_rate, deployed.webhook_burst)
        self._open: dict[int, Placed] = {}
        self.checks: Workers[Placed] = Workers(
            timeline,
            self._function(),
            deployed.verify_concurrency,
            deployed.verify_batch,
            deployed.verify_cpu_share,
            self._verify,
        )
        self.mails: Workers[Placed] = Workers(
            timeline,
            self._function(),
            deployed.delivery_concurrency,
            deployed.delivery_batch,
            deployed.delivery_cpu_share,
            self._deliver,
        )
        self._paces: dict[Worker, Pace] = {}
        self._wait = 0.0

    def open(self) -> None:
        """Start what runs by itself."""
        self.checks.start()
        self.mails.start()
        # The schedule knows nothing of the sale.
        first = random.uniform(0, self.deployed.scan_seconds)
        self.timeline.begin(self._scan(), first)

    def _function(self) -> Environments:
        burst = self.assumed.environments_burst
        return Environments(self.account, TokenBucket(burst / 10, burst), self.assumed.cold_start)

    # What browsers ask

    def place(self) -> Story[Answer]:
        """`POST /api/orders`. A refusal by API Gateway takes no time, since there are millions."""
        now = self.timeline.now
        if not (self._api.take(now) and self._orders.take(now)):
            self.counted.throttled += 1
            return THROTTLED
        answer = yield from self._placing(now)
        self._count(answer)
        return answer

    def _placing(self, now: float) -> Story[Answer]:
        began = self.checkout_api.enter(now)
        if began is None:
            return NO_FUNCTION
        yield self.assumed.network + began + self.assumed.reads_and_work
        answer = yield from self._take_seats()
        if answer.order:
            yield from self._open_checkout(answer.order)
        self.checkout_api.leave()
        return answer

    def pay(self, order: Placed) -> Story[Answer]:
        """`POST /api/orders/{order_number}/pay`, of an order without a checkout."""
        answer = yield from self._look()
        if answer.status is HTTPStatus.OK and order.is_open:
            yield from self._open_checkout(order)
        return answer

    def look(self, order: Placed | None = None) -> Story[Answer]:
        """`GET` an order, which has it checked, or the event if no cache has it."""
        answer = yield from self._look()
        if order and answer.status is HTTPStatus.OK:
            self._request_check(order)
        return answer

    def _look(self) -> Story[Answer]:
        now = self.timeline.now
        if not (self._api.take(now) and self._others.take(now)):
            answer = THROTTLED
        elif (began := self.checkout_api.enter(now)) is None:
            answer = NO_FUNCTION
        else:
            yield self.assumed.network + began + self.assumed.glance
            self.checkout_api.leave()
            return FOUND
        self._count(answer)
        return answer

    def _count(self, answer: Answer) -> None:
        self.counted.throttled += answer.status is HTTPStatus.TOO_MANY_REQUESTS
        self.counted.not_served += answer.status is HTTPStatus.SERVICE_UNAVAILABLE

    # Placing

    def _take_seats(self) -> Story[Answer]:
        """`OrderTable.place`: its tries, and what it reads after the last one."""
        seats, tries = self.assumed.seats_an_order, Tries(WRITES, self.timeline.now)
        row, most = self.unpaid.choose()
        conflicts = 0
        while True:
            chosen = self.stock.choose(seats)
            keys = [f"stock {at}" for at in chosen] or ["stock 0"]
            locked = self.rows.lock([*keys, row], self.timeline.now)
            placed = locked and self._written(chosen, seats, row, most)
            yield self.rows.held
            if placed:
                return Answer(HTTPStatus.CREATED, order=placed)
            pause = None
            if not locked:
                conflicts += 1
                pause = tries.pause(self.timeline.now)
            if pause is None:
                return self._refused(row, most, seats)
            yield 0.0 if self._pools and conflicts <= POOL_TRIES else pause

    def _written(self, chosen: dict[int, int], seats: int, row: str, most: int) -> Placed | None:
        now = self.timeline.now
        if self.unpaid.counted.get(row, 0) + seats > most or not self.stock.take(chosen, now):
            return None
        self.unpaid.add(row, most, seats)
        order = Placed(now, seats, row, now + self.deployed.hold_seconds, now)
        self._open[id(order)] = order
        self.counted.orders.append(order)
        return order

    def _refused(self, row: str, most: int, seats: int) -> Answer:
        if self.stock.left < seats:
            return Answer(HTTPStatus.CONFLICT)
        if self.unpaid.counted.get(row, 0) + seats > most:
            return Answer(HTTPStatus.TOO_MANY_REQUESTS, UNPAID_WAIT)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_SECONDS)

    def _open_checkout(self, order: Placed) -> Story[None]:
        began = self.manage_checkouts.enter(self.timeline.now)
        if began is None:
            return
        yield began + self.assumed.invoke
        # Each call has a function to itself, so it never waits for a turn.
        created = yield from self.sumup.create(Turns())
        self.manage_checkouts.leave()
        if created:
            yield self.rows.held
            order.has_checkout = True

    # Checks

    def paid(self, order: Placed, *, hooked: bool) -> None:
        """Note that a buyer has paid, which only SumUp knows so far."""
        order.paid_at = self.timeline.now
        if hooked:
            self.timeline.begin(self._webhook(order), self.assumed.webhook_after)

    def _webhook(self, order: Placed) -> Story[None]:
        while not self._webhooks.take(self.timeline.now):
            yield 60.0  # assumed: SumUp repeats it after a minute
        self._request_check(order)

    def _request_check(self, order: Placed) -> None:
        """`booked_check`: at once, and once more after the last request."""
        now, every = self.timeline.now, BOOKED_EVERY.total_seconds()
        if not order.is_open or order.booked_until > now:
            return
        order.booked_until = (
            now if order.booked_until <= now - every else order.booked_until + every
        )
        self.checks.send(order, order.booked_until - now)

    def _verify(self, worker: Worker, order: Placed) -> Story[None]:
        yield from worker.compute(self.measured.verify_cpu / 2)
        if not order.is_open:
            return
        seen = yield from self.sumup.ask(worker.turns)
        now, paid = self.timeline.now, order.paid_at is not None
        over = now >= order.hold_until and not paid
        if seen and over and order.has_checkout:  # takes the checkout out of use, and looks again
            seen = yield from self.sumup.ask(worker.turns)
            seen = seen and (yield from self.sumup.ask(worker.turns))
            over = order.paid_at is None
            paid = not over
        yield from worker.compute(self.measured.verify_cpu / 2)
        if not seen:
            wait = TROUBLED[min(order.troubled, len(TROUBLED) - 1)]
            order.troubled += 1
            order.next_check_at = self.timeline.now + wait.total_seconds()
        elif paid:
            yield from self._complete(order)
        elif over:
            yield from self._close(order)
        else:
            order.troubled = 0
            following = self.timeline.now + CHECK_EVERY.total_seconds()
            order.next_check_at = min(following, order.hold_until)

    def _complete(self, order: Placed) -> Story[None]:
        if not (yield from self._settle(order, [])):
            return
        order.completed_at = self.timeline.now
        self.counted.sold_seats.append((self.timeline.now, order.seats))
        self.mails.send(order)

    def _close(self, order: Placed) -> Story[None]:
        if (yield from self._settle(order, ["stock 0"])):
            self.stock.give_back(order.seats)

    def _settle(self, order: Placed, keys: Iterable[str]) -> Story[bool]:
        """Return whether this check wrote the transaction that settles the order."""
        tries = Tries(WRITES, self.timeline.now)
        while order.is_open:
            locked = self.rows.lock([*keys, order.unpaid_row], self.timeline.now)
            if locked:
                order.is_open = False
                self.unpaid.settle(order.unpaid_row, order.seats)
                del self._open[id(order)]
            yield self.rows.held
            if locked:
                return True
            pause = tries.pause(self.timeline.now)
            if pause is None:  # the message comes again: here, the next scan finds the order
                return False
            yield pause
        return False

    def _scan(self) -> Story[None]:
        """Nominate what is due, the longest overdue first."""
        between = 10 / self.assumed.nominations
        while True:
            began = self.timeline.now
            due = [order for order in self._open.values() if order.next_check_at <= began]
            due.sort(key=lambda order: order.next_check_at)
            due = due[: self.deployed.orders_per_scan]
            for at in range(0, len(due), 10):
                for order in due[at : at + 10]:
                    order.next_check_at = began + NOMINATED.total_seconds()
                    self.checks.send(order, between)
                yield between
            yield began + self.deployed.scan_seconds - self.timeline.now

    # Mails

    def _deliver(self, worker: Worker, order: Placed) -> Story[None]:
        yield from worker.compute(self.measured.delivery_cpu)
        pace = self._paces.get(worker) or self._paced(worker)
        self._wait = 0.0
        if not pace.wait():
            raise RuntimeError("ten threads never wait as long as that for their turn")
        yield self._wait + self.assumed.ses
        order.mailed_at = self.timeline.now

    def _paced(self, worker: Worker) -> Pace:
        """Return the worker's own pace, on the night's clock."""
        each = self.deployed.mails_per_second / self.deployed.delivery_concurrency
        pace = Pace(each, clock=lambda: self.timeline.now, sleep=self._note_wait)
        self._paces[worker] = pace
        return pace

    def _note_wait(self, seconds: float) -> None:
        self._wait = seconds


def unpaid_rows(seats: int, percent: int) -> list[tuple[str, int]]:
    """Return the row of unpaid seats, and its most, for some drawn order numbers."""
    limits = Limits(unpaid_percent=percent)
    order = an_order(lines=(a_line(quantity=2),))
    kinds = [TicketType("general", "General admission", order.total, seats, seats)]
    rows: list[tuple[str, int]] = []
    for _ in range(NUMBERS_DRAWN):
        number = "ORD-" + "".join(random.choices(ALPHABET, k=NUMBER_LENGTH))
        allowance = limits.of(replace(order, order_number=number), kinds).seats
        if allowance:
            rows.append((allowance.key, allowance.most))
    return rows
