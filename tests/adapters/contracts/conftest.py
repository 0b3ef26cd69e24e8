"""Each test runs on the fakes, on moto, and with `-m races` on the DynamoDB engines.

What a test leaves on the fakes and on the tables must be the same, row by row.
"""

from collections.abc import Iterator

import pytest

from tests.adapters.contracts.shops import FakeShop, Rows, Shop, StoredShop
from tests.support.aws import a_world, forbid_network
from tests.support.engines import RACED, Engines

FAKE, MOTO = "fake", "moto"
LEFT_BY_FAKE: dict[object, Rows] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shop" in metafunc.fixturenames:
        metafunc.parametrize("shop", [FAKE, MOTO, *RACED], indirect=True)


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, engines: Engines
) -> Iterator[Shop]:
    indices = request.node.callspec.indices
    others = tuple((name, index) for name, index in sorted(indices.items()) if name != "shop")
    test = (request.node.path.name, request.node.originalname, others)
    if request.param == FAKE:
        fake = FakeShop()
        yield fake
        LEFT_BY_FAKE[test] = fake.rows()
        return
    forbid_network(monkeypatch)
    engine = None if request.param == MOTO else engines[request.param]
    with a_world(monkeypatch, engine):
        tables = StoredShop()
        yield tables
        left = tables.rows()
    # When tests are distributed, the fake may have run in another process.
    assert left == LEFT_BY_FAKE.get(test, left), "fake and tables differ after the same test"
