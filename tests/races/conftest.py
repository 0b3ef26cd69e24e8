"""A shop in one process whose tables are those of a real engine, so that many may come at once.

S3, SQS, SES, KMS and the secrets are moto's, one call at a time; SumUp is the simulator. Time
passes as it does, only that it is a morning in June.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine

from local.sumup.app import Options
from local.sumup.embedded import running
from tests.faults.deployment import MERCHANT, MORNING, open_the_shop
from tests.races.shop import RaceShop
from tests.support.aws import SUMUP_APPLICATION, World, a_world, forbid_network
from tests.support.engines import RACED, Engine, Engines
from ticketing.observability import metrics

SLEEP = time.sleep
CAPACITY = 150


@pytest.fixture(params=RACED)
def engine(request: pytest.FixtureRequest, engines: Engines) -> Engine:
    return engines[request.param]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Iterator[World]:
    forbid_network(monkeypatch)
    with time_machine.travel(MORNING, tick=True), a_world(monkeypatch, engine) as made:
        monkeypatch.setattr(time, "sleep", SLEEP)
        made.fill_in_the_application()
        made.verify_sender()
        yield made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What our code counts. A function has one thread, so Powertools' metrics know of one only."""
    found, lock = Counter[str](), threading.Lock()

    def add_metric(name: str, unit: object, value: float) -> None:
        del unit
        with lock:
            found[name] += int(value)

    monkeypatch.setattr(metrics, "add_metric", add_metric)
    return found


@pytest.fixture
def shop(
    monkeypatch: pytest.MonkeyPatch, world: World, counted: Counter[str]
) -> Iterator[RaceShop]:
    """A shop that sells one event of one organiser, whose refresh tokens work once each."""
    client_id, client_secret = SUMUP_APPLICATION.values()
    with running(Options(client_id=client_id, client_secret=client_secret)) as sumup:
        sumup.switch_webhooks(enabled=False)
        merchant = sumup.create_merchant(
            MERCHANT,
            name="Jersey Live Ltd",
            currency="GBP",
            country="GB",
            sandbox=False,
            rotation="strict",
        )
        open_the_shop(world, merchant, CAPACITY)
        monkeypatch.setenv("SUMUP_BASE_URL", sumup.base_url)
        monkeypatch.setenv("STAGE", "local")
        world.wire.forget()
        yield RaceShop(world, sumup, counted)
