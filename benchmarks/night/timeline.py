"""Simulated time. A story is a generator that yields how long it waits: seconds, or for a bell.

simpy works the same way, but takes at least twice as long for a wait, of which a night has
millions, and keeps all that is to come in one heap: that of 200,000 people is slow.
"""

from collections import defaultdict, deque
from collections.abc import Generator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Bell:
    """What stories wait for until another story rings it."""

    waiting: "deque[Story[Any]]" = field(default_factory=deque)


Story = Generator[float | Bell, None, T]


SLOT = 0.05
"""What is further away than the end of its slot of time waits unsorted until its slot comes."""


class Timeline:
    """Goes from event to event; what happens at the same time happens in the order it was told."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the sale began."""
        self._slot, self._told = 0, 0
        self._due: list[tuple[float, int, Story[Any]]] = []
        self._later: dict[int, list[tuple[float, int, Story[Any]]]] = defaultdict(list)

    def begin(self, story: Story[Any], after: float = 0.0) -> None:
        """Begin a story in so many seconds, or go on with it."""
        self._told += 1
        at = self.now + after
        slot = int(at / SLOT)
        if slot <= self._slot:
            heappush(self._due, (at, self._told, story))
        else:
            self._later[slot].append((at, self._told, story))

    def ring(self, bell: Bell, most: int = 1) -> None:
        """Let so many of those who wait for the bell go on, the first ones first."""
        for _ in range(min(most, len(bell.waiting))):
            self.begin(bell.waiting.popleft())

    def run(self, until: float) -> None:
        """Tell all stories up to that time."""
        last = int(until / SLOT)
        while self._slot <= last:
            due = self._due
            while due and due[0][0] <= until:
                self.now, _, story = heappop(due)
                try:
                    wait = next(story)
                except StopIteration:
                    continue
                if isinstance(wait, Bell):
                    wait.waiting.append(story)
                else:
                    self.begin(story, wait)
            if self._slot == last:
                break
            self._slot += 1
            self._due = self._later.pop(self._slot, [])
            heapify(self._due)
        self.now = until
