"""How a scan depends on the number of orders in the table, on Amazon's DynamoDB Local.

Half of the orders were sold, and half are open and not due yet; 200 more are due. What the scan
reads, and how long it takes, should depend on these 200 alone.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from benchmarks.results import Result
from tests.support.aws import STACK, described_tables
from tests.support.builders import a_notifier, an_order
from tests.support.engines import DYNAMODB_LOCAL, Engines
from tests.support.fakes import Queue
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.mapping import order_row
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.flows.scan_orders import ScanOrders
from ticketing.orders.order import OrderStatus

DUE, LIMIT, ROUNDS = 200, 5000, 5
SIZES = (10, 1_000, 100_000, 1_000_000)
AT_ONCE = 25
"""Rows in one BatchWriteItem: the most that DynamoDB allows."""
NOW = datetime.now(UTC).replace(microsecond=0)
READ = ("Query", "BatchGetItem", "GetItem")
REGION = "eu-west-2"
TABLES = {"orders_table": f"{STACK}-OrdersTable", "mails_table": f"{STACK}-MailsTable"}
PLENTY = 600.0


def measure() -> Sequence[Result]:
    """Scan among more and more orders."""
    results: list[Result] = []
    with _dynamodb() as watch:
        stored = 0
        for size in SIZES:
            _store(stored, size)
            stored = size
            units, seconds = zip(*(_scan(watch) for _ in range(ROUNDS)), strict=True)
            among = f"A scan with {DUE} due orders among {size:,}"
            first = results[:2]
            results += [
                _beside(first, 0, f"{among}: read units", statistics.median(units), "units"),
                _beside(first, 1, f"{among}: time", statistics.median(seconds) * 1000, "ms"),
            ]
            print(f"  {among}: {units[0]:.1f} units, {min(seconds):.2f} s", flush=True)
    return results


def _beside(first: Sequence[Result], which: int, what: str, ours: float, unit: str) -> Result:
    """Return a figure beside the one of the smallest table; it should stay about the same."""
    if not first:
        return Result(what, ours, unit)
    return Result(what, ours, unit, 1.25, f"among {SIZES[0]}", first[which].ours)


class Watch:
    """Adds up the capacity that DynamoDB says reads consumed."""

    def __init__(self) -> None:
        self.units = 0.0

    def __call__(self, parsed: dict[str, Any], **_: object) -> None:
        found = parsed.get("ConsumedCapacity", [])
        for one in found if isinstance(found, list) else [found]:
            self.units += one["CapacityUnits"]


@contextmanager
def _dynamodb() -> Iterator[Watch]:
    """Make the tables in a DynamoDB Local of our own."""
    engines, watch = Engines(), Watch()
    engine = engines[DYNAMODB_LOCAL]
    nobody = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    try:
        with patch.dict(os.environ, nobody | {"AWS_ENDPOINT_URL_DYNAMODB": engine.url}):
            models.bind(TABLES, REGION)
            client: Any = models.connection().client
            described = described_tables()
            engine.make(client, {name: described[name] for name in TABLES.values()})
            for operation in READ:
                client.meta.events.register(f"after-call.dynamodb.{operation}", watch)
            yield watch
    finally:
        engines.stop()


def _store(first: int, last: int) -> None:
    """Store more orders, up to this many, with only what is in the indexes of the table."""
    sold = _item(status=OrderStatus.COMPLETED, work=None, next_check_at=None)
    waiting = _item(next_check_at=NOW + timedelta(hours=1))
    for start in range(first, last, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, last))
        _write([(sold if n % 2 else waiting) | _named(f"ORD-{n:08d}") for n in numbers])


def _scan(watch: Watch) -> tuple[float, float]:
    """Make some orders due and scan; return the read units and seconds of that."""
    due = _item(next_check_at=NOW - timedelta(minutes=1))
    names = [f"ORD-DUE{n:05d}" for n in range(DUE)]
    for start in range(0, DUE, AT_ONCE):
        _write([due | _named(name) for name in names[start : start + AT_ONCE]])
    queue, outbox = Queue(), Outbox()
    scan = ScanOrders(
        OrderTable("scan"), outbox, queue, Queue(), a_notifier(outbox), LIMIT, timedelta(hours=2)
    )
    watch.units, began = 0.0, time.perf_counter()
    scan(NOW, lambda: PLENTY)
    seconds = time.perf_counter() - began
    if sorted(queue.sent) != names:
        sys.exit(f"of {DUE} due orders the scan queued {len(queue.sent)}")
    return watch.units, seconds


def _item(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
    """Return a row without what is in no index, so that a million of them fit into memory."""
    row = order_row(an_order(created_at=NOW - timedelta(minutes=5), **changes)).to_dynamodb_dict()
    described = described_tables()[TABLES["orders_table"]]
    carried = {a["AttributeName"] for a in described["AttributeDefinitions"]}
    for index in described["GlobalSecondaryIndexes"]:
        carried.update(index["Projection"].get("NonKeyAttributes", ()))
    return {name: value for name, value in row.items() if name in carried}


def _named(number: str) -> dict[str, Any]:
    return {
        "order_number": {"S": number},
        "customer_email": {"S": f"{number.lower()}@example.com"},
    }


def _write(items: Sequence[dict[str, Any]]) -> None:
    client: Any = models.connection().client
    table = TABLES["orders_table"]
    left = {table: [{"PutRequest": {"Item": item}} for item in items]}
    while left:
        left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
