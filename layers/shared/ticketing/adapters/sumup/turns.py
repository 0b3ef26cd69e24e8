"""Limit how many calls may be under way at once for an organiser, and lower that for a busy SumUp.

SumUp does not publish a limit; it only answers 429 when it is exceeded. So the limit is found by
trial: a 429 halves it, and it grows by one after as many other answers as it allows calls. It is
remembered for a token, and so for about an hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Condition, Lock
from typing import Final

from ticketing.errors import NoTurn

MOST_AT_ONCE: Final = 10
"""As many as a batch has messages, and as many connections as are kept open."""

MOST_REMEMBERED: Final = 1000
"""Tokens whose limits are remembered; of more, those unused for the longest are forgotten."""


@dataclass
class _Limit:
    allowed: float = MOST_AT_ONCE
    under_way: int = 0
    halved: int = 0
    changed: Condition = field(default_factory=Condition)


@dataclass(frozen=True)
class Turn:
    """A call that may be made now."""

    _limit: _Limit
    _halved: int

    def answered(self, status: int) -> None:
        """Learn from an answer. Several calls that were refused together count once."""
        limit = self._limit
        with limit.changed:
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                if self._halved == limit.halved:
                    limit.allowed, limit.halved = max(limit.allowed / 2, 1), limit.halved + 1
            elif status < HTTPStatus.INTERNAL_SERVER_ERROR:
                limit.allowed = min(limit.allowed + 1 / limit.allowed, MOST_AT_ONCE)
                limit.changed.notify()


class Turns:
    """The limits of a process, by the token that calls are made with."""

    def __init__(self) -> None:
        self._limits: dict[str, _Limit] = {}
        self._lock = Lock()

    @contextmanager
    def take(self, token: str, seconds: float) -> Iterator[Turn]:
        """Wait for a turn, `seconds` at most, and hold it while the call is under way.

        Raises `NoTurn` if none came.
        """
        limit = self._limit(token)
        with limit.changed:
            if not limit.changed.wait_for(lambda: limit.under_way < int(limit.allowed), seconds):
                raise NoTurn("too many calls are under way already")
            limit.under_way += 1
            turn = Turn(limit, limit.halved)
        try:
            yield turn
        finally:
            with limit.changed:
                limit.under_way -= 1
                limit.changed.notify()

    def _limit(self, token: str) -> _Limit:
        with self._lock:
            limit = self._limits.pop(token, None) or _Limit()
            self._limits[token] = limit
            if len(self._limits) > MOST_REMEMBERED:
                del self._limits[next(iter(self._limits))]
            return limit
