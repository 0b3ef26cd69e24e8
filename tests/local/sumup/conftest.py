"""One simulator for all tests in this folder, emptied before each of them."""

from collections.abc import Iterator

import pytest

from local.sumup.app import Options
from local.sumup.control import Simulator
from local.sumup.embedded import running
from tests.local.sumup.caller import WEBHOOK_SCALE, Caller

MERCHANT = "MGB00001"


@pytest.fixture(scope="session")
def started() -> Iterator[Simulator]:
    """The process-wide simulator; its webhook waits are almost none."""
    with running(Options(time_scale=WEBHOOK_SCALE)) as simulator:
        yield simulator


@pytest.fixture
def simulator(started: Simulator) -> Simulator:
    """An empty simulator."""
    started.reset()
    return started


@pytest.fixture
def shop(simulator: Simulator) -> Iterator[Caller]:
    """Someone with a token of a sandbox merchant who is paid in pounds."""
    tokens = simulator.create_merchant(
        MERCHANT, name="Village Hall", currency="GBP", country="GB", sandbox=True
    )
    with Caller(simulator.base_url, tokens) as caller:
        yield caller


@pytest.fixture
def stranger(simulator: Simulator) -> Iterator[Caller]:
    """Someone with a token of another merchant."""
    tokens = simulator.create_merchant("MDE00002", name="Somebody else", currency="EUR")
    with Caller(simulator.base_url, tokens) as caller:
        yield caller
