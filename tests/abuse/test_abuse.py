"""One client without money tries, for a virtual day, all that a stranger can do to the shop.

`make abuse` prints what it reached beside the bound, and beside what was possible before there were
limits. The shop is the one in memory, with the flows as they are deployed.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache, partial
from itertools import count
from typing import Any

import pytest

from tests.faults.memory import MemoryShop
from tests.faults.till import Paying
from ticketing.emails.mail import MailKind
from ticketing.errors import TicketingError
from ticketing.flows.sumup_webhook import EVENT_TYPE
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.schedule import MOST_ATTEMPTS

pytestmark = pytest.mark.abuse

SEATS = 200
DAY, STEP, SCAN = timedelta(days=1), timedelta(minutes=4), timedelta(minutes=4)
BUYER, STRANGER = "paying@example.com", "stranger@example.org"
MINUTES_HELD = 20
CHECKS = MINUTES_HELD * 6 + 2
"""Of one open order: one in ten seconds, and the first and the last of them."""
CALLS_OF_AN_ATTEMPT = 5
"""A look at the checkout before, its end, another look, the new checkout, and a search for it."""
LATE_CHECKS = 24 * 4 + 24
"""Of one closed order in a day: one in fifteen minutes, and the watch's own."""


class Attack:
    """A day of it: `seats` is the most that were held at once, `calls` are SumUp's by order."""

    def __init__(self, address: Callable[[int], str]) -> None:
        self.shop, self.address = MemoryShop(), address
        kind = ("5", "general")
        self.shop.capacity[kind] = self.shop.tables.available[kind] = SEATS
        self.seats, self.orders, self.numbers = 0, 0, count()
        self.buyer = self._order(BUYER, 2)
        self._pay_for_it()
        self.placed_before = set(self.shop.tables.orders)
        self.seen = len(self.shop.till.calls)
        self.while_open: Counter[str] = Counter()
        self.while_closed: Counter[str] = Counter()

    def run(self) -> "Attack":
        shop, scanned = self.shop, self.shop.now
        end = shop.now + DAY
        for _ in range(3):
            self._order(STRANGER, 1)
        while shop.now < end:
            was_open = {order.order_number for order in self._open()}
            self._press_everything()
            self.seats = max(self.seats, SEATS - 2 - shop.tables.available["5", "general"])
            shop.wait(STEP)
            self._work(scan=shop.now - scanned >= SCAN)
            scanned = shop.now if shop.now - scanned >= SCAN else scanned
            self._count(was_open)
        shop.wait(timedelta(hours=3))
        self._work(scan=True)
        shop.audit()
        return self

    def _press_everything(self) -> None:
        """Try everything at once, and more often than once."""
        for _ in range(4):
            self._order(self.address(next(self.numbers)), 50)
        for order in self._open():
            for _ in range(3):
                self._press(order.order_number, order.checkout_ids)
        for order in self._closed()[:1]:
            for _ in range(2):
                self._tell(order.checkout_ids)
        for address in (BUYER, BUYER.upper(), STRANGER):
            self._try(partial(self.shop.ask_for_lost_tickets, address, self.shop.now))

    def _press(self, number: str, checkout_ids: Sequence[str]) -> None:
        shop = self.shop
        self._try(lambda: shop.api.pay_again(number, shop.now))
        shop.api.visit(shop.tables.order(number), shop.now)
        self._tell(checkout_ids)

    def _tell(self, checkout_ids: Sequence[str]) -> None:
        """Send webhooks, as anybody may."""
        for checkout_id in checkout_ids:
            notice = {"event_type": EVENT_TYPE, "id": checkout_id}
            self.shop.webhook(json.dumps(notice).encode(), self.shop.now)

    @property
    def _theirs(self) -> list[Order]:
        orders = self.shop.tables.orders.values()
        return [order for order in orders if order.order_number not in self.placed_before]

    def _open(self) -> list[Order]:
        return [order for order in self._theirs if order.status is OrderStatus.PENDING]

    def _closed(self) -> list[Order]:
        return [order for order in self._theirs if order.status is not OrderStatus.PENDING]

    def _count(self, was_open: set[str]) -> None:
        """Count the new calls to SumUp for the orders that they are about."""
        theirs = {order.order_number for order in self._theirs}
        owners = {i: order.order_number for order in self._theirs for i in order.checkout_ids}
        for _, about in self.shop.till.calls[self.seen :]:
            number = owners.get(about) or about.rpartition("-")[0]
            is_open = number in was_open | {order.order_number for order in self._open()}
            (self.while_open if is_open else self.while_closed)[number] += number in theirs
        self.seen = len(self.shop.till.calls)

    def _order(self, address: str, seats: int) -> str:
        basket = Basket("5", (Wanted("general", seats),), "Some Body", address)
        key = f"key-{len(self.shop.tables.requests)}-{self.shop.now.timestamp()}"
        placed = self._try(lambda: self.shop.api.order(basket, key, self.shop.now))
        self.orders += placed is not None
        return placed.order.order_number if placed else ""

    def _pay_for_it(self) -> None:
        shop = self.shop
        (checkout_id,) = shop.tables.order(self.buyer).checkout_ids
        shop.till.pay(checkout_id, Paying.RIGHT)
        shop.tick()

    def _work(self, *, scan: bool) -> None:
        shop = self.shop
        if scan:
            shop.scan()
        while shop.verifications.sent or shop.deliveries.sent:
            for number in shop._take_all(shop.verifications):
                shop.verify(number)
            for name in shop._take_all(shop.deliveries):
                shop.deliver(name)

    @staticmethod
    def _try(call: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever it answers
        try:
            return call()
        except TicketingError:
            return None

    # What it came to

    @property
    def checkouts(self) -> int:
        return max(len(order.checkout_ids) for order in self._theirs)

    def mails_to(self, address: str) -> int:
        return sum(sent.recipient == address for sent in self.shop.post.sent)

    @property
    def alerts(self) -> int:
        mails = self.shop.tables.mails.values()
        return sum(mail.kind is MailKind.ALERT for mail in mails)


@cache
def attack(kind: str) -> Attack:
    spelt = {
        "one mailbox": lambda n: f"Eve+{n}@Example.NET" if n % 2 else f"eve+{n}@example.net",
        "any mailbox": lambda n: f"eve{n}@example.net",
    }
    return Attack(spelt[kind]).run()


OPEN = CHECKS + CALLS_OF_AN_ATTEMPT * MOST_ATTEMPTS
LATE = LATE_CHECKS * MOST_ATTEMPTS
KINDS = ("one mailbox", "any mailbox")


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_without_money_stays_within_its_bounds(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    day = attack(kind)
    rows = [
        ("seats held at once, of 200", day.seats, SEATS // 2, "200"),
        ("checkouts of one order", day.checkouts, MOST_ATTEMPTS, "1 for each press: 120"),
        ("SumUp calls, an open order", max(day.while_open.values()), OPEN, "121 a check"),
        ("SumUp calls, a closed order", max(day.while_closed.values()), LATE, "10 a webhook"),
        ("mails to a stranger with links", day.mails_to(STRANGER), 1, "one for each order"),
        ("mails to a buyer, of both spellings", day.mails_to(BUYER), 2, "4 a day"),
        ("alerts", day.alerts, 1, "one for each order"),
    ]
    with capsys.disabled():
        print(f"\nA day of one client without money, {kind}: {day.orders} orders placed")
        for what, reached, most, before in rows:
            print(f"  {what:<38} {reached:>5}   at most {most:>4}   before: {before}")

    for what, reached, most, _ in rows:
        assert reached <= most, what
    assert day.orders > 3, "the attack is one"
