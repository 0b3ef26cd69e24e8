"""Work that mostly waits for answers, done ten at a time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
MOST_AT_ONCE = 10
"""A whole SQS batch. SumUp's client and botocore keep as many connections open."""


def at_once(do: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Do something with each thing, and return the results in the order of the things.

    Each thread has the caller's context, copied, so that log lines carry their own keys. An
    exception is raised once what is under way has ended; what had not begun is not done.
    """

    def run(context: Context, thing: T) -> R:
        return context.run(do, thing)

    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        return list(threads.map(run, [copy_context() for _ in things], things))
