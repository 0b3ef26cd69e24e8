"""AWS adapters run against moto, built from the template; nothing leaves this machine."""

from collections.abc import Iterator

import pytest

from tests.aws import World, a_world, forbid_network


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_network(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with a_world(monkeypatch) as made:
        yield made
