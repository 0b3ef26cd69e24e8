"""Check that a request to the API came through our CloudFront distribution."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from hmac import compare_digest

HEADER = "x-origin-key"
"""CloudFront sets it on each request, and replaces any that a stranger may have sent."""

READ_AGAIN = timedelta(minutes=1)
"""How long unknown keys do not make us read ours again: strangers may send many of them."""


class CheckOrigin:
    """Knows the keys that CloudFront may send: one, or two while a new one replaces the old."""

    def __init__(self, read: Callable[[], Collection[str]]) -> None:
        """Take a function that reads the keys; a check raises whatever it raises."""
        self._read = read
        self._keys: Collection[str] = ()
        self._read_at: datetime | None = None

    def __call__(self, given: str, now: datetime) -> bool:
        """Return whether a key is one of ours. One added after the last read is found, too."""
        if self._knows(given):
            return True
        if self._read_at is None or now - self._read_at >= READ_AGAIN:
            self._keys, self._read_at = self._read(), now
        return self._knows(given)

    def _knows(self, given: str) -> bool:
        sent = given.encode(errors="replace")
        return any(compare_digest(sent, key.encode()) for key in self._keys)
