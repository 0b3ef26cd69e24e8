"""Five hundred paid orders on the deployed stack, while the functions' processes are killed.

A lease of 15 minutes is not waited for: what it would end is ended by the test, on the mail's row
and only for the try that holds it. So are the 2 minutes after which a scan looks at a new mail.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
import requests
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from local import aws, stack
from local.places import STACK, Ports, aws_environment
from local.shop import FESTIVAL, GENERAL, Shop
from ticketing.adapters.dynamodb.models import (
    MailRow,
    OrderRow,
    PaymentRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.emails.mail import LEFT, MailKind, MailStatus
from ticketing.orders.order import Order

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

pytestmark = pytest.mark.chaos
ORDERS = 500
BUYERS_AT_ONCE = 8
KILLING_SECONDS = 90.0
KILL_EVERY = 0.5, 2.5
"""Seconds between two kills, at least and at most."""
YOUTH_SECONDS = 8.0
FUNCTION_NAME = "AWS_LAMBDA_FUNCTION_NAME="
STALLED_SECONDS = 4.0
DRAIN_SECONDS = 600.0
SEED = int(os.environ.get("SEED") or 0)


@dataclass
class Killer:
    """Kills processes of the functions at random, rather such as are at work, for a while."""

    emulator: int
    kills: Counter[str] = field(default_factory=Counter)
    _seen: dict[int, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def is_over(self) -> bool:
        """Return whether the killing has stopped."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        chance, ends = random.Random(SEED), time.monotonic() + KILLING_SECONDS
        while time.monotonic() < ends and not self._over.wait(chance.uniform(*KILL_EVERY)):
            if found := self._victims():
                with suppress(OSError):
                    self._kill(chance.choice(found))

    def _victims(self) -> list[int]:
        """Return who may be killed. A process is left to start, or none would ever do anything."""
        at, there = time.monotonic(), set(children(self.emulator))
        self._seen = {pid: self._seen.get(pid, at) for pid in there}
        grown = {pid for pid, since in self._seen.items() if at - since > YOUTH_SECONDS}
        return sorted(grown & set(children(self.emulator, "R"))) or sorted(grown)

    def _kill(self, pid: int) -> None:
        variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
        (name,) = [v.partition("=")[2] for v in variables if v.startswith(FUNCTION_NAME)]
        os.kill(pid, signal.SIGKILL)
        self.kills[name.removeprefix(f"{STACK}-").partition("Function")[0]] += 1


def children(parent: int, states: str = "RSD") -> Iterator[int]:
    """Return the processes that another one started; those in state R are at work right now."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, its_parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(its_parent) == parent and state in states:
                yield int(stat.parent.name)


class Chaos:
    """The shop under attack."""

    def __init__(self, at: Ports, shop: Shop, orders: list[Order]) -> None:
        self.at, self.shop, self.orders = at, shop, orders
        self.numbers = {order.order_number for order in orders}
        self._functions: LambdaClient = aws.client("lambda", at)
        self._scan = aws.outputs(at)["ScanOrdersFunction"]
        self.leases_ended = 0

    def scan(self) -> None:
        """Let the schedule fire, for all pending orders; the scan itself may be killed."""
        with suppress(ClientError):
            self._functions.invoke(FunctionName=self._scan, Payload=b'{"all_open": true}')

    def completed(self) -> int:
        rows = OrderRow.scan(OrderRow.status == "completed", attributes_to_get=["order_number"])
        return len({row.order_number for row in rows} & self.numbers)

    def mails(self) -> list[MailRow]:
        """Return the confirmations."""
        rows = MailRow.scan(MailRow.kind == MailKind.CONFIRMATION.value, consistent_read=True)
        return [row for row in rows if row.order_number in self.numbers]

    def sent(self) -> int:
        return sum(row.status in LEFT for row in self.mails())

    def end_leases(self) -> None:
        """Let the time pass that a killed worker's mail, or one nobody was told of, would wait."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        for row in self.mails():
            if row.status in LEFT:
                continue
            held = row.status == MailStatus.SENDING.value
            same = MailRow.status == row.status
            if held:
                same &= MailRow.attempt_id == row.attempt_id
            changes = [MailRow.next_attempt_at.set(past)]
            with suppress(UpdateError):  # it moved on meanwhile
                row.update([*changes, *([MailRow.lease_until.set(past)] if held else [])], same)
                self.leases_ended += held

    def sends(self) -> Counter[str]:
        """Return how often the local SES took a mail, by recipient."""
        address = f"{self.at.aws_url}/_ministack/ses/messages"
        by_account = requests.get(address, timeout=30).json()["messages"]
        return Counter(to for mails in by_account.values() for mail in mails for to in mail["To"])

    def drain(self, killer: Killer) -> None:
        """Scan whenever nothing moves any more, until every mail has left."""
        ends, seen, since = time.monotonic() + DRAIN_SECONDS, -1, time.monotonic()
        self.scan()
        while (sent := self.sent()) < len(self.orders):
            at = time.monotonic()
            assert at < ends, f"{self.completed()} completed, {sent} sent, and no end"
            if (done := sent + self.completed()) != seen:
                seen, since = done, at
            elif at - since > STALLED_SECONDS:
                if killer.is_over:
                    self.end_leases()
                self.scan()
                since = at
            time.sleep(1)


