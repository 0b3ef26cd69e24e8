"""sam build and sam deploy, with the parameters of samconfig.toml and of this machine."""

import os
import shlex
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.layers import finish_layers
from local.places import BIN, ROOT, LocalStackError, Ports, runtime

SAMCONFIG = ROOT / "samconfig.toml"
ONLY_HERE = "python3.11"
"""May run on the local AWS only: a rule of the template says so, and why."""


def parameters(stage: str, extra: Mapping[str, str], samconfig: Path = SAMCONFIG) -> dict[str, str]:
    """Merge a stage's parameter_overrides with `extra`, which wins.

    sam itself takes either the file's or the command line's, never both.
    """
    stages = tomllib.loads(samconfig.read_text())
    if stage not in stages or "deploy" not in stages[stage]:
        raise LocalStackError(f"samconfig.toml has no environment {stage!r} to deploy")
    written = stages[stage]["deploy"]["parameters"]["parameter_overrides"]
    pairs = (entry.split("=", 1) for entry in written)
    return {key: _unquoted(value) for key, value in pairs} | dict(extra)


def local_parameters(at: Ports) -> dict[str, str]:
    """Parameters that depend on this machine: its Python, the ports in use, and PAYMENT_FORM."""
    return {
        "PythonRuntime": runtime(),
        "EndpointUrl": at.aws_url,
        "SumUpBaseUrl": at.sumup_url,
        "SumUpGatewayUrl": at.sumup_url,
        "PublicUrl": at.site_url,
        "PaymentForm": os.environ.get("PAYMENT_FORM") or "hosted",
    }


def build_command(stage: str) -> list[str]:
    """Give the `sam build` of a stage, for the Python that runs this."""
    command = ["sam", "build", "--config-env", stage]
    return [*command, "--parameter-overrides", f"PythonRuntime={runtime()}"]


def deploy_command(stage: str, extra: Mapping[str, str]) -> list[str]:
    """Give the `sam deploy` of a stage."""
    chosen = [f"{key}={_quoted(key, value)}" for key, value in parameters(stage, extra).items()]
    return ["sam", "deploy", "--config-env", stage, "--parameter-overrides", *chosen]


def _quoted(key: str, value: str) -> str:
    """Write a value so that sam does not end it at a space, as in `rate(5 minutes)`, or a quote."""
    if "\\" in value:
        raise LocalStackError(f"{key} is {value}, and sam loses backslashes")
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(value: str) -> str:
    """Read a value of samconfig.toml that is quoted once more for `sam deploy` itself."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    return value


def environment() -> dict[str, str]:
    """Give the caller's environment, with our own sam and Python found first."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}


def build(stage: str = "local") -> None:
    """Build at the terminal, and finish the layers."""
    at_terminal(build_command(stage))
    print(finish_layers())


def deploy(stage: str) -> None:
    """Build and deploy to AWS at the terminal, where sam may ask before it changes anything."""
    if stage == "local":
        raise LocalStackError("the local stack is deployed by `make up`")
    if runtime() == ONLY_HERE:
        raise LocalStackError(
            "on AWS the functions need Python 3.12 or newer, and .venv has 3.11: "
            "make clean, then make setup PYTHON=python3.13"
        )
    build(stage)
    at_terminal(deploy_command(stage, {"PythonRuntime": runtime()}))


def at_terminal(command: Sequence[str]) -> None:
    """Run a command that may ask; `LocalStackError` if it fails."""
    print(f"$ {shlex.join(command)}", flush=True)
    code = subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode
    if code:
        raise LocalStackError(f"{' '.join(command[:2])} failed (exit code {code})")
