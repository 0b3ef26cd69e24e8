"""Every two calls of a story fail, each in four ways; the second may be one that mends the first.

All of them take a day; `make faults-pairs ONLY=nothing` takes the story `nothing to pay` alone.
"""

import pytest

from tests.faults import record
from tests.faults.plan import Fault
from tests.faults.recovery import retell_for_each_call
from tests.faults.stories import STORIES, Story

pytestmark = pytest.mark.pairs

FEWEST_CALLS = 20


@pytest.mark.parametrize("second", Fault)
@pytest.mark.parametrize("first", Fault)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_any_two_calls_may_fail(story: Story, first: Fault, second: Fault) -> None:
    outcomes = retell_for_each_call(story, first, second)

    record.keep("pair", story.name, first.name, second.name, outcomes=outcomes)
    pairs = [outcome for outcome in outcomes if len(outcome.fired) == 2]
    assert len(pairs) > FEWEST_CALLS**2 / 2
    assert [str(outcome) for outcome in outcomes if outcome.problems] == []
