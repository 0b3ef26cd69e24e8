"""The whole local stack, from paid orders to sent mails, and the emulator's share of its time.

Everything shares this machine: our functions, the emulator that is AWS to them, and the simulator
of SumUp. The emulator is one Python process, so it can never serve more orders a second than its
own processor time per order allows, however fast the functions are.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Result
from benchmarks.shop import a_shop, asleep, paid_orders
from local import aws, stack
from local.shop import Shop
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.emails.mail import LEFT
from ticketing.orders.order import Order, OrderStatus

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

ORDERS = int(os.environ.get("ORDERS") or 2000)
DRAIN_SECONDS = 900.0
GOAL = 25
TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> Sequence[Result]:
    """Have orders paid while the functions sleep, then wake them until all mails are sent."""
    with a_shop() as (shop, at):
        functions: LambdaClient = aws.client("lambda", at)
        with asleep(at):
            orders = paid_orders(shop, ORDERS)
            functions.invoke(
                FunctionName=aws.outputs(at)["ScanOrdersFunction"], Payload=b'{"all_open": true}'
            )
            before = _processor_seconds()
            began = time.monotonic()
        _drain(shop)
        seconds = time.monotonic() - began
        emulator, ours = (
            after - start for after, start in zip(_processor_seconds(), before, strict=True)
        )
        _check(shop, orders)
    return [
        Result("Orders a second of the local stack, paid to mailed", ORDERS / seconds, "orders/s",
               GOAL, higher_is_better=True),
        Result("Processor time of the emulator per order", emulator * 1000 / ORDERS, "ms"),
        Result("Processor time of our functions per order", ours * 1000 / ORDERS, "ms"),
        Result("Orders a second that the emulator alone allows", ORDERS / emulator, "orders/s"),
    ]  # fmt: skip


def _drain(shop: Shop) -> None:
    """Wait until no order is open and no mail waits."""
    ends = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < ends:
        time.sleep(1)  # each look is work for the emulator, too
        if not shop.mails_waiting() and not OrderRow.status_index.count(OrderStatus.PENDING):
            return
    sys.exit(f"after {DRAIN_SECONDS:.0f} s {shop.mails_waiting()} mails still wait")


def _processor_seconds() -> tuple[float, float]:
    """Return the seconds that the emulator took, and those of the functions that it started."""
    emulator = stack.AWS.pid
    own, ended = _times(emulator)
    living = sum(sum(_times(child)) for child in _children(emulator))
    return own, ended + living


def _times(pid: int) -> tuple[float, float]:
    """Return the processor seconds of a process, and of its children that have ended."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system, of_children, system_of_children = map(int, fields[11:15])
        return (user + system) / TICKS, (of_children + system_of_children) / TICKS
    return 0.0, 0.0


def _children(parent: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(stat.parent.name)


def _check(shop: Shop, orders: Sequence[Order]) -> None:
    """Every order is completed with its tickets, and its one confirmation was sent."""
    for order in orders:
        row = OrderRow.get(order.order_number)
        mail = MailRow.get(f"{order.order_number}#confirmation#1")
        found = row.status, shop.tickets(order), mail.status in LEFT
        if found != (OrderStatus.COMPLETED, order.tickets_count, True):
            sys.exit(f"{order.order_number} ended as {found}")
