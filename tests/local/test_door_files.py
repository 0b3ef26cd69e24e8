"""What a device keeps of the door's page: every file that may be loaded, in one build."""

import re
import shutil
from pathlib import Path

import pytest

from local import door_files
from local.site import SITE

LISTED = re.compile(r'^  "(/[^"]+)": "([0-9a-f]{16})",$', re.MULTILINE)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The site, to be changed."""
    return Path(shutil.copytree(SITE, tmp_path / "site"))


def build(site: Path) -> str:
    found = re.search(r'BUILD = "(\w+)"', door_files.worker(site))
    assert found
    return found[1]


def test_page_and_worker_are_up_to_date() -> None:
    assert (SITE / door_files.PAGE).read_text() == door_files.page()
    assert (SITE / door_files.WORKER).read_text() == door_files.worker()


def test_the_worker_lists_whatever_the_page_can_load() -> None:
    listed = {name for name, _ in LISTED.findall(door_files.worker())}
    scripts = {path for path in (SITE / "door").rglob("*.js") if path.name != "worker.js"}
    named = {f"/{path.relative_to(SITE).as_posix()}" for path in scripts}
    texts = "".join(path.read_text() for path in scripts) + (SITE / door_files.PAGE).read_text()

    assert named <= listed
    assert set(re.findall(r'"(/(?:door|assets)/[\w./-]+\.\w+)"', texts)) <= {
        *listed,
        "/door/worker.js",
    }
    assert {"/door/", "/door/fr.json", "/door/kept/zxing-wasm/reader/zxing_reader.wasm"} <= listed


def test_what_is_of_the_shop_alone_is_not_kept() -> None:
    """A deployment may replace shop.js: then no device could keep the page."""
    listed = {name for name, _ in LISTED.findall(door_files.worker())}

    assert "/assets/shop.js" not in listed
    assert not any(name.startswith("/api/") for name in listed)


@pytest.mark.parametrize(
    "name", ["door/judge.js", "assets/dom.js", "door/fr.json", "door/door.css"]
)
def test_a_change_of_any_file_is_another_build(name: str, site: Path) -> None:
    before = build(site)

    with (site / name).open("a") as file:
        file.write("\n")

    assert build(site) != before


def test_writing_twice_changes_nothing(site: Path) -> None:
    (site / door_files.PAGE).write_text(door_files.page(site))
    (site / door_files.WORKER).write_text(door_files.worker(site))

    assert (site / door_files.WORKER).read_text() == (SITE / door_files.WORKER).read_text()
    assert (site / door_files.PAGE).read_text() == (SITE / door_files.PAGE).read_text()
