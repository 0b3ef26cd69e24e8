"""Trouble in memory: one call of an invocation breaks, or others act just before it.

`breaking` wraps an adapter of `tests/support/fakes.py`; `Chaos` counts the calls and breaks them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, cast

from tests.faults.plan import Died, Fault

T = TypeVar("T")


class Unreachable(Exception):
    """A table, the bucket or the key service did not answer, or refused for a moment."""


class Meanwhile(StrEnum):
    """What somebody else does between two calls of an invocation."""

    VERIFY = "the same order is verified"
    SCAN = "the schedule fires"
    DELIVER = "a mail is delivered"
    RESEND = "the buyer wants the mail again"
    READDRESS = "the buyer changes the address"
    PAY = "the buyer pays"
    PAY_AND_VERIFY = "the buyer pays, and that is seen"
    PRESS = "the same request comes once more"
    PAY_AGAIN = "the buyer begins another attempt"
    COMPETE = "another buyer orders"
    APPROVE = "a person approves the order"
    REJECT = "a person rejects the order"
    CANCEL = "a person cancels the order"
    REFUND = "a person gives the money back"
    REFUND_ELSEWHERE = "somebody gives the money back in SumUp's dashboard"


@dataclass(frozen=True)
class Trouble:
    """What happens at the call with this number, the first one is 0."""

    at: int
    what: Fault | Meanwhile

    def __repr__(self) -> str:
        return f"Trouble({self.at}, {self.what!s})"


Failing = Callable[[Fault, tuple[Any, ...]], Any]
"""What a broken call of an adapter looks like from outside: raises, or answers."""


class Chaos:
    """Counts the calls of the running invocation and breaks the one it was told to."""

    def __init__(self, act: Callable[[Meanwhile], None]) -> None:
        self._act = act
        self._trouble: Trouble | None = None
        self._calls, self._dead = 0, False
        self.fired: Fault | Meanwhile | None = None

    @contextmanager
    def running(self, trouble: Trouble | None) -> Iterator[None]:
        """Count one invocation; inside of another one, that goes on afterwards."""
        outer = self._trouble, self._calls, self._dead, self.fired
        self._trouble, self._calls, self._dead, self.fired = trouble, 0, False, None
        try:
            yield
        finally:
            self._trouble, self._calls, self._dead, self.fired = outer

    def call(self, deliver: Callable[[], Any], failing: Callable[[Fault], Any]) -> Any:  # noqa: ANN401  # of any call
        """Carry one call out, or break it."""
        if self._dead:
            raise Died
        at, trouble = self._calls, self._trouble
        self._calls += 1
        if trouble is None or trouble.at != at:
            return deliver()
        self.fired = trouble.what
        match trouble.what:
            case Meanwhile():
                self._act(trouble.what)
                return deliver()
            case Fault.REFUSED:
                return failing(Fault.REFUSED)
            case Fault.LOST:
                deliver()
                return failing(Fault.LOST)
            case Fault.CRASH_AFTER:
                deliver()
        self._dead = True
        raise Died


class _Breaking:
    def __init__(self, inner: object, chaos: Chaos, failing: Failing) -> None:
        self._inner, self._chaos, self._failing = inner, chaos, failing

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the adapter has
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # of any call
            def deliver() -> Any:  # noqa: ANN401  # of any call
                answer = method(*arguments, **named)
                return iter(list(answer)) if isinstance(answer, Iterator) else answer

            return self._chaos.call(deliver, partial(_fail, self._failing, arguments))

        return call


def breaking(inner: T, chaos: Chaos, failing: Failing) -> T:
    """Return an adapter whose calls may break; it looks like the one it wraps."""
    return cast(T, _Breaking(inner, chaos, failing))


def _fail(failing: Failing, arguments: tuple[Any, ...], fault: Fault) -> Any:  # noqa: ANN401  # whatever the call answers
    return failing(fault, arguments)


def unreachable(fault: Fault, _: tuple[Any, ...]) -> None:
    """Fail as a table does."""
    raise Unreachable(fault)
