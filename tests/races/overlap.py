"""How many writes were in flight at once: a race without overlap proves nothing."""

import json
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.aws import described_tables
from tests.support.wire import Deliver, refusal

WRITES = {"PutItem", "TransactWriteItems", "UpdateItem"}
LEAST_AT_ONCE = 4
PATIENCE = 10.0
"""Seconds for which the first writes of a race wait for each other."""


Row = tuple[str, str]
"""A table and a key of it."""


class Overlap:
    """Watches the wire and counts the writes that DynamoDB had not answered yet.

    The first writes of a race leave at the same moment; if there are never so many, it was none.
    `conflicts` says of a transaction whether it meets another one, as only AWS has it. With
    `rows_conflict`, it does if one of its rows is being written: DynamoDB cancels a transaction
    then, and names the rows, where both engines let it wait.
    """

    def __init__(self) -> None:
        self.conflicts: Callable[[], bool] = lambda: False
        self.rows_conflict = False
        self.cancelled = 0
        self._written: set[Row] = set()
        self._lock = threading.Lock()
        self.begin(0)

    def begin(self, first: int = LEAST_AT_ONCE) -> None:
        """Begin a race, in which so many writes leave together."""
        self.most = self._now = 0
        self._first = first
        self._gate = threading.Barrier(max(first, 1), action=lambda: self._add(first))

    def __call__(
        self, _service: str, operation: str, request: AWSPreparedRequest, deliver: Deliver
    ) -> AWSResponse | None:
        """Carry a request, counted if it writes."""
        if operation not in WRITES:
            return deliver()
        if operation == "TransactWriteItems" and self.conflicts():
            return refusal(request, "TransactionCanceledException", "TransactionConflict")
        if not self._left_with_others():
            self._add(1)
        rows = _rows(operation, request) if self.rows_conflict else []
        try:
            if reasons := self._begin_writing(rows):
                return refusal(request, "TransactionCanceledException", *reasons)
            try:
                return deliver()
            finally:
                self._end_writing(rows)
        finally:
            self._add(-1)

    def _begin_writing(self, rows: list[Row]) -> list[str]:
        """Hold the rows, or return why they cannot be held, one reason for each."""
        with self._lock:
            if self._written.isdisjoint(rows):
                self._written.update(rows)
                return []
            self.cancelled += 1
            return ["TransactionConflict" if row in self._written else "None" for row in rows]

    def _end_writing(self, rows: list[Row]) -> None:
        with self._lock:
            self._written.difference_update(rows)

    def _left_with_others(self) -> bool:
        """Hold a first write back until all first ones are there, and count them; say whether."""
        with self._lock:
            self._first -= 1
            if self._first < 0:
                return False
        try:
            self._gate.wait(PATIENCE)
        except threading.BrokenBarrierError:
            return False
        return True

    def _add(self, change: int) -> None:
        with self._lock:
            self._now += change
            self.most = max(self.most, self._now)


def _rows(operation: str, request: AWSPreparedRequest) -> list[Row]:
    """Return the rows of a transaction, in its order; of other writes, which queue up, none."""
    if operation != "TransactWriteItems":
        return []
    assert isinstance(request.body, bytes)
    return list(_named(json.loads(request.body)["TransactItems"]))


def _named(items: list[dict[str, Any]]) -> Iterator[Row]:
    for item in items:
        ((_, write),) = item.items()
        keys = _keys()[write["TableName"]]
        whole = write.get("Key") or write["Item"]
        yield write["TableName"], json.dumps([whole[name] for name in keys])


@cache
def _keys() -> dict[str, list[str]]:
    return {
        name: [key["AttributeName"] for key in table["KeySchema"]]
        for name, table in described_tables().items()
    }
