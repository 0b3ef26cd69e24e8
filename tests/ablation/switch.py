"""Takes one condition away while a test runs, and sees which conditions a test has reached.

What is taken away is gone from the whole it is part of: `a & b` without `a` is `b`, and so is
`a | b`; where nothing is left, the write is sent without a condition.
"""

# ruff: noqa: ANN401 - stands in for functions that take and return anything

from typing import Any

import pytest
from botocore.client import BaseClient
from pynamodb.connection import Connection
from pynamodb.expressions.condition import And, Condition, Not, Or

from tests.ablation.conditions import KEYWORDS


class Unfound(AssertionError):
    """A write was sent with a condition that was not found in the source."""


class _Nothing(Condition):
    """A condition taken away."""

    def __init__(self) -> None:
        super().__init__("")

    def __and__(self, other: Condition) -> Condition:
        return other

    def __or__(self, other: Condition) -> Condition:
        return other

    def __invert__(self) -> Condition:
        return self


NOTHING = _Nothing()
FOUND = "was_found_in_the_source"
taken: str | None = None
"""The key of the condition that is taken away now."""
reached: set[str] = set()
"""The keys of the conditions that were made since this was cleared."""
_sent: set[str] = set()
"""Every expression that was made of conditions we found, and values of keywords."""


def condition(key: str, value: Condition) -> Condition:
    """Stand for a condition of the source."""
    reached.add(key)
    setattr(value, FOUND, True)
    return NOTHING if key == taken else value


def keyword(key: str, **keyword: str) -> dict[str, str]:
    """Stand for a keyword of the SDK."""
    reached.add(key)
    _sent.update(keyword.values())
    return {} if key == taken else keyword


def install(patch: pytest.MonkeyPatch) -> None:
    """Make pynamodb and the SDK know what is taken away, and refuse what was not found."""
    connection: Any = Connection
    client: Any = BaseClient
    arguments_of, call = connection.get_operation_kwargs, client._make_api_call

    def both(self: Condition, other: Condition) -> Condition:
        return self if other is NOTHING else And(self, other)

    def either(self: Condition, other: Condition) -> Condition:
        return self if other is NOTHING else Or(self, other)

    def arguments(
        self: Connection, *args: Any, condition: Condition | None = None, **keywords: Any
    ) -> Any:
        _require_found(condition)
        keywords["condition"] = None if condition is NOTHING else condition
        made = arguments_of(self, *args, **keywords)
        _sent.add(made.get("ConditionExpression", ""))
        return made

    def send(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        for name, value in _conditions_in(parameters):
            if value not in _sent:
                raise Unfound(f"{operation} with {name} {value}")
        return call(self, operation, parameters)

    patch.setattr(Condition, "__and__", both)
    patch.setattr(Condition, "__or__", either)
    patch.setattr(Connection, "get_operation_kwargs", arguments)
    patch.setattr(BaseClient, "_make_api_call", send)


def _require_found(condition: Condition | None) -> None:
    if isinstance(condition, And | Or | Not):
        for part in condition.values:
            _require_found(part)
    elif condition is not None and condition is not NOTHING and not hasattr(condition, FOUND):
        raise Unfound(str(condition))


def _conditions_in(parameters: Any) -> list[tuple[str, str]]:
    if isinstance(parameters, dict):
        here = [(name, parameters[name]) for name in KEYWORDS & parameters.keys()]
        return here + _conditions_in(list(parameters.values()))
    if isinstance(parameters, list):
        return [found for part in parameters for found in _conditions_in(part)]
    return []
