"""What layers need after `sam build`: byte code, and no descriptions of services unused.

Lambda cannot write beside a layer's modules, so without byte code each cold start compiles them
again. It is never checked against its source (PEP 552, unchecked hashes): the two are uploaded
together.

botocore describes four hundred services of AWS. To make a client, it looks into the folder of each,
and reads the addresses of all of them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local.places import ROOT, LocalStackError

BUILD = ROOT / ".aws-sam" / "build"
LAYERS = ("DependenciesLayer", "SharedLayer")
ON_LAMBDA = "/opt"
USED = ("dynamodb", "kms", "lambda", "s3", "secretsmanager", "sesv2", "sqs")
"""Services that functions have clients of."""
ADDRESSED = {*USED, "email"}
"""Their names in addresses: SES version 2 is `email`."""
LARGEST = 250 * 1024 * 1024
"""Bytes that a function and its layers may have together on Lambda, unpacked."""


def finish_layers(build: Path = BUILD) -> str:
    """Finish the layers in `build` with this Python, which `sam build` has built them for.

    Return their size, for a person. `LocalStackError` says which module has no valid syntax, or
    that the layers are too large for Lambda.
    """
    keep_used_services(build / "DependenciesLayer" / "python" / "botocore" / "data")
    for layer in LAYERS:
        _compile(build / layer)
    files = (path for layer in LAYERS for path in (build / layer).rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files)
    if size > LARGEST:
        raise LocalStackError(f"the layers have {_megabytes(size)}; {_megabytes(LARGEST)} may be")
    return f"layers finished, {_megabytes(size)} of {_megabytes(LARGEST)}"


def keep_used_services(data: Path) -> None:
    """Remove the services that functions do not use from botocore's data, and their addresses."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in USED:
            shutil.rmtree(folder)
    path = data / "endpoints.json"
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in ADDRESSED}
    path.write_text(json.dumps(endpoints))


def _compile(layer: Path) -> None:
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # The folder's name on Lambda, and one order of sets: the same layer is the same bytes again,
    # which CloudFormation leaves alone.
    command += ["-s", str(layer), "-p", ON_LAMBDA, str(layer / "python")]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LocalStackError(f"{layer.name} was not compiled:\n{done.stdout}{done.stderr}")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"
