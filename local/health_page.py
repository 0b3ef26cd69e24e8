"""The page of health of the local stack, as the operators' own command writes it."""

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.places import STACK, Ports, aws_environment

NEW_AFTER = 5.0
"""Seconds for which a page is shown again."""
TIMEOUT_SECONDS = 60.0


class HealthPage:
    """Makes the page anew when it is asked for, but not every time."""

    def __init__(self, at: Ports) -> None:
        self._at = at
        self._page = b""
        self._made_at = float("-inf")
        self._lock = threading.Lock()

    def content(self) -> tuple[int, str, bytes]:
        """Return status, content type and body: the page, or what the command says instead."""
        with self._lock:
            if time.monotonic() - self._made_at >= NEW_AFTER:
                if said := self._make():
                    return http.client.SERVICE_UNAVAILABLE, "text/plain", said.encode()
                self._made_at = time.monotonic()
            return http.client.OK, "text/html", self._page

    def _make(self) -> str:
        """Have the page made; return what was said if there is none."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "health.html"
            command = [sys.executable, "-m", "ticketing", "report", "--html", str(file)]
            said = _said_by(
                [*command, "--stack", STACK], {**os.environ, **aws_environment(self._at)}
            )
            if not file.exists():
                return said or "There is no page."
            self._page = file.read_bytes()
        return ""


def _said_by(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command and return what it says of its failure."""
    try:
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"The report took more than {TIMEOUT_SECONDS:.0f} seconds."
    return done.stderr.decode(errors="replace").strip()
