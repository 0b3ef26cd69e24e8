"""What an invocation hands to its flow: the clock, and the time that is left."""

from collections.abc import Callable
from datetime import UTC, datetime

from aws_lambda_powertools.utilities.typing import LambdaContext


def clock() -> datetime:
    """Return what time it is."""
    return datetime.now(UTC)


def time_left(context: LambdaContext) -> Callable[[], float]:
    """Return what tells how many seconds are left until Lambda ends this invocation."""

    def seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    return seconds
