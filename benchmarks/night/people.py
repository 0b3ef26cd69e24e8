"""Those who want seats, and their browsers."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus

from benchmarks.night.assumed import Assumed
from benchmarks.night.line import Line
from benchmarks.night.sale import Answer, Placed, Shop
from benchmarks.night.timeline import Story
from ticketing.web.status_texts import STATUS_TEXTS, BuyerStatus

Waits = Callable[[], bool]
SLOWER, SLOWEST = 1.2, 5.0
"""As in `site/assets/poll.js`: less often while nothing changes."""
FINAL = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.CONFLICT})
"""After any other answer, the page tries again."""


class Asks(Enum):
    """How a refused order is tried again."""

    BY_ITSELF = auto()
    """The page repeats the request, with the same key, after a pause from a doubling range."""
    LOOKING_FIRST = auto()
    """The same, but before each further try it reads the cached event, which may be sold out."""
    BY_HAND = auto()
    """A person reads the sentence and presses the button, or leaves."""


@dataclass
class Heard:
    """How it ended for people, in seconds after they would first have pressed the button.

    Orders for seats that came back are left out: their buyers chose when to look.
    """

    ordered: list[float] = field(default_factory=list)
    could_pay: list[float] = field(default_factory=list)
    sold_out: list[float] = field(default_factory=list)
    gave_up: int = 0
    without_checkout: int = 0
    """Orders whose buyers left because SumUp had no page for them."""


class Crowd:
    """All people of a night."""

    def __init__(self, shop: Shop, asks: Asks, line: Line | None = None) -> None:
        self._shop, self._asks, self._line = shop, asks, line
        self._assumed, self.heard = shop.assumed, Heard()

    def come(self) -> None:
        for arrival in arrivals(self._assumed):
            self._shop.timeline.begin(self._person(), arrival)

    @property
    def _now(self) -> float:
        return self._shop.timeline.now

    def _person(self) -> Story[None]:
        form = _lognormal(self._assumed.form, self._assumed.form_spread)
        ready = self._now + form
        if self._line and not (yield from self._line.stand()):
            self.heard.sold_out.append(max(self._now - ready, 0))
            return
        yield from self._from_page_to_order(form, ready)
        if self._line:
            self._line.inside -= 1

    def _from_page_to_order(self, form: float, ready: float) -> Story[None]:
        if not self._is_cached:
            answer = yield from self._until_answered(None)
            if answer is None:
                self.heard.gave_up += 1
                return
        yield form
        answer = yield from self._until_answered(self._shop)
        if answer is None:
            self.heard.gave_up += 1
            return
        if answer.order is None:
            self.heard.sold_out.append(self._now - ready)
            self._shop.timeline.begin(self._look_again())
        else:
            self.heard.ordered.append(self._now - ready)
            self._shop.timeline.begin(self._pay(answer.order, ready))

    @property
    def _is_cached(self) -> bool:
        return self._shop.deployed.event_cached

    def _until_answered(self, ordering: Shop | None) -> Story[Answer | None]:
        """Place an order, or read the event, until there is an answer; None: no patience left."""
        until, tried = self._now + self._assumed.patience, 0
        while True:
            if ordering is None:
                answer = yield from self._shop.look()
            elif tried and self._sees_sold_out():
                return Answer(HTTPStatus.CONFLICT)
            else:
                answer = yield from ordering.place()
            if answer.status in FINAL:
                return answer
            pause = self._pause(answer.retry_after, tried)
            if pause is None or self._now + pause > until:
                return None
            yield pause
            tried += 1

    def _sees_sold_out(self) -> bool:
        if self._asks is not Asks.LOOKING_FIRST:
            return False
        sold_out_at = self._shop.stock.sold_out_at
        is_old = sold_out_at is not None and self._now > sold_out_at + self._assumed.event_kept
        return is_old and not self._shop.stock.left

    def _pause(self, retry_after: float, tried: int) -> float | None:
        if self._asks is Asks.BY_HAND:
            if random.random() < self._assumed.leaves:
                return None
            return random.uniform(*self._assumed.reads)
        most = min(self._assumed.first_pause * 2**tried, self._assumed.longest_pause)
        return retry_after + random.uniform(0, most)

    def _look_again(self) -> Story[None]:
        """Some who heard "sold out" look again now and then for seats that came back."""
        if random.random() >= self._assumed.look_again:
            return
        for _ in range(self._assumed.looks):
            yield self._assumed.look_every * random.uniform(0.5, 1.5)
            if self._shop.stock.left >= self._assumed.seats_an_order:
                answer = yield from self._until_answered(self._shop)
                if answer and answer.order:
                    self._shop.timeline.begin(self._pay(answer.order, None))
                if answer is None or answer.order:
                    return

    # With an order

    def _pay(self, order: Placed, ready: float | None) -> Story[None]:
        if not (yield from self._has_checkout(order)):
            self.heard.without_checkout += 1
            return
        if ready is not None:
            self.heard.could_pay.append(self._now - ready)
        if random.random() < self._assumed.never_pay:
            return
        yield _lognormal(self._assumed.pay, self._assumed.pay_spread)
        if self._now >= order.hold_until or not order.is_open:
            return
        self._shop.paid(order, hooked=random.random() < self._assumed.webhooks)
        if random.random() < self._assumed.come_back_to_page:
            yield from self._watch(order, lambda: order.is_open)

    def _has_checkout(self, order: Placed) -> Story[bool]:
        """Press "pay" now and then until SumUp has a page; return whether it ever had."""
        until = min(self._now + self._assumed.patience, order.hold_until)
        if not order.has_checkout:
            watch = self._watch(order, lambda: not order.has_checkout and self._now < until)
            self._shop.timeline.begin(watch)
        while not order.has_checkout:
            yield random.uniform(*self._assumed.presses_pay)
            if self._now > until:
                return False
            if not order.has_checkout:
                yield from self._shop.pay(order)
        return True

    def _watch(self, order: Placed, waits: Waits) -> Story[None]:
        """The order's page, which polls while the buyer waits."""
        same, every = 0, STATUS_TEXTS[BuyerStatus.PAYING].next_poll_seconds
        while waits():
            yield from self._shop.look(order)
            yield every * min(SLOWER**same, SLOWEST)
            same += 1


def arrivals(assumed: Assumed) -> list[float]:
    """Return when each person comes, in seconds after the start."""
    at_start = round(assumed.people * assumed.at_start)
    soon = round(assumed.people * assumed.in_first_minute)
    return [
        *(random.uniform(0, assumed.rush) for _ in range(at_start)),
        *(random.uniform(0, 60) for _ in range(soon)),
        *(random.uniform(60, assumed.all_came) for _ in range(assumed.people - at_start - soon)),
    ]


def _lognormal(median: float, spread: float) -> float:
    return random.lognormvariate(math.log(median), spread)
