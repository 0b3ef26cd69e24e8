"""How many calls may be under way at once, and how that adapts to what SumUp answers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from ticketing.adapters.sumup.turns import MOST_AT_ONCE, MOST_REMEMBERED, Turns
from ticketing.errors import PaymentProviderUnavailable

OK, TOO_MANY, BROKEN = 200, 429, 503
TOKEN, OTHER = "at-1", "at-2"


def answer(turns: Turns, status: int, token: str = TOKEN) -> None:
    """Make one call that is answered like this."""
    with turns.take(token, 0) as turn:
        turn.answered(status)


def at_once(turns: Turns, token: str = TOKEN) -> int:
    """Return how many calls may be under way now; none is afterwards."""
    with ExitStack() as held:
        for number in range(MOST_AT_ONCE + 1):
            try:
                held.enter_context(turns.take(token, 0))
            except PaymentProviderUnavailable:
                return number
    return MOST_AT_ONCE + 1


def test_at_first_a_whole_batch_may_call() -> None:
    assert at_once(Turns()) == MOST_AT_ONCE == 10


def test_too_many_requests_halve_the_limit_down_to_one() -> None:
    turns, limits = Turns(), []
    for _ in range(6):
        answer(turns, TOO_MANY)
        limits.append(at_once(turns))

    assert limits == [5, 2, 1, 1, 1, 1]


def test_good_answers_let_it_grow_by_one_a_round_up_to_where_it_began() -> None:
    turns = Turns()
    for _ in range(2):
        answer(turns, TOO_MANY)
    assert at_once(turns) == 2

    needed = [answers_until(turns, limit) for limit in range(3, MOST_AT_ONCE + 1)]

    assert all(limit - 2 <= n <= limit + 1 for limit, n in enumerate(needed, 3))
    for _ in range(100):
        answer(turns, OK)
    assert at_once(turns) == MOST_AT_ONCE


def answers_until(turns: Turns, limit: int) -> int:
    """Return how many good answers it takes until so many calls may be under way."""
    for number in range(1, 50):
        answer(turns, OK)
        if at_once(turns) == limit:
            return number
    pytest.fail(f"never {limit}")


def test_calls_that_were_refused_together_are_refused_once() -> None:
    turns = Turns()
    with ExitStack() as held:
        together = [held.enter_context(turns.take(TOKEN, 0)) for _ in range(MOST_AT_ONCE)]
        for turn in together:
            turn.answered(TOO_MANY)

    assert at_once(turns) == 5


def test_an_outage_teaches_nothing() -> None:
    turns = Turns()
    answer(turns, TOO_MANY)

    for _ in range(50):
        answer(turns, BROKEN)

    assert at_once(turns) == 5


def test_each_organiser_has_a_limit_of_their_own() -> None:
    turns = Turns()

    answer(turns, TOO_MANY)

    assert (at_once(turns), at_once(turns, OTHER)) == (5, MOST_AT_ONCE)


def test_a_call_waits_until_another_one_ends() -> None:
    turns, began = Turns(), Event()
    for _ in range(4):
        answer(turns, TOO_MANY)

    def second() -> str:
        began.set()
        with turns.take(TOKEN, 10):
            return "had its turn"

    with ThreadPoolExecutor(1) as threads:
        with turns.take(TOKEN, 0):
            waiting = threads.submit(second)
            assert began.wait(10)
            assert not waiting.done()
        assert waiting.result(10) == "had its turn"


def test_a_call_that_fails_ends_its_turn() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.take(TOKEN, 0):
        raise ValueError("broken")

    assert at_once(turns) == MOST_AT_ONCE


def test_of_very_many_tokens_those_that_nobody_uses_are_forgotten() -> None:
    turns = Turns()
    answer(turns, TOO_MANY)
    answer(turns, TOO_MANY, OTHER)

    for number in range(MOST_REMEMBERED):
        answer(turns, OK, f"token {number}")
        assert at_once(turns, OTHER) == 5

    assert at_once(turns) == MOST_AT_ONCE


def test_threads_may_bring_new_tokens_at_the_same_time() -> None:
    turns = Turns()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda n: answer(turns, OK, f"token {n}"), range(3 * MOST_REMEMBERED)))

    assert at_once(turns) == MOST_AT_ONCE
