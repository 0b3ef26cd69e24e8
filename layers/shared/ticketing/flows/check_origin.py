"""Whether a request to the API came through our CloudFront distribution."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from hmac import compare_digest

HEADER = "x-origin-key"
"""CloudFront adds it to each request, in place of one that a stranger may have sent."""

READ_AGAIN = timedelta(minutes=1)
"""How soon an unknown key is reason to read the keys again: strangers may send many."""


class CheckOrigin:
    """Knows the keys that CloudFront may send: one, or two while one replaces the other."""

    def __init__(self, read: Callable[[], Collection[str]]) -> None:
        """Take what reads the keys; whatever it raises is raised here."""
        self._read = read
        self._keys: Collection[str] = ()
        self._read_at: datetime | None = None

    def __call__(self, given: str, now: datetime) -> bool:
        """Return whether a key is one of ours. A key added after the last read is found, too."""
        if self._knows(given):
            return True
        if self._read_at is None or now - self._read_at >= READ_AGAIN:
            self._keys, self._read_at = self._read(), now
        return self._knows(given)

    def _knows(self, given: str) -> bool:
        sent = given.encode(errors="replace")
        return any(compare_digest(sent, key.encode()) for key in self._keys)
