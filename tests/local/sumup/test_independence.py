"""The simulator is self-contained: it still runs when copied out of this repository."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import local.sumup

FOLDER = Path(local.sumup.__file__).parent
LIBRARIES = {"jinja2", "requests", "starlette", "uvicorn"}
"""What local/sumup/README.md says that it needs."""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_simulator_imports_only_documented_dependencies() -> None:
    modules = {module for file in FOLDER.rglob("*.py") for module in imported(file)}
    foreign = {m for m in modules if m != "local.sumup" and not m.startswith("local.sumup.")}

    assert {m.partition(".")[0] for m in foreign} - sys.stdlib_module_names == LIBRARIES


def test_every_control_route_is_documented() -> None:
    page = (FOLDER / "README.md").read_text()
    routes = {
        node.args[0].value
        for name in ("workbench.py", "steering.py")
        for node in ast.walk(ast.parse((FOLDER / name).read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Route"
        and isinstance(node.args[0], ast.Constant)
    }

    assert len(routes) > 10
    assert [route for route in routes if f" {str(route).replace(':int', '')}`" not in page] == []
