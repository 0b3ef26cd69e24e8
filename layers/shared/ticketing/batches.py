"""A batch of SQS messages, handled at the same time."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

from ticketing.concurrency import at_once


class ConcurrentBatchProcessor(BatchProcessor):
    """Handles the messages of an SQS batch in threads; one that fails goes back alone."""

    def __init__(self) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def process(self) -> list[tuple[Any, ...]]:
        """Return what became of each message, in their order."""
        return at_once(self._process_record, self.records)
