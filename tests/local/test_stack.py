"""What the local stack keeps, what it says, and what a failure leaves of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local import __main__, aws, shop, stack
from local.places import STACK, LocalStackError, Ports, go_on_with

AT = Ports(aws=4570, sumup=8790, site=8090)


class Server:
    """Stands for a process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.command: list[str] = []
        self.environment: Mapping[str, str] = {}
        self.ended: list[str] = []

    def running(self) -> bool:
        return bool(self.command) and not self.ended

    def start(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.command, self.environment, self.ended = list(map(str, command)), environment, []

    def wait_for(self, port: int, seconds: float) -> None:
        pass

    def stop(self, *, at_once: bool = False) -> bool:
        was = self.running()
        self.ended.append("at once" if at_once else "in peace")
        return was


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Server]:
    """Stand-ins for the processes, and a folder for what they keep."""
    found = {name: Server(name) for name in ("aws", "sumup", "site")}
    names = {"AWS": "aws", "SUMUP": "sumup", "SITE": "site"}
    for constant, name in names.items():
        monkeypatch.setattr(stack, constant, found[name])
    monkeypatch.setattr(stack, "SERVERS", tuple(found.values()))
    for place in ("DATA", "SCRATCH", "PORTS", "FUNCTION_ENVIRONMENT"):
        monkeypatch.setattr(stack, place, tmp_path / place.lower())
    monkeypatch.setattr(aws, "SHELL_ENVIRONMENT", tmp_path / "env")
    monkeypatch.setattr(stack, "record", lambda _: None)
    monkeypatch.setattr(stack, "port_open", lambda _: False)
    monkeypatch.setattr(stack, "only_one", _unlocked)
    monkeypatch.setattr(stack, "_deploy", lambda *_: None)
    monkeypatch.setattr(stack, "_prepare", lambda _: None)
    return found


@contextmanager
def _unlocked() -> Iterator[int]:
    yield 0


def test_a_stack_keeps_its_data_if_it_is_told_to(
    servers: dict[str, Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.up(AT, keep=True)

    data = tmp_path / "data"
    assert servers["aws"].environment["STATE_DIR"] == str(data / "aws")
    assert servers["aws"].environment["S3_DATA_DIR"] == str(data / "s3")
    assert servers["sumup"].command[-2:] == ["--state", str(data / "sumup")]

    stack.down()

    assert {s.name: s.ended for s in servers.values()} == {name: ["in peace"] for name in servers}
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Stopped: aws, sumup, site",
        f"Its data is kept in {data}: `make up` goes on with it, `make clean` deletes it.",
    ]


def test_an_empty_stack_keeps_nothing_and_leaves_what_is_kept_alone(
    servers: dict[str, Server], capsys: pytest.CaptureFixture[str]
) -> None:
    stack.up(AT)

    assert "STATE_DIR" not in servers["aws"].environment
    assert "--state" not in servers["sumup"].command
    stack.down()
    assert capsys.readouterr().out.splitlines()[-1] == "It kept no data."


@pytest.mark.parametrize("before", [["aws/cloudformation.json", "s3/picture"], []])
def test_a_failure_keeps_what_was_kept_before(
    servers: dict[str, Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: list[str],
) -> None:
    """A server that is killed writes nothing: half a deployment must not be gone on with."""
    for name in before:
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True)
        file.touch()

    def fail(*_: object) -> None:
        raise LocalStackError("sam deploy failed")

    monkeypatch.setattr(stack, "_deploy", fail)

    with pytest.raises(LocalStackError):
        stack.up(AT, keep=True)
    left = [file for file in (tmp_path / "data").rglob("*") if file.is_file()]
    kept = [*before, "ports.json"] if before else []
    assert sorted(str(f.relative_to(tmp_path / "data")) for f in left) == sorted(kept)

    assert {s.name: s.ended for s in servers.values()} == {name: ["at once"] for name in servers}


def test_another_port_than_that_of_the_data_is_refused_before_anything_starts(
    servers: dict[str, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[Ports] = []
    monkeypatch.setattr(stack, "record", recorded.append)
    go_on_with(AT, tmp_path / "data" / "ports.json")
    (tmp_path / "data" / "aws").mkdir()
    (tmp_path / "data" / "aws" / "cloudformation.json").touch()

    with pytest.raises(LocalStackError, match="AWS_PORT=4570"):
        stack.up(replace(AT, aws=4571), keep=True)

    assert recorded == []
    assert not any(server.command for server in servers.values())


@pytest.mark.usefixtures("servers")
def test_nothing_to_stop_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack.down()

    assert capsys.readouterr().out == "Nothing was running.\n"


OUTPUTS = {"OrdersTable": "orders", "TicketsBucket": "tickets"}


@pytest.mark.usefixtures("servers")
def test_where_everything_is_and_how_a_shell_gets_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aws, "outputs", lambda _: OUTPUTS)
    stack.up(AT, keep=True)

    said = stack.describe(AT).splitlines()

    shown = {line.split("  ")[1]: line.rpartition("  ")[2] for line in said if "  " in line}
    assert shown["Shop"] == "http://127.0.0.1:8090"
    assert shown["Page of health"] == "http://127.0.0.1:8090/ops/"
    assert shown["SumUp simulator"] == "http://127.0.0.1:8790"
    assert said[-3].endswith(f"type `. {aws.SHELL_ENVIRONMENT}`.")
    assert f"sets TICKETING_STACK={STACK}" in said[-2]
    assert said[-1] == "`make down` stops everything and keeps the data, `make clean` deletes it."


@pytest.mark.usefixtures("servers")
def test_an_empty_stack_says_that_it_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aws, "outputs", lambda _: OUTPUTS)
    stack.up(AT)

    assert stack.describe(AT).splitlines()[-1] == "`make down` stops everything; nothing is kept."


@pytest.mark.parametrize(
    ("empty", "keep", "opened"), [("", True, ["open"]), ("1", False, [])], ids=["usual", "empty"]
)
def test_up_opens_the_sample_shop_unless_it_is_to_be_empty(
    empty: str,
    keep: bool,  # noqa: FBT001 - a case
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[Any] = []
    monkeypatch.setenv("EMPTY", empty)
    monkeypatch.setattr(__main__, "ports", lambda: AT)
    monkeypatch.setattr(stack, "up", lambda at, *, keep: done.append((at, keep)))
    monkeypatch.setattr(stack, "describe", lambda _: "The local stack is up.")

    def prepare(_: Ports) -> str:
        done.append("open")
        return "On sale at ..."

    monkeypatch.setattr(shop, "prepare", prepare)

    assert __main__.up(SimpleNamespace()) == 0  # type: ignore[arg-type]  # it has no arguments

    assert done == [(AT, keep), *opened]
    said = capsys.readouterr().out
    assert ("On sale at ..." in said) is bool(opened)
    assert ("make events" in said) is not bool(opened)
