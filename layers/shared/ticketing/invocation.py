"""The clock, and the time that is left of an invocation."""

from collections.abc import Callable
from datetime import UTC, datetime

from aws_lambda_powertools.utilities.typing import LambdaContext


def clock() -> datetime:
    return datetime.now(UTC)


def time_left(context: LambdaContext) -> Callable[[], float]:
    """Return a function that returns the seconds until Lambda ends this invocation."""

    def seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    return seconds
