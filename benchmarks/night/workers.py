"""Functions that take batches of messages from a queue, with a thread for each message."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from benchmarks.night.timeline import Bell, Story, Timeline
from benchmarks.night.walls import Environments
from ticketing.adapters.sumup.turns import Turns

T = TypeVar("T")
POLL_SECONDS = 0.05
"""From the end of a batch to the next one."""


class Worker:
    """One function: its threads share a processor, and the turns at SumUp."""

    def __init__(self, timeline: Timeline, cpu_share: float) -> None:
        self.turns = Turns()
        self._timeline, self._share, self._free_at = timeline, cpu_share, 0.0

    def compute(self, seconds: float) -> Story[None]:
        """Compute what takes so many seconds on a whole processor; threads take turns."""
        now = self._timeline.now
        self._free_at = max(now, self._free_at) + seconds / self._share
        yield self._free_at - now


@dataclass
class Workers(Generic[T]):
    """A queue with as many workers as its event source lets run at the same time."""

    timeline: Timeline
    environments: Environments
    concurrency: int
    batch: int
    cpu_share: float
    handle: Callable[[Worker, T], Story[None]]
    queue: deque[T] = field(default_factory=deque)
    _bell: Bell = field(default_factory=Bell)

    def start(self) -> None:
        for _ in range(self.concurrency):
            self.timeline.begin(self._work(Worker(self.timeline, self.cpu_share)))

    def send(self, message: T, after: float = 0.0) -> None:
        self.timeline.begin(self._arrive(message), after)

    def _arrive(self, message: T) -> Story[None]:
        self.queue.append(message)
        self.timeline.ring(self._bell)
        return
        yield  # a story, though a short one

    def _work(self, worker: Worker) -> Story[None]:
        while True:
            while not self.queue:
                yield self._bell
            begun = self.environments.enter(self.timeline.now)
            if begun is None:
                yield 1.0
                continue
            yield begun
            under_way = [self.queue.popleft() for _ in range(min(self.batch, len(self.queue)))]
            left, ended = [len(under_way)], Bell()
            for message in under_way:
                self.timeline.begin(self._thread(worker, message, left, ended))
            while left[0]:
                yield ended
            self.environments.leave()
            yield POLL_SECONDS

    def _thread(self, worker: Worker, message: T, left: list[int], ended: Bell) -> Story[None]:
        yield from self.handle(worker, message)
        left[0] -= 1
        self.timeline.ring(ended)
