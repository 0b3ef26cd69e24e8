"""Start, watch and end processes, so that none is left behind or mistaken for ours.

A server holds a lock on its pid file for as long as it lives. So the lock shows
whether it runs and whether the pid in the file is still its own; the number proves nothing.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from local.places import ROOT, STATE, LocalStackError

TAIL_LINES = 30
STOP_SECONDS = 8.0
POLL_SECONDS = 0.05
# The shell writes its pid and becomes the server: no moment in which the server has no pid on file.
RECORD_PID = 'echo $$ > "$0" && exec "$@"'


class Server:
    """A background process of the local stack, known by its name."""

    def __init__(self, name: str, state: Path = STATE, stop_seconds: float = STOP_SECONDS) -> None:
        """Give it `stop_seconds` to end in peace."""
        self.name = name
        self._stop_seconds = stop_seconds
        self.log = state / f"{name}.log"
        self._pid_file = state / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None  # when this very process started it

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start it in a process group of its own; its children die with it."""
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self._pid_file.open("a+") as held, self.log.open("wb") as log:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.truncate(0)
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", RECORD_PID, str(self._pid_file), *map(str, command)],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[held.fileno()],
                start_new_session=True,
            )

    def running(self) -> bool:
        """Return whether the process runs, which the lock on its pid file shows."""
        try:
            with self._pid_file.open("a+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def stop(self, *, at_once: bool = False) -> bool:
        """End it and all its children; return whether there was anything to end.

        What is ended `at_once` writes down nothing more.
        """
        if not self.running():
            self._collect()
            return False
        pid = self.pid
        for signum in (signal.SIGKILL,) if at_once else (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signum)
            if self._ended_within(self._stop_seconds):
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # children that outlived it
        self._collect()
        return True

    def wait_for(self, port: int, seconds: float) -> None:
        """Wait until it answers on the port; raises with the end of its log when it does not."""
        deadline = time.monotonic() + seconds
        while not port_open(port):
            if not self.running() or time.monotonic() > deadline:
                raise LocalStackError(f"{self.name} did not start:\n{tail(self.log)}")
            time.sleep(POLL_SECONDS)

    def _collect(self) -> None:
        if self._process:
            self._process.wait()

    @property
    def pid(self) -> int:
        """Return its process, while it runs. The lock is taken a moment before that is written."""
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            text = self._pid_file.read_text().strip()
            if text.isdecimal():
                return int(text)
            time.sleep(POLL_SECONDS)
        raise LocalStackError(f"{self._pid_file} is locked but names no process")

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def port_open(port: int) -> bool:
    """Return whether something listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log, indented."""
    with path.open(errors="replace") as log:
        return "".join(f"    {line}" for line in deque(log, lines))


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print one progress line: the title, and the seconds it took."""
    print(f"  {title} ...", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def run_step(
    title: str,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    log: Path,
    keep_open: Sequence[int] = (),
) -> None:
    """Run a command to its end with a progress line; raises with the tail of its log if it fails.

    Whatever interrupts the wait ends the command and its children first.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with step(title), log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=keep_open,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if code:
            raise LocalStackError(f"{title} failed (exit code {code}), see {log}:\n{tail(log)}")


@contextlib.contextmanager
def only_one(state: Path = STATE) -> Iterator[int]:
    """Let one command at a time change the stack; gives a descriptor that steps keep open.

    A step that outlives a killed command still holds the lock, so that the next one waits for it.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  waiting for another command on this stack to end ...", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield held.fileno()
