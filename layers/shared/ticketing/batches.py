"""A batch of messages, handled at the same time: what each does is mostly to wait for answers."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

MOST_AT_ONCE = 10
"""A whole batch; the template has its size, and SumUp's client and botocore as many connections."""


class ConcurrentBatchProcessor(BatchProcessor):
    """Handles the messages of an SQS batch in threads; one that fails goes back alone.

    Log lines of a message carry its own keys: a thread has the context of the invocation, copied.
    """

    def __init__(self) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def process(self) -> list[tuple[Any, ...]]:
        """Return what became of each message, in their order."""
        with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
            handled = [
                threads.submit(copy_context().run, self._process_record, record)
                for record in self.records
            ]
        return [one.result() for one in handled]
