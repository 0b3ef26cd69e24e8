"""A waiting line at the edge: lots among those who come before the start, then by arrival."""

from collections import deque
from dataclasses import dataclass, field

from benchmarks.night.sale import Shop
from benchmarks.night.timeline import Bell, Story

LEAST = 5.0
"""The least orders a second for which people are let in."""
AHEAD, SPARE = 120.0, 50.0
"""Inside are as many people as place orders within `AHEAD` seconds, and `SPARE` more."""
MEASURED_OVER = 30.0
UNMEASURED = 150.0
"""Until so long after the start the configured rate counts: people are filling in their forms."""
OVERBOOKED = 1.5


@dataclass
class Line:
    """Lets people in as fast as orders are placed, at most for `rate` orders a second."""

    shop: Shop
    rate: float
    inside: int = 0
    _bell: Bell = field(default_factory=Bell)
    _placed: deque[int] = field(default_factory=deque)

    def open(self) -> None:
        self.shop.timeline.begin(self._move())

    def stand(self) -> Story[bool]:
        """Stand in line; return whether the person was let in before all seats were taken."""
        if not self._is_sold_out:
            yield self._bell
        return not self._is_sold_out

    @property
    def _is_sold_out(self) -> bool:
        return self.shop.stock.left < self.shop.assumed.seats_an_order

    def _move(self) -> Story[None]:
        """Let people in once a second. Those before the start come in random order: the draw."""
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
