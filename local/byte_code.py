"""Byte code for the layers, compiled when they are built.

Lambda cannot write beside a layer's modules, so without it each cold start compiles them again. It
is never checked against its source (PEP 552, unchecked hashes): the two are uploaded together.
"""

import os
import subprocess
import sys
from pathlib import Path

from local.places import ROOT, LocalStackError

BUILD = ROOT / ".aws-sam" / "build"
LAYERS = ("DependenciesLayer", "SharedLayer")
ON_LAMBDA = "/opt"
LARGEST = 250 * 1024 * 1024
"""Bytes that a function and its layers may have together on Lambda, unpacked."""


def compile_layers(build: Path = BUILD) -> str:
    """Compile the layers in `build` with this Python, which `sam build` has built them for.

    Return their size, for a person. `LocalStackError` says which module has no valid syntax, or
    that the layers are too large for Lambda.
    """
    for layer in LAYERS:
        _compile(build / layer)
    files = (path for layer in LAYERS for path in (build / layer).rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files)
    if size > LARGEST:
        raise LocalStackError(f"the layers have {_megabytes(size)}; {_megabytes(LARGEST)} may be")
    return f"layers compiled, {_megabytes(size)} of {_megabytes(LARGEST)}"


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
