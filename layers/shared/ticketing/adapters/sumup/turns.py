"""How many calls may be under way at once for one organiser: fewer whenever SumUp has too many.

SumUp publishes no limit, only an answer when it is exceeded (429). So the limit is found out: it
halves with each such answer, and grows by one with as many good answers as it allows calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Condition
from typing import Final

from ticketing.errors import PaymentProviderUnavailable

MOST_AT_ONCE: Final = 10
"""A batch of messages; as many connections are kept open."""

MOST_REMEMBERED: Final = 1000
"""Tokens of organisers; of more, the oldest is forgotten."""


@dataclass
class _Limit:
    allowed: float = MOST_AT_ONCE
    under_way: int = 0
    changed: Condition = field(default_factory=Condition)


class Turns:
    """The limits of one process, by the token that the calls are made with."""

    def __init__(self) -> None:
        self._limits: dict[str, _Limit] = {}

    @contextmanager
    def take(self, token: str, seconds: float) -> Iterator[None]:
        """Wait for a turn, `seconds` at most, and hold it while the call is under way.

        Raises `PaymentProviderUnavailable` if no turn came.
        """
        limit = self._limit(token)
        with limit.changed:
            if not limit.changed.wait_for(lambda: limit.under_way < int(limit.allowed), seconds):
                raise PaymentProviderUnavailable("too many calls are under way already")
            limit.under_way += 1
        try:
            yield
        finally:
            with limit.changed:
                limit.under_way -= 1
                limit.changed.notify()

    def note(self, token: str, status: int) -> None:
        """Learn from the status of an answer."""
        limit = self._limit(token)
        with limit.changed:
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                limit.allowed = max(limit.allowed / 2, 1)
            else:
                limit.allowed = min(limit.allowed + 1 / limit.allowed, MOST_AT_ONCE)
                limit.changed.notify()

    def _limit(self, token: str) -> _Limit:
        limit = self._limits.setdefault(token, _Limit())
        while len(self._limits) > MOST_REMEMBERED:
            self._limits.pop(next(iter(self._limits)), None)
        return limit
