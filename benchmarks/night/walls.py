"""The limits that a night runs into, each a small model with its own test."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from tenacity import RetryCallState, Retrying


class TokenBucket:
    """Lets `rate` a second pass, and `burst` at once after a pause: API Gateway's definition."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Rows:
    """Rows that transactions hold for `held` seconds; another transaction is refused at once.

    DynamoDB cancels such a transaction with `TransactionConflict`. With s tries a second on a row,
    a share of s*t / (1 + s*t) is refused: Erlang's loss formula for one server.
    """

    def __init__(self, held: float) -> None:
        self.held = held
        self._free_at: dict[str, float] = {}
        self.tries = self.conflicts = 0

    def lock(self, keys: Iterable[str], now: float) -> bool:
        """Hold all the rows from now on; False, with none held by this call, if one is held."""
        keys = list(keys)
        self.tries += 1
        if any(self._free_at.get(key, 0.0) > now for key in keys):
            self.conflicts += 1
            return False
        self._free_at.update(dict.fromkeys(keys, now + self.held))
        return True


class Tries:
    """The tries of one call by a policy of the package, in the night's time."""

    def __init__(self, policy: Retrying, now: float) -> None:
        self._policy, self._state = policy, RetryCallState(policy, None, (), {})
        self._state.start_time = now

    def pause(self, now: float) -> float | None:
        """Return how many seconds to wait after a failed try; None if it was the last one."""
        state, policy = self._state, self._policy
        state.outcome_timestamp = now
        state.upcoming_sleep = float(policy.wait(state))
        if policy.stop(state):
            return None
        state.attempt_number += 1
        return state.upcoming_sleep


@dataclass
class Account:
    """How many functions of all kinds run at the same time."""

    most: int
    busy: int = 0
    peak: int = 0


@dataclass
class Environments:
    """The environments of one function: warm ones first, then new ones at the speed of Lambda."""

    account: Account
    growth: TokenBucket
    cold_start: float
    idle: int = 0
    made: int = 0
    throttled: int = 0

    def enter(self, now: float) -> float | None:
        """Return the seconds until the function begins; None if Lambda refuses the call."""
        account = self.account
        if account.busy >= account.most or not (self.idle or self.growth.take(now)):
            self.throttled += 1
            return None
        account.busy += 1
        account.peak = max(account.peak, account.busy)
        if self.idle:
            self.idle -= 1
            return 0.0
        self.made += 1
        return self.cold_start

    def leave(self) -> None:
        self.account.busy -= 1
        self.idle += 1


@dataclass
class Stock:
    """Seats in one row, or in pools that are rows of their own.

    The first level is that of the ticket type's row, to which unpaid seats come back.
    """

    levels: list[int]
    sold_out_at: float | None = None

    @classmethod
    def of(cls, seats: int, pools: int) -> "Stock":
        share, over = divmod(seats, max(pools, 1))
        levels = [share + (at < over) for at in range(max(pools, 1))]
        return cls([0, *levels] if pools else levels)

    @property
    def left(self) -> int:
        return sum(self.levels)

    def choose(self, wanted: int) -> dict[int, int]:
        """Return the rows to take from: one with enough, drawn by level, or the largest ones."""
        if len(self.levels) == 1:
            return {0: wanted} if self.levels[0] >= wanted else {}
        weights = [level if level >= wanted else 0 for level in self.levels]
        if any(weights):
            (row,) = random.choices(range(len(weights)), weights)
            return {row: wanted}
        chosen: dict[int, int] = {}
        for row in sorted(range(len(self.levels)), key=lambda at: -self.levels[at]):
            chosen[row] = min(self.levels[row], wanted - sum(chosen.values()))
            if sum(chosen.values()) == wanted:
                return chosen
        return {}

    def take(self, chosen: dict[int, int], now: float) -> bool:
        """Take the seats; False, with none taken, if one of the rows has too few by now."""
        if not chosen or any(self.levels[row] < seats for row, seats in chosen.items()):
            return False
        for row, seats in chosen.items():
            self.levels[row] -= seats
        if self.sold_out_at is None and not self.left:
            self.sold_out_at = now
        return True

    def give_back(self, seats: int) -> None:
        self.levels[0] += seats


@dataclass
class UnpaidSeats:
    """The rows that count an event's unpaid seats, and the most that each may count to."""

    most: list[tuple[str, int]]
    """An entry for each of some random order numbers: its row, as `orders/limits.py` chooses it."""
    counted: dict[str, int] = field(default_factory=dict)

    def choose(self) -> tuple[str, int]:
        return random.choice(self.most)

    def add(self, row: str, most: int, seats: int) -> bool:
        """Count seats; False if there is no room for them."""
        if self.counted.get(row, 0) + seats > most:
            return False
        self.counted[row] = self.counted.get(row, 0) + seats
        return True

    def settle(self, row: str, seats: int) -> None:
        self.counted[row] -= seats
