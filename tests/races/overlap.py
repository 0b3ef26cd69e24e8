"""How many writes were under way at once: a race that was none proves nothing."""

import threading
from collections.abc import Callable

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.wire import Deliver, refusal

WRITES = {"PutItem", "TransactWriteItems", "UpdateItem"}


class Overlap:
    """Watches the wire and counts the writes that DynamoDB had not answered yet.

    `conflicts` says of a transaction whether it meets another one, as only AWS has it.
    """

    def __init__(self) -> None:
        self.most = 0
        self.conflicts: Callable[[], bool] = lambda: False
        self._now = 0
        self._lock = threading.Lock()

    def __call__(
        self, _service: str, operation: str, request: AWSPreparedRequest, deliver: Deliver
    ) -> AWSResponse | None:
        """Carry a request, counted if it writes."""
        if operation not in WRITES:
            return deliver()
        if operation == "TransactWriteItems" and self.conflicts():
            return refusal(request, "TransactionCanceledException", "TransactionConflict")
        self._add(1)
        try:
            return deliver()
        finally:
            self._add(-1)

    def _add(self, change: int) -> None:
        with self._lock:
            self._now += change
            self.most = max(self.most, self._now)
