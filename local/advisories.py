"""Known advisories about what is deployed: `python -m local.advisories`, a part of `make scan`.

pip-audit asks PyPI about each pinned version, for every Python that may run on AWS. A version that
it could not ask about counts as a failure, too: mirrors of PyPI may have packages only.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from local.pins import DEPLOYED
from local.places import ROOT
from local.sam import ONLY_HERE
from local.site import template

PIP_AUDIT = ROOT / ".venv-scan" / "bin" / "pip-audit"
# They are exact already, so there is nothing to resolve or to install.
OPTIONS = ["--disable-pip", "--no-deps", "--vulnerability-service", "pypi", "--format", "json"]


def runtimes() -> list[str]:
    """Name the Pythons that functions may run with on AWS."""
    allowed: list[str] = template()["Parameters"]["PythonRuntime"]["AllowedValues"]
    return [runtime for runtime in allowed if runtime != ONLY_HERE]


def pinned(requirements: str, runtime: str) -> list[str]:
    """Return the pins, as `name==version`, that Lambda's `runtime` gets."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    where = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{runtime.removeprefix('python')}.0",
        "python_version": runtime.removeprefix("python"),
        "sys_platform": "linux",
    }
    found = [Requirement(line) for line in lines if line]
    return [f"{r.name}{r.specifier}" for r in found if not r.marker or r.marker.evaluate(where)]


def problems(answer: Mapping[str, Any]) -> Iterator[str]:
    """Say what pip-audit found, and what it could not find out; nothing if all is well."""
    unknown = [each["name"] for each in answer["dependencies"] if "skip_reason" in each]
    if unknown:
        yield f"not known by this package index, so not checked: {', '.join(sorted(unknown))}"
    for dependency in answer["dependencies"]:
        for advisory in dependency.get("vulns", []):
            fixed = " or ".join(advisory["fix_versions"]) or "no version yet"
            about = f"{dependency['name']} {dependency['version']}"
            yield f"{about} has {advisory['id']}, which {fixed} fixes"


def audit(pins: list[str]) -> list[str]:
    """Ask about these pins; return what is wrong with them, for a person."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(pins) + "\n")
        done = subprocess.run(
            [PIP_AUDIT, "--requirement", file, *OPTIONS],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return list(problems(json.loads(done.stdout)))
    except ValueError:
        return [f"not checked, pip-audit gave no answer: {done.stderr.strip()}"]


def main() -> int:
    """Print what is known; answers the exit code."""
    requirements = (ROOT / DEPLOYED).read_text()
    wanted = {runtime: frozenset(pinned(requirements, runtime)) for runtime in runtimes()}
    found = audit(sorted(frozenset[str]().union(*wanted.values())))
    for problem in found:
        print(problem)
    if not found:
        print(f"no advisory is known for any version that is deployed ({', '.join(wanted)})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
