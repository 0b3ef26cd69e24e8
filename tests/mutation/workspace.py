"""Lays out the package and its tests as mutmut wants them, in `build/mutation/`.

mutmut names a mutant by its file's path, so `ticketing` must stand at the top; and it leaves alone
what has a decorator, so `@property` is written as the call that it stands for.
"""

import ast
import shutil

from local.places import ROOT

WORKSPACE = ROOT / "build" / "mutation"
PACKAGE = "ticketing"
FOLDERS = (
    "adapters/sumup",
    "doors",
    "flows",
    "orders",
    "payments",
    "reconciliation",
    "support",
    "tickets",
)


def lay_out() -> None:
    """Write the workspace anew, with no results of an earlier run."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    no_cache = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "layers" / "shared" / PACKAGE, WORKSPACE / PACKAGE, ignore=no_cache)
    for folder in FOLDERS:
        shutil.copytree(ROOT / "tests" / folder, WORKSPACE / "tests" / folder, ignore=no_cache)
    for file in [ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py")]:
        shutil.copy(file, WORKSPACE / file.relative_to(ROOT))
    for path in (WORKSPACE / PACKAGE).rglob("*.py"):
        path.write_text(without_property_decorators(path.read_text()))


def without_property_decorators(source: str) -> str:
    """Return the module with `x = property(x)` after each property, in place of its decorator."""
    lines = source.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(functions, key=lambda node: -node.lineno):
        match node.decorator_list, node.end_lineno:
            case [ast.Name("property") as decorator], int(end):
                indented = " " * node.col_offset
                lines.insert(end, f"{indented}{node.name} = property({node.name})\n")
                del lines[decorator.lineno - 1]
    return "".join(lines)
