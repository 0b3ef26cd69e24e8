"""The data of a local stack that goes on with it: where it is, and since when it is in use.

ministack and the simulator write it down when they are stopped, and read it when they start.
"""

from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

from local.places import Ports, go_on_with


def begin(at: Ports, data: Path) -> None:
    """Go on with the data; raises `LocalStackError` if it is of a stack on another port."""
    go_on_with(at, data / "ports.json")
    _mark(data).touch()


def is_in_use(data: Path) -> bool:
    """Return whether the stack that runs keeps its data."""
    return _mark(data).exists()


def end(data: Path) -> None:
    """Note that the stack was stopped."""
    _mark(data).unlink(missing_ok=True)


def leave_as_before(data: Path) -> None:
    """Undo what a start that failed did; what was never stopped in peace has no data yet."""
    end(data)
    if not (data / "aws" / "cloudformation.json").exists():
        rmtree(data, ignore_errors=True)


def of_aws(data: Path) -> Mapping[str, str]:
    """Return the settings with which ministack keeps what it has."""
    return {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "aws"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
    }


def of_sumup(data: Path) -> Path:
    """Return the file in which the simulator keeps what it knows."""
    return data / "sumup"


def _mark(data: Path) -> Path:
    return data / "in-use"
