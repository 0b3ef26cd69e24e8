"""Simulated time. A story is a generator that yields what it waits for: seconds or a bell.

simpy works the same way, but takes at least twice as long for each of a night's millions of waits,
and keeps all future events in one heap, which is slow with 200,000 people.
"""

from collections import defaultdict, deque
from collections.abc import Generator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Bell:
    """Stories wait for it until another story rings it."""

    waiting: "deque[Story[Any]]" = field(default_factory=deque)


Story = Generator[float | Bell, None, T]


SLOT = 0.05
"""The seconds of a slot of time. Events of later slots wait unsorted until their slot comes."""


class Timeline:
    """Goes from event to event; simultaneous ones happen in the order in which they were begun."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the sale began."""
        self._slot, self._told = 0, 0
        self._due: list[tuple[float, int, Story[Any]]] = []
        self._later: dict[int, list[tuple[float, int, Story[Any]]]] = defaultdict(list)

    def begin(self, story: Story[Any], after: float = 0.0) -> None:
        """Begin or resume a story after so many seconds."""
        self._told += 1
        at = self.now + after
        slot = int(at / SLOT)
        if slot <= self._slot:
            heappush(self._due, (at, self._told, story))
        else:
            self._later[slot].append((at, self._told, story))

    def ring(self, bell: Bell, most: int = 1) -> None:
        """Resume at most so many of the stories that wait for the bell, in order of arrival."""
        for _ in range(min(most, len(bell.waiting))):
            self.begin(bell.waiting.popleft())

    def run(self, until: float) -> None:
        """Run all stories up to that time."""
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
