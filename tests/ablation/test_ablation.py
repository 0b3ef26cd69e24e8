"""The tooling behind `make ablation`: what it finds and removes, and that it can fail."""

import ast
import subprocess
import sys

import pytest
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition

from local.places import ROOT
from tests.ablation import switch
from tests.ablation.conditions import every_condition, wrapped
from tests.ablation.needless import EQUIVALENT

IMPORT = "from ticketing.adapters.dynamodb.models import ARow"
FOUND = {
    "a comparison": ("save(ARow.a == 1)", ["ARow.a == 1"]),
    "the wrong way round": ("save(1 < ARow.a)", ["1 < ARow.a"]),
    "of something within": ("save(ARow.a.b == 1)", ["ARow.a.b == 1"]),
    "a test": ("save(condition=ARow.a.exists())", ["ARow.a.exists()"]),
    "each clause, and the whole": (
        "save(ARow.a.exists() & (ARow.b == 1))",
        ["ARow.a.exists() & (ARow.b == 1)", "ARow.a.exists()", "ARow.b == 1"],
    ),
    "of a variable": (
        "free = ARow.a.exists()\n    save(free | (ARow.b == 1))",
        ["ARow.a.exists()", "free | (ARow.b == 1)", "ARow.b == 1"],
    ),
    "of variables only": (
        "a = ARow.a == 1\n    b: C = ARow.b == 1\n    save(a & b)",
        ["ARow.a == 1", "ARow.b == 1", "a & b"],
    ),
    "of a name for an attribute": ("a = ARow.a\n    save(a.exists())", ["a.exists()"]),
    "what a variable has grown to": (
        "c = ARow.a == 1\n    if x:\n        c &= ARow.b == 1\n    save(c)",
        ["ARow.a == 1", "ARow.b == 1", "c"],
    ),
    "what a function returns, where it is used": ("save(made(x))", ["made(x)"]),
    "of an attribute it is given": (
        "def g(a: Attribute[Any]):\n        return a == 1",
        ["a == 1"],
    ),
    "a keyword of the SDK": ("put_object(Key=k, IfNoneMatch='*')", ["IfNoneMatch='*'"]),
    "no query": ("ARow.index.query(k, ARow.a <= 1, filter_condition=ARow.b.exists())", []),
    "no change of a row": ("save(actions=[ARow.a.set(ARow.a + 1)])", []),
    "no comparison in Python": ("return row.a == 1 and row.b & 4", []),
}


@pytest.mark.parametrize(("body", "texts"), FOUND.values(), ids=FOUND)
def test_each_clause_of_a_condition_is_found(body: str, texts: list[str]) -> None:
    source = f"{IMPORT}\ndef made(x) -> Condition: ...\ndef f():\n    {body}\n"

    tree, found = wrapped(source, "a.py")

    assert [condition.text for condition in found] == texts
    assert [condition.key for condition in found] == [f"a.py#{at}" for at in range(len(texts))]
    compile(tree, "a.py", "exec")
    assert ast.unparse(tree).count("__(") == len(texts)


def test_conditions_in_the_source_are_found_with_file_and_line() -> None:
    found = every_condition()

    assert len({condition.key for condition in found}) == len(found) > 60
    assert {
        "adapters/aws/archive.py",
        "adapters/dynamodb/outbox.py",
        "adapters/dynamodb/catalogue.py",
        "adapters/dynamodb/orders.py",
    } < {condition.path for condition in found}


def test_every_listed_equivalent_condition_still_exists() -> None:
    assert EQUIVALENT.keys() <= {(found.path, found.text) for found in every_condition()}


A, B = UnicodeAttribute(attr_name="a"), UnicodeAttribute(attr_name="b")
LEFT = {
    "both": (None, "(a = a AND b = b)", "(a = a OR b = b)"),
    "without the first": ("a", "b = b", "b = b"),
    "without the second": ("b", "a = a", "a = a"),
    "without the whole": ("whole", None, None),
}


@pytest.mark.parametrize(("taken", "both", "either"), LEFT.values(), ids=LEFT)
def test_removing_a_clause_leaves_the_rest_of_the_condition(
    monkeypatch: pytest.MonkeyPatch, taken: str | None, both: str | None, either: str | None
) -> None:
    switch.install(monkeypatch)
    monkeypatch.setattr(switch, "taken", taken)

    def made(*, joined: bool) -> Condition:
        a, b = switch.condition("a", A == "a"), switch.condition("b", B == "b")
        return switch.condition("whole", a & b if joined else a | b)

    assert [shown(made(joined=joined)) for joined in (True, False)] == [both, either]
    assert {"a", "b", "whole"} <= switch.reached


def shown(condition: Condition) -> str | None:
    return (
        None
        if condition is switch.NOTHING
        else str(condition).replace("{'S': '", "").replace("'}", "")
    )


def test_a_keyword_argument_can_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert switch.keyword("k", IfNoneMatch="*") == {"IfNoneMatch": "*"}
    monkeypatch.setattr(switch, "taken", "k")
    assert switch.keyword("k", IfNoneMatch="*") == {}


def test_a_condition_that_is_not_found_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    switch.install(monkeypatch)

    with pytest.raises(switch.Unfound):
        Connection().get_operation_kwargs("t", "k", condition=A == "a")


def test_a_surviving_condition_is_reported_and_fails_the_run() -> None:
    """Of all tests of invitations only the one that spends one twice: nothing looks at its age."""
    options = ["-q", "--capture=sys", "-p", "tests.ablation.plugin", "-p", "no:cacheprovider"]
    chosen = [
        "--ablate=adapters/dynamodb/invitations.py",
        "tests/adapters/dynamodb/test_invitations.py",
        "-k",
        "used_once",
    ]
    command = [sys.executable, "-m", "pytest", *options, *chosen]

    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "2 of 3 as they should be" in ended.stdout
    wrong = [line for line in ended.stdout.splitlines() if line.startswith("NOT AS IT SHOULD BE")]
    assert len(wrong) == 1
    assert wrong[0].endswith("RequestRow.expires_at > now")
