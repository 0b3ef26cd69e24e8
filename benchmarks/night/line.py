"""A waiting line at the edge: a draw among those before the start, then arrival."""

from collections import deque
from dataclasses import dataclass, field

from benchmarks.night.sale import Shop
from benchmarks.night.timeline import Bell, Story

LEAST = 5.0
"""Orders a second that are always let in."""
AHEAD, SPARE = 120.0, 50.0
"""Those inside are as many as order within that many seconds, and some more."""
MEASURED_OVER = 30.0
UNMEASURED = 150.0
"""So long after the start the wished rate counts: the first ones fill in their forms."""
OVERBOOKED = 1.5


@dataclass
class Line:
    """Lets in as many as sales say, `rate` orders a second at most."""

    shop: Shop
    rate: float
    inside: int = 0
    _bell: Bell = field(default_factory=Bell)
    _placed: deque[int] = field(default_factory=deque)

    def open(self) -> None:
        self.shop.timeline.begin(self._move())

    def stand(self) -> Story[bool]:
        """Stand in line; return whether one was let in before all was sold."""
        if not self._is_sold_out:
            yield self._bell
        return not self._is_sold_out

    @property
    def _is_sold_out(self) -> bool:
        return self.shop.stock.left < self.shop.assumed.seats_an_order

    def _move(self) -> Story[None]:
        """Once a second: those who come before the start do so in a random order, the draw."""
        while True:
            yield 1.0
            if self._is_sold_out:
                self.shop.timeline.ring(self._bell, len(self._bell.waiting))
                continue
            most = self._speed() * AHEAD + SPARE
            seats = self.shop.stock.left / self.shop.assumed.seats_an_order
            let_in = min(most, seats * OVERBOOKED + SPARE) - self.inside
            let_in = min(max(int(let_in), 0), int(2 * self.rate), len(self._bell.waiting))
            self.inside += let_in
            self.shop.timeline.ring(self._bell, let_in)

    def _speed(self) -> float:
        self._placed.append(len(self.shop.counted.orders))
        if len(self._placed) > MEASURED_OVER:
            before = self._placed.popleft()
            measured = (self._placed[-1] - before) / MEASURED_OVER
            if self.shop.timeline.now > UNMEASURED:
                return min(max(1.2 * measured, LEAST), self.rate)
        return self.rate
