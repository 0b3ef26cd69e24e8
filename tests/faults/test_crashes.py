"""Every call of every story fails once, in four ways; then two calls; then all of them for a while.

The process dies before or after the call, the call is refused, or its answer is lost. Afterwards
everything is delivered again. `make faults` runs this and draws `build/faults.html`. With ONE_IN=4,
each call still fails, but in one of the four ways only, and there are a quarter of the pairs.
"""

import random
from functools import cache

import pytest

from tests.faults import record
from tests.faults.plan import ONE_IN, SHORTEST_STORY, Boundary, Fault
from tests.faults.recovery import Outcome, retell, retell_for_each_call
from tests.faults.stories import STORIES, Story

pytestmark = pytest.mark.faults

MOST_REDELIVERIES = 3
PAIRS, PAIRS_A_TEST = 200 // ONE_IN, 25
OUTAGES_A_STORY = 6
BEHIND_THE_QUEUES = {"scan_orders", "verify_payment", "deliver_tickets"}


def by_name(story: Story) -> str:
    return story.name


def expect_recovery(outcomes: list[Outcome]) -> None:
    wrong = [str(outcome) for outcome in outcomes if outcome.problems]
    slow = [str(outcome) for outcome in outcomes if outcome.redeliveries > MOST_REDELIVERIES]
    assert wrong == []
    assert slow == [], f"more than {MOST_REDELIVERIES} redeliveries"


@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_nothing_is_wrong_where_nothing_breaks(story: Story) -> None:
    outcome = retell(story)

    assert (outcome.problems, outcome.redeliveries, outcome.surplus_mails) == ([], 0, 0)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_any_one_call_may_fail(story: Story, fault: Fault) -> None:
    outcomes = retell_for_each_call(story, fault)

    record.keep("single", story.name, fault.name, outcomes=outcomes)
    assert len(outcomes) >= SHORTEST_STORY // ONE_IN, "the story makes calls to break"
    assert [len(outcome.fired) for outcome in outcomes] == [1] * len(outcomes)
    expect_recovery(outcomes)


@cache
def calls_of(story: Story) -> tuple[str, ...]:
    """Return the calls of a story in which nothing breaks."""
    return retell(story).calls


@pytest.mark.parametrize("first", range(0, PAIRS, PAIRS_A_TEST))
def test_two_calls_may_fail(first: int) -> None:
    outcomes = [retell(*a_pair(seed)) for seed in range(first, first + PAIRS_A_TEST)]

    record.keep("double", str(first), outcomes=outcomes)
    assert sum(len(outcome.fired) == 2 for outcome in outcomes) > PAIRS_A_TEST / 2
    assert [str(outcome) for outcome in outcomes if outcome.problems] == []


def a_pair(seed: int) -> tuple[Story, dict[int, Fault]]:
    """Choose a story and two faults: the second may hit what mends the first."""
    chance = random.Random(seed)
    story = chance.choice(STORIES)
    calls = len(calls_of(story))
    first = chance.randrange(calls)
    second = chance.randrange(first + 1, calls + 12)
    return story, {first: chance.choice(list(Fault)), second: chance.choice(list(Fault))}


@pytest.mark.parametrize("story", [s for s in STORIES if s.in_any_order], ids=by_name)
def test_everything_behind_the_queues_may_be_down_for_a_while(story: Story) -> None:
    outcomes = []
    calls = len(calls_of(story))
    for at in range(0, calls, max(calls // OUTAGES_A_STORY, 1)):

        def down(boundary: Boundary, since: int = at) -> Fault | None:
            is_down = boundary.function in BEHIND_THE_QUEUES and boundary.number >= since
            return Fault.REFUSED if is_down else None

        outcomes.append(retell(story, outage=down))

    record.keep("outage", story.name, outcomes=outcomes)
    expect_recovery(outcomes)
