"""Where the local stack keeps things, and on which ports it listens."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
BIN = ROOT / ".venv" / "bin"
AWS_PYTHON = ROOT / ".venv-aws" / "bin" / "python"
# For `sam local invoke --env-vars`.
FUNCTION_ENVIRONMENT = ROOT / "local" / "env.json"
PORTS = STATE / "ports.json"
DATA = STATE / "data"
"""What a stack that keeps its data goes on with: tables, files, secrets, SumUp's side."""
KEPT_PORTS = DATA / "ports.json"
LAST_PORT = 65535

STACK = "jersey-events-local"
REGION = "eu-west-2"
# The local AWS takes this key for the account's owner; functions get keys of their own role.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class LocalStackError(Exception):
    """Something a person at the terminal has to know; the message is shown as it is."""


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the local stack."""

    aws: int
    sumup: int
    site: int

    @property
    def aws_url(self) -> str:
        """Address of the local AWS."""
        return f"http://127.0.0.1:{self.aws}"

    @property
    def sumup_url(self) -> str:
        """Address of the SumUp simulator."""
        return f"http://127.0.0.1:{self.sumup}"

    @property
    def site_url(self) -> str:
        """Address of the shop: its pages and its API."""
        return f"http://127.0.0.1:{self.site}"


def ports(recorded: Path = PORTS, kept: Path = KEPT_PORTS) -> Ports:
    """Give AWS_PORT, SUMUP_PORT and SITE_PORT, else the running stack's, or else the usual ones.

    The usual ones are 4566, 8788 and 8080, or those of the stack whose data is kept.
    """
    found = (json.loads(p.read_text()) for p in (recorded, kept) if p.exists())
    known: dict[str, int] = next(found, {})
    return Ports(
        aws=_port("AWS_PORT", known.get("aws", 4566)),
        sumup=_port("SUMUP_PORT", known.get("sumup", 8788)),
        site=_port("SITE_PORT", known.get("site", 8080)),
    )


def go_on_with(at: Ports, kept: Path = KEPT_PORTS) -> None:
    """Record the ports of a stack that keeps its data; another port of AWS is refused.

    The addresses of queues are part of the data.
    """
    before = json.loads(kept.read_text())["aws"] if kept.exists() else at.aws
    if before != at.aws:
        raise LocalStackError(
            f"the data in {kept.parent} is of a stack with AWS_PORT={before}: use that, or delete "
            "the data with `make clean`, or leave it alone with an empty stack: make up EMPTY=1"
        )
    record(at, kept)


def record(at: Ports, recorded: Path = PORTS) -> None:
    """Let later commands find the stack without repeating its ports."""
    recorded.parent.mkdir(parents=True, exist_ok=True)
    recorded.write_text(json.dumps(asdict(at)))


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise LocalStackError(f"{variable} is {text!r}; it must be a port number, 1 to {LAST_PORT}")
    return int(text)


def runtime() -> str:
    """Name this Python as a Lambda runtime; the local AWS runs functions with the same one."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def aws_environment(at: Ports) -> dict[str, str]:
    """Settings that make any AWS SDK or tool talk to the local AWS."""
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": at.aws_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
