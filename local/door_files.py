"""What the door's page consists of: `python -m local.door_files` writes, `--check` compares.

`site/door/worker.js` keeps the page on the device. It needs the name and a fingerprint of each
file, so that it keeps files of one build only; browsers notice a new build by the worker's own
text. The head of `site/door/index.html` names the modules, so that a browser fetches them all at
once.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

from local.site import SITE, files

DOOR = "door"
WORKER = "door/worker.js"
PAGE = "door/index.html"
FIRST = ("door/start.js", "door/door.js", "door/pair-page.js")
"""What the first visit needs, from the web; by the second one everything is on the device."""
SHARED = ("assets/favicon.svg", "assets/style.css", "assets/touch-icon.png")
FINGERPRINT = 16
"""Hexadecimal digits."""
NOT_LOADED = re.compile(r"kept/versions\.json$|/LICENSE[\w.-]*$")
IMPORT = re.compile(r'^import (?:[^;"]*? from )?"(\.[^"]+)"', re.MULTILINE)


def modules(site: Path = SITE) -> list[str]:
    """Name the modules that the page loads before a device is paired."""
    found: set[str] = set()
    waiting = list(FIRST)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            here = (site / name).parent
            imported = IMPORT.findall((site / name).read_text())
            waiting += [
                (here / other).resolve().relative_to(site.resolve()).as_posix()
                for other in imported
            ]
    return sorted(found)


def kept(site: Path = SITE) -> list[str]:
    """Name the files that a device keeps: all that the page may load."""
    own = [name for name in files(site) if name.startswith(f"{DOOR}/") and name != WORKER]
    return sorted({*own, *modules(site), *SHARED} - {n for n in own if NOT_LOADED.search(n)})


def page(site: Path = SITE) -> str:
    """Return the page with the modules in its head."""
    links = [f'  <link rel="modulepreload" href="/{name}">' for name in modules(site)]
    return _between("<!-- modules -->", "<!-- end of modules -->", links, site / PAGE, "  ")


def worker(site: Path = SITE) -> str:
    """Return the worker with all files in it; the page must be written before."""
    prints = {_address(name): _fingerprint((site / name).read_bytes()) for name in kept(site)}
    build = _fingerprint(json.dumps(prints).encode())
    lines = [f'  "{name}": "{fingerprint}",' for name, fingerprint in prints.items()]
    written = [f'const BUILD = "{build}";', "const FILES = {", *lines, "};"]
    begin = "// files: `make door-files` writes what follows"
    return _between(begin, "// end of files", written, site / WORKER, "")


def _address(name: str) -> str:
    return f"/{name.removesuffix('index.html')}"


def _fingerprint(content: bytes) -> str:
    """Return as much of the SHA-256 as tells two builds apart: nobody attacks our own files."""
    return hashlib.sha256(content).hexdigest()[:FINGERPRINT]


def _between(begin: str, end: str, lines: list[str], path: Path, indent: str) -> str:
    before, rest = path.read_text().split(f"{begin}\n")
    after = rest.partition(f"{indent}{end}\n")[2]
    return "\n".join([before + begin, *lines, f"{indent}{end}", after])


def main() -> int:
    """Write or check; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    if not parser.parse_args().check:
        (SITE / PAGE).write_text(page())
        (SITE / WORKER).write_text(worker())
        return 0
    made = {PAGE: page(), WORKER: worker()}
    outdated = [name for name, text in made.items() if (SITE / name).read_text() != text]
    for name in outdated:
        print(f"site/{name} is out of date: run `make door-files`")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
