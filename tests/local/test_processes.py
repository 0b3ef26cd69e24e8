"""Servers of the local stack are started once, identified by a lock, and stopped with children."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.places import LocalStackError
from local.processes import Server, only_one, run_step, tail

PARENT_AND_CHILD = ["sh", "-c", "sleep 60 & echo $!; wait"]
DEAF = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server("sample", tmp_path)
    yield found
    found.stop()


def alive(pid: int) -> bool:
    """Return whether a process is running; a zombie is not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def first_line(server: Server) -> str:
    """Wait for the first line of its log."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if server.log.exists() and "\n" in server.log.read_text():
            return server.log.read_text().splitlines()[0]
        time.sleep(0.02)
    raise AssertionError("it said nothing")


def test_a_server_that_was_never_started_is_not_running(server: Server) -> None:
    assert not server.running()
    assert not server.stop()


def test_a_server_is_stopped_with_its_children(server: Server) -> None:
    server.start(PARENT_AND_CHILD, os.environ)
    child = int(first_line(server))
    assert server.running()
    assert alive(child)

    assert server.stop()

    assert not server.running()
    assert not alive(child)


def test_a_server_that_ignores_the_first_signal_is_killed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.processes.STOP_SECONDS", 0.2)
    server.start(DEAF, os.environ)
    first_line(server)

    assert server.stop()

    assert not server.running()


def test_another_command_detects_a_running_server(server: Server, tmp_path: Path) -> None:
    server.start(PARENT_AND_CHILD, os.environ)

    assert Server("sample", tmp_path).running()
    with pytest.raises(BlockingIOError):
        Server("sample", tmp_path).start(PARENT_AND_CHILD, os.environ)


def test_a_pid_file_is_not_trusted_without_its_lock(server: Server, tmp_path: Path) -> None:
    """After a reboot the PID may belong to an unrelated process."""
    (tmp_path / "sample.pid").write_text(f"{os.getpid()}\n")

    assert not server.running()
    assert not server.stop()


def test_a_server_that_exits_at_once_is_reported_with_its_log(server: Server) -> None:
    server.start([sys.executable, "-c", "print('no such option'); raise SystemExit(2)"], os.environ)

    with pytest.raises(LocalStackError, match="no such option"):
        server.wait_for(1, seconds=10)


def test_a_failed_step_shows_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "step.log"

    with pytest.raises(LocalStackError, match=r"exit code 3(?s:.)*out of eggs"):
        run_step("bake", ["sh", "-c", "echo out of eggs; exit 3"], os.environ, log)

    assert capsys.readouterr().out == "  bake ... failed\n"


def test_an_interrupted_step_is_stopped(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    command = ["sh", "-c", f"echo $$ > {pid_file}; sleep 60"]
    try:
        with pytest.raises(KeyboardInterrupt):
            run_step("sleep", command, os.environ, tmp_path / "step.log")
    finally:
        signal.signal(signal.SIGALRM, previous)

    assert not alive(int(pid_file.read_text()))


def test_the_tail_of_a_log_consists_of_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("".join(f"{n}\n" for n in range(100)))

    assert tail(log, 2) == "    98\n    99\n"


def test_a_step_that_outlives_its_command_keeps_the_stack_locked(tmp_path: Path) -> None:
    """A command killed halfway leaves sam running; the next one must wait for it."""
    with only_one(tmp_path) as first:
        os.set_inheritable(first, True)  # noqa: FBT003 - its only argument
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", "sleep 0.5"], os.environ)
        began = time.monotonic()

    with only_one(tmp_path):
        waited = time.monotonic() - began

    os.waitpid(pid, 0)
    assert waited > 0.3
