"""A day of sales in virtual time: calls fail, messages come twice, notifications get lost.

`make soak` tells it: 2,000 orders of ten shops, since what stands in for DynamoDB reads a whole
table where DynamoDB reads an index. Then everything heals, and nothing is left over.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import pytest

from tests.faults.deployment import MORNING, TICK, Buyer, Deployment, deployed
from tests.faults.plan import Boundary, Fault, Plan
from tests.faults.recovery import is_in_send_window
from tests.faults.stories import TICKETS
from tests.support.builders import an_event
from ticketing.adapters.dynamodb.models import TicketTypeRow
from ticketing.emails.mail import MailKind, mail_id

pytestmark = pytest.mark.soak

ORDERS, SHOPS = 2_000, 10
SELLING = timedelta(hours=21)
BREAKING = timedelta(hours=24)
HEALING = timedelta(hours=3)
FAULTY_INVOCATIONS, DOUBLED_MESSAGES, LOST_WEBHOOKS = 0.10, 0.20, 0.50
NO_CONTENT = 204
DEEPEST_CALL = 12
"""A faulty invocation breaks one of its first calls; it may be over before that one."""
KEPT = Path(__file__).parents[2] / "build" / "soak"

BEHAVIOUR = {
    "pays": 70,
    "pays after a while": 10,
    "is declined and tries again": 8,
    "pays twice": 3,
    "never pays": 6,
    "pays when it is too late": 3,
}
"""What buyers do, in parts of a hundred."""

PAYING = BEHAVIOUR.keys() - {"never pays"}


@dataclass
class Day:
    """What came of one shop's day. `began` and `ended` are seconds of the epoch.

    The waits are virtual seconds from a payment to its mail, with and without a notification.
    """

    orders: int = 0
    invocations: int = 0
    calls: int = 0
    faults: int = 0
    doubled_messages: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    tickets: int = 0
    confirmations: int = 0
    sent_again: int = 0
    send_window_faults: int = 0
    dead_letters: int = 0
    left_open: int = 0
    waits_told: list[float] = field(default_factory=list)
    waits_untold: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    broken_rules: list[str] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


class Chaos:
    """Breaks one call of every tenth invocation, in a way and at a place left to chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._calls_to_go = -1
        self.invocations = self.doubled = 0

    def copies(self) -> int:
        """Deliver a message once, or twice."""
        twice = self._chance.random() < DOUBLED_MESSAGES
        self.doubled += twice
        return 1 + twice

    def begin(self) -> None:
        """Decide about the next invocation."""
        self.invocations += 1
        faulty = self._chance.random() < FAULTY_INVOCATIONS
        self._calls_to_go = self._chance.randrange(DEEPEST_CALL) if faulty else -1

    def strike(self, _: Boundary) -> Fault | None:
        """Break this call, if it is the one."""
        self._calls_to_go -= 1
        return self._chance.choice(list(Fault)) if self._calls_to_go == -1 else None


class Market:
    """Buyers come all day and do what buyers do, each at their own time."""

    def __init__(self, shop: Deployment, chance: random.Random, orders: int) -> None:
        self._shop, self._chance, self._order = shop, chance, count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self.buyers: list[tuple[str, Buyer]] = []
        self.paid: dict[str, tuple[datetime, bool]] = {}
        for _ in range(orders):
            at = MORNING + SELLING * chance.random()
            (what,) = chance.choices(list(BEHAVIOUR), list(BEHAVIOUR.values()))
            self._plan(at, lambda what=what: self._buy(what))  # type: ignore[misc]

    def go_on(self) -> None:
        """Let every buyer act whose time has come."""
        while self._agenda and self._agenda[0][0] <= self._shop.now:
            heappop(self._agenda)[2]()

    @property
    def next_act(self) -> datetime:
        """Return the time of the next action of a buyer."""
        return self._agenda[0][0] if self._agenda else datetime.max.replace(tzinfo=UTC)

    def _plan(self, at: datetime, act: Callable[[], None]) -> None:
        heappush(self._agenda, (at, next(self._order), act))

    def _later(self, wait: timedelta, act: Callable[[], None]) -> None:
        self._plan(self._shop.now + wait, act)

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self._chance.uniform(least, most))

    def _buy(self, what: str) -> None:
        buyer = Buyer(self._shop, quantity=self._chance.randint(1, 4))
        buyer.order()
        buyer.reach_payment_page()
        self.buyers.append((what, buyer))
        match what:
            case "pays":
                self._pay(buyer)
            case "pays after a while":
                self._later(self._minutes(5, 18), lambda: self._pay(buyer))
            case "is declined and tries again":
                buyer.decline()
                self._notify(buyer)
                self._later(self._minutes(1, 40), lambda: self._try_again(buyer))
            case "pays twice":
                self._pay(buyer)
                self._shop.sumup.charge_twice(buyer.checkout_id)
            case "pays when it is too late":
                self._later(self._minutes(130, 160), lambda: buyer.pay(force=True))

    def _try_again(self, buyer: Buyer) -> None:
        buyer.try_again()
        self._pay(buyer)

    def _pay(self, buyer: Buyer) -> None:
        buyer.pay()
        self.paid[buyer.order_number] = self._shop.now, self._notify(buyer)

    def _notify(self, buyer: Buyer) -> bool:
        """Send SumUp's webhook, unless it gets lost; return whether the shop accepted it."""
        arrives = self._chance.random() > LOST_WEBHOOKS
        return arrives and self._shop.webhook(buyer.checkout_id) == NO_CONTENT


