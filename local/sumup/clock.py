"""The simulator's time: real time plus what a test added to it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Now, in UTC. Moving it forward makes tokens and checkouts age without waiting."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The moment that every rule of the simulator goes by."""
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> datetime:
        """Jump `seconds` ahead and answer the new time."""
        self.ahead += timedelta(seconds=seconds)
        return self.now()

    def reset(self) -> None:
        """Back to real time."""
        self.ahead = timedelta()
