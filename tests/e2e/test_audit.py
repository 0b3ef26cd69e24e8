"""The audit of the deployed stack, permissions enforced: nine buyers break no rule."""

import os
import subprocess
import sys

import pytest

from local.places import STACK, Ports, aws_environment
from tests.e2e.conftest import Cycle
from ticketing.cli import OK

pytestmark = pytest.mark.e2e


def test_an_audit_after_a_cycle_finds_nothing(at: Ports, cycle: Cycle) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ticketing", "audit", "--stack", STACK],
        env={**os.environ, **aws_environment(at)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == OK, done.stdout + done.stderr
    assert "Broken rules: 0" in done.stdout
    assert cycle.buyers
