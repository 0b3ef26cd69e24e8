"""A rate that threads keep together, in a time that only moves when somebody sleeps."""

import pytest

from ticketing.adapters.aws.pace import LONGEST_WAIT, Pace


class Clock:
    """A clock, and whoever waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("per_second", "last"), [(14, 9 / 14), (1, 9.0), (0.5, 18.0)])
def test_ten_begin_evenly(per_second: float, last: float) -> None:
    clock = Clock()
    pace = Pace(per_second, clock, clock.sleep)
    began = []

    for _ in range(10):
        pace.wait()
        began.append(clock.now - 100)

    assert began[0] == 0
    assert began == sorted(began)
    assert began[-1] == pytest.approx(last)


def test_threads_that_wait_at_the_same_time_have_turns_of_their_own() -> None:
    waits: list[float] = []
    pace = Pace(2, lambda: 100.0, waits.append)

    for _ in range(4):
        pace.wait()

    assert waits == [0.5, 1.0, 1.5]


def test_time_in_which_nobody_came_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace(1, clock, clock.sleep)
    pace.wait()
    clock.now += 60

    pace.wait()
    second = clock.now
    pace.wait()

    assert (second, clock.now) == (160, 161)


def test_a_turn_that_is_too_far_away_is_not_taken() -> None:
    pace = Pace(0.1, lambda: 100.0, lambda _: None)

    assert [pace.wait() for _ in range(5)] == [True, True, True, False, False]
    assert LONGEST_WAIT == 20