@pytest.fixture
def seats(shop: Shop) -> str:
    """Put enough seats for everyone on sale, as a ticket type of their own."""
    assert shop.seats_left(FESTIVAL) > 0, "the shop is open"
    sku = f"chaos-{time.time_ns()}"
    TicketTypeRow(
        FESTIVAL.event_id,
        sku,
        name="Chaos",
        price=GENERAL.unit_price,
        currency="GBP",
        capacity=2 * ORDERS,
        available=2 * ORDERS,
    ).save()
    return sku


def test_every_order_gets_its_tickets_and_mail_even_if_workers_are_killed(
    at: Ports, shop: Shop, seats: str
) -> None:
    line = replace(GENERAL, sku=seats)

    def buy(number: int) -> Order:
        lines = [line] * (1 + number % 2)
        order = shop.order("Chaos Buyer", *lines, email=f"chaos-{seats}-{number}@example.com")
        shop.sumup.pay(order.checkout_ids[-1])
        return order

    with ThreadPoolExecutor(BUYERS_AT_ONCE) as pool:
        orders = list(pool.map(buy, range(ORDERS)))
    chaos, began = Chaos(at, shop, orders), time.monotonic()

    with Killer(stack.AWS.pid) as killer:
        chaos.drain(killer)
    took = time.monotonic() - began

    assert chaos.completed() == ORDERS
    counted = {order.order_number: order.tickets_count for order in orders}
    assert _owners(TicketRow, chaos) == Counter(counted)
    assert _owners(PaymentRow, chaos) == Counter(dict.fromkeys(counted, 1))
    sends, abandoned = chaos.sends(), {m.recipient: int(m.abandoned) for m in chaos.mails()}
    twice = {to: sends[to] - 1 for to in abandoned if sends[to] > 1}
    kills = ", ".join(f"{many} of {name}" for name, many in killer.kills.items())
    print(
        f"\n{ORDERS} orders in {took:.0f} s, {ORDERS / took:.1f} a second; kills: {kills}; "
        f"{chaos.leases_ended} tries died with a mail in hand, {sum(twice.values())} of them after "
        f"it had left: as many mails left twice"
    )
    assert killer.kills.total() > 0
    assert len(abandoned) == ORDERS
    assert all(sends[to] >= 1 for to in abandoned)
    assert all(more <= abandoned[to] for to, more in twice.items()), "each is accounted for"
    audit = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ticketing", "audit", "--stack", STACK],
        env={**os.environ, **aws_environment(at)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(audit.stdout)
    assert (audit.returncode, "Broken rules: 0" in audit.stdout) == (0, True), audit.stdout


def _owners(model: type[TicketRow] | type[PaymentRow], chaos: Chaos) -> Counter[str]:
    rows = model.scan(consistent_read=True)
    return Counter(row.order_number for row in rows if row.order_number in chaos.numbers)
