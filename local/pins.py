"""Exact versions: `python -m local.pins` writes them, `--check` compares them."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.places import ROOT

DEPLOYED = "layers/dependencies/requirements.txt"
TESTED = "tests/requirements.txt"
LOCAL_AWS = "local/requirements.txt"
MUTATED = "tests/mutation/requirements.txt"
SCANNED = "tests/scan/requirements.txt"
COMPARED = "benchmarks/requirements.txt"
# The tools are resolved first because they leave less room; what is deployed then follows them,
# so that tests run on the very versions that are deployed.
RESOLUTIONS = {
    TESTED: [
        "pyproject.toml",
        "--extra",
        "operators",
        "--group",
        "dev",
        "--annotation-style",
        "line",
    ],
    DEPLOYED: ["pyproject.toml", "--constraints", TESTED, "--no-annotate"],
    LOCAL_AWS: ["--group", "local", "--annotation-style", "line"],
    MUTATED: ["--group", "mutation", "--constraints", DEPLOYED, "--annotation-style", "line"],
    SCANNED: ["--group", "scan", "--annotation-style", "line"],
    COMPARED: ["--group", "bench", "--annotation-style", "line"],
}
COMPILE = [
    sys.executable,
    "-m",
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version",
    "3.11",
    "--custom-compile-command",
    "make pins",
]


def compile_pins(folder: Path, *options: str) -> None:
    """Resolve pyproject.toml in `folder` into these files, preferring versions already there.

    Raises `subprocess.CalledProcessError`, with uv's message, when there is no package index.
    """
    for target, sources in RESOLUTIONS.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        command = [*COMPILE, *options, *sources, "--output-file", target]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def outdated() -> list[str]:
    """Names the files that pyproject.toml has moved away from."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in ("pyproject.toml", *RESOLUTIONS):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
        compile_pins(folder)
        return [p for p in RESOLUTIONS if (folder / p).read_text() != (ROOT / p).read_text()]


def main() -> int:
    """Write or check; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    if not parser.parse_args().check:
        compile_pins(ROOT, "--upgrade")
        return 0
    try:
        stale = outdated()
    except subprocess.CalledProcessError as failed:
        # Without an index to resolve with, a check on an aeroplane should not fail.
        print(f"pins not checked: {failed.stderr.strip().splitlines()[-1]}")
        return 0
    for path in stale:
        print(f"{path} is out of date: run `make pins`")
    if not stale:
        print("pins are current")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
