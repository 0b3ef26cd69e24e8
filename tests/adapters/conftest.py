"""AWS adapters run against moto, built from the template; nothing leaves this machine.

`make races` has those about tables run against DynamoDB engines too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws import World, a_world, forbid_network
from tests.engines import RACED, Engine, Engines

MOTO = "moto"
ABOUT_TABLES = (
    "test_event_table",
    "test_import_events",
    "test_ledger",
    "test_links",
    "test_order_",
    "test_organiser_table",
    "test_outbox",
    "test_sdk_repeats",
    "test_ticket_table",
)
"""Modules whose tests run on the engines too, but for those marked `moto`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        name, on_moto = Path(str(metafunc.module.__file__)).stem, metafunc.definition
        raced = name.startswith(ABOUT_TABLES) and not on_moto.get_closest_marker(MOTO)
        metafunc.parametrize("engine", [MOTO, *(RACED if raced else [])], indirect=True)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_network(monkeypatch)


@pytest.fixture
def engine(request: pytest.FixtureRequest, engines: Engines) -> Engine | None:
    return None if request.param == MOTO else engines[request.param]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, engine: Engine | None) -> Iterator[World]:
    with a_world(monkeypatch, engine) as made:
        yield made
