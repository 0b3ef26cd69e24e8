"""A rate that all threads of a process keep together."""

import time
from collections.abc import Callable
from threading import Lock

LONGEST_WAIT = 20.0
"""Seconds. Ten mails of a sandbox take turns within it."""


class Pace:
    """Lets so many things a second begin, evenly: SES counts what it is asked within a second."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._between, self._clock, self._sleep = 1 / per_second, clock, sleep
        self._next, self._lock = clock(), Lock()

    def wait(self) -> bool:
        """Return when the next one may begin; False at once if that is too far away."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            if turn - now > LONGEST_WAIT:
                return False
            self._next = turn + self._between
        if turn > now:
            self._sleep(turn - now)
        return True
