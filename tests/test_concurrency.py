"""Things are done ten at a time, each with the caller's context."""

from contextvars import ContextVar
from threading import Barrier

import pytest

from ticketing.concurrency import MOST_AT_ONCE, at_once

NAME: ContextVar[str] = ContextVar("NAME", default="nobody")


def test_ten_are_done_at_once_and_results_keep_their_order() -> None:
    all_here = Barrier(MOST_AT_ONCE, timeout=10)

    def double(number: int) -> int:
        all_here.wait()
        return number * 2

    assert at_once(double, range(MOST_AT_ONCE)) == list(range(0, 2 * MOST_AT_ONCE, 2))


def test_each_thing_has_the_callers_context_to_itself() -> None:
    NAME.set("the caller")

    def rename(number: int) -> str:
        before = NAME.get()
        NAME.set(f"thread {number}")
        return before

    assert at_once(rename, range(30)) == ["the caller"] * 30
    assert NAME.get() == "the caller"


def test_after_an_exception_nothing_new_is_begun() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        raise LookupError(number)

    with pytest.raises(LookupError):
        at_once(fail, range(10_000))

    assert len(begun) < 10_000


def test_nothing_to_do_is_done_at_once() -> None:
    assert at_once(str, []) == []
