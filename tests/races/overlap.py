"""How many writes were in flight at once: a race without overlap proves nothing."""

import threading
from collections.abc import Callable

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.wire import Deliver, refusal

WRITES = {"PutItem", "TransactWriteItems", "UpdateItem"}
LEAST_AT_ONCE = 4
PATIENCE = 10.0
"""Seconds for which the first writes of a race wait for each other."""


class Overlap:
    """Watches the wire and counts the writes that DynamoDB had not answered yet.

    The first writes of a race leave at the same moment; if there are never so many, it was none.
    `conflicts` says of a transaction whether it meets another one, as only AWS has it.
    """

    def __init__(self) -> None:
        self.conflicts: Callable[[], bool] = lambda: False
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
        try:
            return deliver()
        finally:
            self._add(-1)

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
