"""What every test relies on: no network beyond this machine, no metrics left over, quiet tools."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.engines import Engines

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "ticketing",
    "POWERTOOLS_METRICS_NAMESPACE": "ticketing",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)  # before the logger and the metrics are imported

# A slow machine is no failure. CI makes up the same examples in every run, so that a commit that
# passed once passes again; elsewhere they vary, and those that failed are kept in .hypothesis/.
settings.register_profile("ticketing", deadline=None)
settings.register_profile("ticketing-ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ticketing-ci" if os.environ.get("CI") else "ticketing")


class NetworkUsed(RuntimeError):
    """Raised where a test would have talked to another machine."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401  # xdist's
    """Divide tests by their engine where `make races` asks for `loadscope`."""
    if config.getvalue("dist") != "loadscope":
        return None
    from tests.support.engine_schedule import ByEngine  # noqa: PLC0415  # not everywhere installed

    return ByEngine(config, log)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Let sockets connect to this machine and to nothing else."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401  # as in `socket`
        if self.family != socket.AF_UNIX and not _is_local(address[0]):
            raise NetworkUsed(f"a test tried to connect to {address!r}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_metrics_left_over() -> None:
    """Start from no metrics: the hundredth would be written out in the middle of a test."""
    from ticketing.observability import metrics  # noqa: PLC0415  # needs the environment above

    metrics.clear_metrics()


@pytest.fixture(scope="session")
def engines() -> Iterator["Engines"]:
    """Start DynamoDB engines as they are asked for, and end them with the session."""
    from tests.support.engines import Engines  # noqa: PLC0415  # as above

    found = Engines()
    yield found
    found.stop()
