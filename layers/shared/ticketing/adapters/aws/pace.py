"""A rate that all threads of a process share."""

import time
from collections.abc import Callable
from threading import Lock

LONGEST_WAIT = 20.0
"""Seconds: long enough for ten mails to take their turn at the rate of SES's sandbox."""


class Pace:
    """Spreads calls evenly over each second, because SES counts the requests within a second."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._between, self._clock, self._sleep = 1 / per_second, clock, sleep
        self._next, self._lock = clock(), Lock()

    def wait(self) -> bool:
        """Wait for a turn and return True, or return False at once if it is too far away."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            if turn - now > LONGEST_WAIT:
                return False
            self._next = turn + self._between
        if turn > now:
            self._sleep(turn - now)
        return True
