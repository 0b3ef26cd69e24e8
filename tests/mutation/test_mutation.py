"""The tooling behind `make mutation`: its workspace, and how it reads mutmut's results."""

from textwrap import dedent

import pytest

from tests.mutation import __main__ as mutation
from tests.mutation.__main__ import Mutant, mutants_in, report
from tests.mutation.workspace import without_property_decorators

SOURCE = '''\
class Order:
    @property
    def a(self) -> int:
        """Return one."""
        return 1

    @property
    def b(self) -> int:
        return self.a + 1

    @staticmethod
    def c() -> int:
        return 3
'''


def test_properties_are_rewritten_as_explicit_calls() -> None:
    rewritten = without_property_decorators(SOURCE)
    space: dict[str, type] = {}
    exec(rewritten, space)  # noqa: S102  # it is written above

    made = space["Order"]()
    assert (made.a, made.b, made.c()) == (1, 2, 3)
    assert "@property" not in rewritten
    assert "@staticmethod" in rewritten


RESULTS = """
    ticketing.money.x_smallest_unit__mutmut_1: killed
    ticketing.money.x_smallest_unit__mutmut_2: timeout
    ticketing.orders.order.xǁOrderǁseats__mutmut_10: survived
    ticketing.orders.order.xǁOrderǁseats__mutmut_11: no tests
"""


def test_results_are_read_by_module() -> None:
    mutants = mutants_in(RESULTS)

    assert [(mutant.module, mutant.lives) for mutant in mutants] == [
        ("money", False),
        ("money", False),
        ("orders.order", True),
        ("orders.order", True),
    ]


def some(*, killed: int, living: int, module: str = "money") -> list[Mutant]:
    """Return mutants of one module."""
    names = [f"ticketing.{module}.x_f__mutmut_{n}" for n in range(killed + living)]
    return [Mutant(name, "killed" if n < killed else "survived") for n, name in enumerate(names)]


SCORES = {
    "high enough": (some(killed=9, living=1), 0, True),
    "too low": (some(killed=89, living=11), 0, False),
    "high enough without equivalent mutants": (some(killed=8, living=2), 2, True),
    "one module too low": (
        some(killed=99, living=0) + some(killed=1, living=1, module="b"),
        0,
        False,
    ),
    "nothing was changed": ([], 0, False),
}


@pytest.mark.parametrize(("mutants", "equal", "well"), SCORES.values(), ids=SCORES)
def test_every_module_must_reach_its_score(
    *, mutants: list[Mutant], equal: int, well: bool
) -> None:
    excused = set([mutant for mutant in mutants if mutant.lives][:equal])

    assert report(mutants, excused) is well


def test_a_mutation_is_shown_without_context_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = dedent("""\
        # ticketing.money.x_f__mutmut_1: survived
        --- ticketing/money.py
        +++ ticketing/money.py
        @@ -1,3 +1,3 @@
         def f(a):
        -    return a + 1
        +    return a - 1
        """)
    monkeypatch.setattr(mutation, "mutmut", lambda *_: shown)

    (mutant,) = some(killed=0, living=1)
    assert mutation.change(mutant) == ("- return a + 1", "+ return a - 1")
