"""One worker of ours beside the loop that it replaces: processor time and orders a second."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.loop import BATCH, CYCLE, ORDERS, ORIGINAL, the_original, worker_beside
from benchmarks.results import Result
from benchmarks.shop import a_shop, asleep, paid_orders
from benchmarks.turns import Contestant
from local.shop import Shop
from local.sumup.faults import FaultKind
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.emails.mail import MailStatus
from ticketing.orders.order import Order, OrderStatus

SLOW = 0.1
PAYMENTS_ABOVE = 1000
"""From the shop's port to that of the original's payment API."""


def measure() -> Sequence[Result]:
    """Verify and deliver, alternating with the original; then verify with a slow payment API."""
    with a_shop() as (shop, at), asleep(at), tempfile.TemporaryDirectory() as folder:
        quick, slow = paid_orders(shop, ORDERS), paid_orders(shop, ORDERS)
        numbers = [order.order_number for order in quick]
        mails = [f"{number}#confirmation#1" for number in numbers]
        with the_original(at.site + PAYMENTS_ABOVE, 0) as original:
            verify = worker_beside(original, Path(folder), "verify_payment", numbers)
            deliver = worker_beside(original, Path(folder), "deliver_tickets", mails)
            at_once = _a_second(original, CYCLE)
        shop.sumup.add_fault(
            FaultKind.SLOW, method="GET", path="/checkouts/", times=None, seconds=SLOW
        )
        with the_original(at.site + PAYMENTS_ABOVE, SLOW) as original:
            numbers = [order.order_number for order in slow]
            slowly = worker_beside(original, Path(folder), "verify_payment", numbers)
            after_100_ms = _a_second(original, CYCLE)
        shop.sumup.clear_faults()
        _check(shop, [*quick, *slow], mails)
    cpu = (verify.median + deliver.median) / BATCH
    theirs = original.median / CYCLE
    return [
        Result("An order of two tickets, verified and delivered", cpu, "ms", 0.6, ORIGINAL, theirs),
        Result("The same on its own", cpu, "ms", 20),
        Result("Of that to verify", verify.median / BATCH, "ms"),
        Result(
            "Orders verified a second by one worker, payment API at once",
            _a_second(verify, BATCH), "orders/s", None, ORIGINAL, at_once, higher_is_better=True,
        ),
        Result(
            "Orders verified a second by one worker, payment API after 100 ms",
            _a_second(slowly, BATCH), "orders/s", 8, ORIGINAL, after_100_ms, higher_is_better=True,
        ),
    ]  # fmt: skip


def _a_second(contestant: Contestant, orders: int) -> float:
    walls = sorted(contestant.wall)
    return orders * 1000 / walls[len(walls) // 2]


def _check(shop: Shop, orders: Sequence[Order], mails: Sequence[str]) -> None:
    """Every order is completed with its tickets, and those delivered have their mail."""
    for order in orders:
        row = OrderRow.get(order.order_number)
        if row.status != OrderStatus.COMPLETED or shop.tickets(order) != order.tickets_count:
            sys.exit(f"{order.order_number} is {row.status} with {shop.tickets(order)} tickets")
    for mail in mails:
        if MailRow.get(mail).status not in {MailStatus.SENT, MailStatus.DELIVERED}:
            sys.exit(f"{mail} is {MailRow.get(mail).status}")
