"""Finds every write condition in the source code and wraps each in a switch.

A condition is what pynamodb makes of a row's attribute: a comparison, `exists()` and its like, what
`&` and `|` join, and the call of a function that returns one. What narrows a query or a scan is
none, for it only reads. With the SDK itself a condition is a keyword.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "layers" / "shared" / "ticketing"
SCHEMA = "ticketing.adapters.dynamodb.models"
READS = {"query", "scan", "count"}
TESTS_OF_AN_ATTRIBUTE = {
    "exists", "does_not_exist", "is_type", "is_in", "between", "startswith", "contains",
}  # fmt: skip
KEYWORDS = {"ConditionExpression", "IfNoneMatch", "IfMatch"}
SWITCH, KEYWORD_SWITCH = "__condition__", "__keyword__"
"""What a wrapped condition calls, with its key: see `switch`."""


@dataclass(frozen=True)
class Condition:
    """A condition as it stands in the source; `key` tells it from all others."""

    key: str
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.text}"


def every_condition() -> list[Condition]:
    """Return all conditions of the package, by file and line."""
    return [
        condition
        for path in sorted(PACKAGE.rglob("*.py"))
        for condition in wrapped(path.read_text(), str(path.relative_to(PACKAGE)))[1]
    ]


def wrapped(source: str, path: str) -> tuple[ast.Module, list[Condition]]:
    """Return the module with each condition behind its switch, and these conditions."""
    tree = ast.parse(source)
    wrapper = _Wrapper(tree, path)
    return ast.fix_missing_locations(wrapper.visit(tree)), wrapper.found


class _Wrapper(ast.NodeTransformer):
    def __init__(self, tree: ast.Module, path: str) -> None:
        self._path = path
        self._rows = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == SCHEMA
            for alias in node.names
        }
        self._makers = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and isinstance(node.returns, ast.Name)
            and node.returns.id == "Condition"
        }
        self._names: set[str] = set()
        """Variables that hold conditions, in the function being visited."""
        self._grown: set[str] = set()
        """Those of them that `&=` or `|=` add to: the whole is nowhere but in their name."""
        self.found: list[Condition] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # ast's name
        outer = self._rows, self._names, self._grown
        self._rows = self._rows | set(_attributes_given(node))
        for _ in range(2):  # a variable may be made of one that is assigned further down
            for name, value in _assigned(node):
                if _is_attribute_of(value, self._rows):
                    self._rows = self._rows | {name}
                if self._is_condition(value):
                    self._names = self._names | {name}
        self._grown = {
            grown.target.id
            for grown in ast.walk(node)
            if isinstance(grown, ast.AugAssign) and isinstance(grown.target, ast.Name)
        } & self._names
        visited = self.generic_visit(node)
        self._rows, self._names, self._grown = outer
        return visited

    def visit_Name(self, node: ast.Name) -> ast.AST:  # ast's name
        is_read = isinstance(node.ctx, ast.Load)
        return self._behind_its_switch(node) if is_read and node.id in self._grown else node

    def visit_Call(self, node: ast.Call) -> ast.AST:  # ast's name
        if isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            return node
        if self._is_condition(node):
            return self._behind_its_switch(node)
        visited = self.generic_visit(node)
        node.keywords = [self._keyword(keyword) for keyword in node.keywords]
        return visited

    def visit_Compare(self, node: ast.Compare) -> ast.AST:  # ast's name
        if self._is_condition(node):
            return self._behind_its_switch(node)
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # ast's name
        if self._is_condition(node):
            return self._behind_its_switch(node)
        return self.generic_visit(node)

    def _is_condition(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(name):
                return name in self._names
            case ast.Compare(left, _, [right]):
                return any(_is_attribute_of(side, self._rows) for side in (left, right))
            case ast.Call(ast.Attribute(of, test)) if test in TESTS_OF_AN_ATTRIBUTE:
                return _is_attribute_of(of, self._rows)
            case ast.Call(ast.Name(maker) | ast.Attribute(_, maker)):
                return maker in self._makers
            case ast.BinOp(left, ast.BitAnd() | ast.BitOr(), right):
                return self._is_condition(left) or self._is_condition(right)
            case ast.UnaryOp(ast.Invert(), operand):
                return self._is_condition(operand)
        return False

    def _behind_its_switch(self, node: ast.expr) -> ast.AST:
        key = self._note(node)
        if isinstance(node, ast.BinOp):
            self.generic_visit(node)
        call = ast.Call(ast.Name(SWITCH, ast.Load()), [ast.Constant(key), node], [])
        return ast.copy_location(call, node)

    def _keyword(self, keyword: ast.keyword) -> ast.keyword:
        if keyword.arg not in KEYWORDS:
            return keyword
        key = self._note(keyword)
        switch = ast.Name(KEYWORD_SWITCH, ast.Load())
        return ast.keyword(None, ast.Call(switch, [ast.Constant(key)], [keyword]))

    def _note(self, node: ast.expr | ast.keyword) -> str:
        key = f"{self._path}#{len(self.found)}"
        self.found.append(Condition(key, self._path, node.lineno, ast.unparse(node)))
        return key


def _assigned(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign([ast.Name(name)], value):
                yield name, value
            case ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
                yield name, value


def _attributes_given(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the parameters that are attributes of a row, of any kind or of one."""
    for argument in function.args.args:
        match argument.annotation:
            case ast.Subscript(ast.Name(kind)) | ast.Name(kind) if kind.endswith("Attribute"):
                yield argument.arg


def _is_attribute_of(node: ast.AST, rows: set[str]) -> bool:
    """Return whether this is an attribute of a row's class, a name for one, or the size of one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "size":
        return _is_attribute_of(node.args[0], rows)
    if isinstance(node, ast.Name):
        return node.id in rows and not node.id[0].isupper()
    while isinstance(node, ast.Attribute):
        node = node.value
        if isinstance(node, ast.Name) and node.id in rows and node.id[0].isupper():
            return True
    return False
