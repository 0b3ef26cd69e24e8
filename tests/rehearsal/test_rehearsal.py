"""docs/rehearsal.md is executed as written, on a stack of its own (`make rehearsal`)."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from local import aws, stack
from local.places import ROOT, STACK, Ports, ports
from tests.rehearsal.walkthrough import PAGE, Block, Section, sections

pytestmark = pytest.mark.rehearsal
END = "end of the block"
RINGS_WITHIN, ENDS_WITHIN, EVERY = 240.0, 240.0, 1.0


class Terminal:
    """One shell, as a reader of the page has it open."""

    def __init__(self) -> None:
        environment = os.environ | {"BASH_ENV": "", "PS1": ""}
        self._shell = subprocess.Popen(
            ["/bin/bash", "-eu", "-o", "pipefail"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, block: Block) -> str:
        """Type a block; return what it printed, when it is over."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{block.commands}\necho; echo '{END}'\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        for line in self._shell.stdout:
            if line.strip() == END:
                return "".join(printed)
            printed.append(line)
        pytest.fail(f"line {block.line} of {PAGE.name} ended the shell:\n{''.join(printed)}")

    def close(self) -> None:
        """Leave."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        self._shell.wait(timeout=60)
        self._shell.stdout.close()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Open a shell, and let nothing run on afterwards."""
    opened = Terminal()
    try:
        yield opened
    finally:
        opened.close()
        if stack.is_up():
            stack.down()


def test_every_alarm_fires_on_its_failure_and_recovers(terminal: Terminal) -> None:
    assert not stack.is_up(), "a local stack is up; `make down` first"
    at = ports()
    begun = datetime.now(UTC)
    for section in sections(PAGE.read_text()):
        since = begun if len(section.blocks) == 1 else datetime.now(UTC).replace(microsecond=0)
        print(f"{datetime.now(UTC):%H:%M:%S}  {section.title or 'The beginning'}", flush=True)
        if section.alarms:
            _rehearse(terminal, section, since, at)
        else:
            for block in section.blocks:
                _do(terminal, block)


def _rehearse(terminal: Terminal, section: Section, since: datetime, at: Ports) -> None:
    *breaking, healing = section.blocks
    for block in breaking:
        _do(terminal, block)
    _until(lambda: not _silent(section, since, at), RINGS_WITHIN, "rang", section, at)
    _do(terminal, healing)
    _until(lambda: _states(section, at) <= {"OK"}, ENDS_WITHIN, "ended", section, at)


def _do(terminal: Terminal, block: Block) -> None:
    printed = terminal.type(block)
    missing = [line for line in block.expected if line not in printed]
    assert not missing, f"line {block.line} of {PAGE.name} printed:\n{printed}"


def _until(
    holds: Callable[[], bool], seconds: float, word: str, section: Section, at: Ports
) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        states = sorted(_states(section, at))
        assert time.monotonic() < deadline, f"{section.title} never {word}; now {states}"
        time.sleep(EVERY)
    print(f"{datetime.now(UTC):%H:%M:%S}    {word}", flush=True)


def _silent(section: Section, since: datetime, at: Ports) -> set[str]:
    """Return which of the section's alarms have not fired since then."""
    watch = aws.client("cloudwatch", at)
    rung = set()
    for alarm in section.alarms:
        told = watch.describe_alarm_history(
            AlarmName=f"{STACK}-watch-{alarm}", HistoryItemType="StateUpdate"
        )["AlarmHistoryItems"]
        if any(
            each["Timestamp"] >= since and "to ALARM" in each["HistorySummary"] for each in told
        ):
            rung.add(alarm)
    return set(section.alarms) - rung


def _states(section: Section, at: Ports) -> set[str]:
    names = [f"{STACK}-watch-{alarm}" for alarm in section.alarms]
    found = aws.client("cloudwatch", at).describe_alarms(AlarmNames=names)["MetricAlarms"]
    assert len(found) == len(names), names
    return {each["StateValue"] for each in found}
