"""The command: starts on the loopback address, takes its secret from the environment, stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local.sumup.control import Simulator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.sumup", "--port", "0", "--client-id", "app"]
    environment = os.environ | {"SUMUP_SIM_CLIENT_SECRET": "from-the-environment"}
    with subprocess.Popen(  # noqa: S603 - a fixed command
        [*command, "--access-token-seconds", "60"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_serves_and_stops_cleanly(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert process.stdout
    address = process.stdout.readline().split()[-1]
    simulator = wait_for(Simulator(address))
    issued = simulator.create_merchant("M1")
    form = {"grant_type": "refresh_token", "refresh_token": issued.refresh_token}
    client = {"client_id": "app", "client_secret": "from-the-environment"}
    refreshed = requests.post(f"{address}/token", data=form | client, timeout=10)

    process.send_signal(number)
    _, errors = process.communicate(timeout=10)

    assert address.startswith("http://127.0.0.1:")
    assert (refreshed.status_code, refreshed.json()["expires_in"]) == (200, 60)
    assert (process.returncode, errors) == (0, "")


def wait_for(simulator: Simulator) -> Simulator:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            simulator.health()
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return simulator
    raise AssertionError("it did not start")
