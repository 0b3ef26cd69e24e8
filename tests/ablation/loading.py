"""Loads the product's modules with a switch around each of their conditions; no file is changed."""

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from tests.ablation import switch
from tests.ablation.conditions import KEYWORD_SWITCH, PACKAGE, SWITCH, wrapped


class Loader(SourceFileLoader):
    """Loads a module of the product with a switch around each of its conditions."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source; what Python has kept in its cache has no switches."""
        path = self.get_filename(fullname)
        tree, _ = wrapped(self.get_data(path).decode(), str(Path(path).relative_to(PACKAGE)))
        code: CodeType = compile(tree, path, "exec")
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its switches, then run it."""
        vars(module).update({SWITCH: switch.condition, KEYWORD_SWITCH: switch.keyword})
        super().exec_module(module)


class Finder(MetaPathFinder):
    """Finds the modules of the product for `Loader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of the product is; None for all others."""
        if fullname.partition(".")[0] != PACKAGE.name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.origin:
            spec.loader = Loader(fullname, spec.origin)
        return spec
