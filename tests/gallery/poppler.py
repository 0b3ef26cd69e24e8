"""PDFs as pictures, by poppler: another program than the one the tests read them with."""

import shutil
import subprocess
from pathlib import Path

DPI = 150
SECONDS = 120


def is_there() -> bool:
    """Return whether poppler is installed."""
    return shutil.which("pdftoppm") is not None


def pictures(pdf: Path, folder: Path) -> list[Path]:
    """Draw every page as a PNG in a new folder; return them in order."""
    folder.mkdir(parents=True)
    command = ["pdftoppm", "-r", str(DPI), "-png", str(pdf), str(folder / "page")]
    subprocess.run(command, check=True, timeout=SECONDS)
    return sorted(folder.glob("*.png"))
