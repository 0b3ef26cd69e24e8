"""Run work that mostly waits for answers, ten pieces at a time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
MOST_AT_ONCE = 10
"""A whole SQS batch. The clients of SumUp and of AWS keep as many connections open."""


def at_once(do: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Do something with each thing, and return the results in the order of the things.

    Each call has its own copy of the caller's context, so that its log lines have their own keys.
    An exception is raised once calls that have begun are done; other calls are not begun any more.
    """

    def run(context: Context, thing: T) -> R:
        return context.run(do, thing)

    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        return list(threads.map(run, [copy_context() for _ in things], things))
