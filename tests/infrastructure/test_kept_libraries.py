"""The libraries that the door's page brings along are exactly those that were published."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local.site import SITE

KEPT = SITE / "door" / "kept"
VERSIONS: dict[str, dict[str, Any]] = json.loads((KEPT / "versions.json").read_text())


def files_of(library: str) -> set[str]:
    folder = KEPT / library
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_library_is_listed() -> None:
    assert {path.name for path in KEPT.iterdir() if path.is_dir()} == set(VERSIONS)


@pytest.mark.parametrize("library", VERSIONS)
def test_a_library_is_as_it_was_published(library: str) -> None:
    listed = VERSIONS[library]["sha256"]

    assert files_of(library) == set(listed)
    for name, digest in listed.items():
        content = (KEPT / library / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, Path(library, name)


@pytest.mark.parametrize("library", VERSIONS)
def test_a_library_has_its_version_its_source_and_its_licence(library: str) -> None:
    facts = VERSIONS[library]

    assert facts["source"].endswith(f"-{facts['version']}.tgz")
    assert facts["licence"]
    assert "LICENSE.txt" in files_of(library)
