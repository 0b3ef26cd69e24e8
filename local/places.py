"""Where the local stack keeps things, and on which ports it listens."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
AWS_PYTHON = ROOT / ".venv-aws" / "bin" / "python"
# For `sam local invoke --env-vars`.
FUNCTION_ENVIRONMENT = ROOT / "local" / "env.json"
PORTS = STATE / "ports.json"
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


def ports(recorded: Path = PORTS) -> Ports:
    """Give AWS_PORT, SUMUP_PORT and SITE_PORT, else the running stack's, else the usual ones."""
    running = json.loads(recorded.read_text()) if recorded.exists() else {}
    return Ports(
        aws=_port("AWS_PORT", running.get("aws", 4566)),
        sumup=_port("SUMUP_PORT", running.get("sumup", 8788)),
        site=_port("SITE_PORT", running.get("site", 8080)),
    )


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
