"""Tables run against moto, built from the template; nothing leaves this machine.

`make races` has those about tables run against DynamoDB engines too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.aws import World, a_world, forbid_network
from tests.support.engines import RACED, Engine, Engines

HERE = Path(__file__).parent
MOTO = "moto"
ON_MOTO_ALONE = (
    "test_console_page",
    "test_models",
    "test_moto",
    "test_payments",
    "test_token_rotation",
)
"""Modules whose tests need no engine of their own; of the others, those marked `moto` do not."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        module, on_moto = Path(str(metafunc.module.__file__)), metafunc.definition
        raced = module.parent == HERE and module.stem not in ON_MOTO_ALONE
        raced = raced and not on_moto.get_closest_marker(MOTO)
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
