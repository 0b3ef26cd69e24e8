"""A pytest plugin: the tests once with every condition in place, then without each of them.

Tests are collected once, and each run is a forked process. The first one tells which tests reach
a condition and how long they take; without it these run, quickest first, until one fails. The
stories in which each call breaks come last, where all the others stayed green.
"""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from _pytest.runner import runtestprotocol

from tests.ablation import switch
from tests.ablation.conditions import PACKAGE, Condition, every_condition
from tests.ablation.loading import Finder
from tests.ablation.needless import EQUIVALENT
from tests.ablation.processes import AT_ONCE, side_by_side

LAST = "test_any_one_call_may_fail"
LONGEST = 60
"""Seconds a test may take beyond twenty times its usual ones; then it is red."""


@dataclass(frozen=True)
class Begun:
    """A test begins."""

    test: int


@dataclass(frozen=True)
class Ended:
    """A test has ended: how, after how long, and which conditions it reached."""

    test: int
    failure: str | None
    seconds: float
    reached: frozenset[str]


@dataclass
class Outcome:
    """What the tests said without a condition."""

    condition: Condition
    tests: list[int]
    seconds: float = 0.0
    at: int | None = None
    killer: int | None = None
    said: str = ""

    @property
    def excuse(self) -> str | None:
        """Return why this condition makes no difference, if that was proved."""
        return EQUIVALENT.get((self.condition.path, self.condition.text))

    @property
    def is_well(self) -> bool:
        """Return whether a test saw it, or none can and it is known why."""
        return (self.killer is None) == (self.excuse is not None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person look at one file only."""
    parser.addoption("--ablate", default="", help="only conditions in files that begin so")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Load the product with its switches, from now on."""
    assert PACKAGE.name not in sys.modules, "it was imported without its switches"
    sys.meta_path.insert(0, Finder())
    switch.install(pytest.MonkeyPatch())


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run everything; the session fails where a condition is not missed."""
    began, items = time.monotonic(), session.items
    only = session.config.getoption("--ablate")
    found = [condition for condition in every_condition() if condition.path.startswith(only)]
    runs = _with_everything(items)
    broken = [f"{items[run.test].nodeid}: {run.failure}" for run in runs if run.failure]
    if broken or not found:
        session.testsfailed = 1
        _say("", "Red with every condition in place, or there is none:", *broken)
        return True
    _say(
        "", f"{len(found)} conditions; {len(runs)} tests, in {time.monotonic() - began:.0f} s.", ""
    )
    wrong = []
    for outcome in _without_each(items, found, runs):
        _say(_row(items, outcome))
        if not outcome.is_well:
            wrong.append(outcome.condition)
    session.testsfailed = len(wrong)
    well, seconds = len(found) - len(wrong), time.monotonic() - began
    _say("", f"{well} of {len(found)} as they should be, in {seconds:.0f} s.")
    _say(*(f"NOT AS IT SHOULD BE: {condition}" for condition in sorted(wrong, key=str)))
    return True


def _with_everything(items: Sequence[pytest.Item]) -> list[Ended]:
    """Run all tests but the last ones, with nothing taken away."""
    usual = [at for at, item in enumerate(items) if not item.name.startswith(LAST)]
    works = [partial(_run, items, usual[at::AT_ONCE], None, {}) for at in range(AT_ONCE)]
    runs = [told for _, told in side_by_side(works) if isinstance(told, Ended)]
    assert {run.test for run in runs} == set(usual), "a process died"
    return runs


def _without_each(
    items: Sequence[pytest.Item], found: Sequence[Condition], runs: Sequence[Ended]
) -> Iterator[Outcome]:
    """Yield what the tests say without each condition, as soon as it is known."""
    usual = {run.test: run.seconds for run in runs}
    last = [at for at, item in enumerate(items) if item.name.startswith(LAST)]
    outcomes: dict[int, Outcome] = {}

    def begin(at: int) -> Iterator[Begun | Ended]:
        return _run(items, outcomes[at].tests, found[at].key, usual)

    for at, condition in enumerate(found):
        reaching = [run for run in runs if condition.key in run.reached]
        tests = [run.test for run in sorted(reaching, key=lambda run: run.seconds)]
        outcomes[at] = Outcome(condition, tests)
        if not outcomes[at].excuse:
            tests += last
    for at, told in side_by_side([partial(begin, at) for at in outcomes]):
        _note(outcomes[at], told)
        if told is None:
            yield outcomes[at]


def _note(outcome: Outcome, told: Begun | Ended | None) -> None:
    match told:
        case Begun(test):
            outcome.at = test
        case Ended(test, failure, seconds):
            outcome.at, outcome.seconds = None, outcome.seconds + seconds
            if failure:
                outcome.killer, outcome.said = test, failure
        case None:
            assert outcome.at is None, "a process died"


def _run(
    items: Sequence[pytest.Item], tests: Sequence[int], key: str | None, usual: dict[int, float]
) -> Iterator[Begun | Ended]:
    """Run tests in this process; with a condition taken away, until one fails."""
    switch.taken = key
    signal.signal(signal.SIGALRM, _too_long)
    for test in tests:
        yield Begun(test)
        switch.reached.clear()
        began = time.monotonic()
        signal.alarm(LONGEST + round(20 * usual.get(test, LONGEST)))
        reports = runtestprotocol(items[test], log=False, nextitem=None)
        signal.alarm(0)
        failure = next((_said(report) for report in reports if report.failed), None)
        seconds = time.monotonic() - began
        yield Ended(test, failure, seconds, frozenset(switch.reached))
        if failure and key:
            return


def _too_long(*_: object) -> None:
    raise TimeoutError("it does not end")


def _said(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines: list[str] = str(crash.message if crash else report.longrepr).splitlines()
    return lines[0] if lines else "failed"


def _row(items: Sequence[pytest.Item], outcome: Outcome) -> str:
    if outcome.killer is not None:
        verdict = f"{items[outcome.killer].nodeid}\n{'':10}{outcome.said}"
    else:
        verdict = outcome.excuse or f"NO TEST of {len(outcome.tests)}"
    return f"{outcome.seconds:6.1f} s  {outcome.condition}\n{'':10}{verdict}"


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.__stdout__, flush=True)  # this is a report