@pytest.mark.parametrize("seed", range(SHOPS))
def test_a_day_of_sales(seed: int) -> None:
    began, chance = time.time(), random.Random(seed)
    chaos, plan = Chaos(chance), Plan()
    day = Day(orders=ORDERS // SHOPS, began=began)
    with deployed(plan) as shop:
        _have_seats(4 * day.orders)
        plan.every, shop.before_invocation = chaos.strike, chaos.begin
        shop.copies = chaos.copies
        market = Market(shop, chance, day.orders)
        _live(shop, market, until=MORNING + BREAKING)
        day.send_window_faults = sum(is_in_send_window(*hit) for hit in plan.fired.items())
        day.faults, day.calls = len(plan.fired), len(plan.boundaries)
        day.doubled_messages = chaos.doubled
        plan.heal()
        shop.copies = lambda: 1
        _live(shop, market, until=shop.now + HEALING)
        _look_back(shop, market, day)
    day.invocations, day.ended = chaos.invocations, time.time()
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{seed}.json").write_text(json.dumps(asdict(day)))

    assert day.lost == []
    assert (day.left_open, day.broken_rules) == (0, [])
    assert day.sent_again <= day.send_window_faults
    assert day.faults > day.orders / 10, "there was trouble enough"


def _have_seats(seats: int) -> None:
    TicketTypeRow(an_event().event_id, "general").update(
        [TicketTypeRow.capacity.set(seats), TicketTypeRow.available.set(seats)]
    )


def _live(shop: Deployment, market: Market, until: datetime) -> None:
    """Let time pass minute by minute; the schedule fires every five."""
    next_scan = shop.now
    while shop.now < until:
        due = min(next_scan, market.next_act, until, *_visible(shop))
        shop.wait(seconds=max((due - shop.now).total_seconds(), 1))
        market.go_on()
        if shop.now >= next_scan:
            next_scan = shop.now + TICK
            shop.scan()
        shop.run_queues()


def _visible(shop: Deployment) -> list[datetime]:
    return [message.visible_at for queue in shop.queues for message in queue.messages]


def _look_back(shop: Deployment, market: Market, day: Day) -> None:
    orders = {row["order_number"]: row for row in shop.rows("OrdersTable")}
    tickets = Counter(row["order_number"] for row in shop.rows("TicketsTable"))
    sent = shop.subjects()
    day.statuses = dict(Counter(row["status"] for row in orders.values()))
    day.tickets = tickets.total()
    day.left_open = sum(row.get("work_key") == "OPEN" for row in orders.values())
    day.dead_letters = sum(len(queue.dead) for queue in shop.queues)
    day.broken_rules = [f"{found['rule']}: {found['sentence']}" for found in shop.audit()]
    if len(orders) != len(market.buyers) or len(market.buyers) != day.orders:
        day.lost.append(f"{len(orders)} orders of {len(market.buyers)} buyers")
    for what, buyer in market.buyers:
        order, number = orders[buyer.order_number], buyer.order_number
        wanted = "completed" if what in PAYING else "expired"
        quantity = sum(int(line["M"]["quantity"]["N"]) for line in order["lines"])
        confirmed = sent[TICKETS.format(order=number)]
        day.confirmations += confirmed
        day.sent_again += max(confirmed - 1, 0)
        if order["status"] != wanted:
            day.lost.append(f"{number} {what}: {order['status']}, {order.get('status_reason')}")
        if tickets[number] != (quantity if wanted == "completed" else 0):
            day.lost.append(f"{number} {what}: {tickets[number]} tickets")
        if (confirmed > 0) is not (wanted == "completed"):
            day.lost.append(f"{number} {what}: {confirmed} confirmations")
    _measure_waits(shop, market, day)


def _measure_waits(shop: Deployment, market: Market, day: Day) -> None:
    sent = {row["mail_id"]: row.get("sent_at") for row in shop.rows("MailsTable")}
    for number, (paid_at, told) in market.paid.items():
        if sent_at := sent[mail_id(number, MailKind.CONFIRMATION)]:
            waits = day.waits_told if told else day.waits_untold
            waits.append((datetime.fromisoformat(sent_at) - paid_at).total_seconds())
