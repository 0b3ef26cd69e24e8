"""Prices of `prices.toml`, and lines of a bill."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PRICES = Path(__file__).parent / "prices.toml"
DAYS, HOURS = 30, 720
GB = 1_000_000_000


class UnknownCost(RuntimeError):
    """The benchmarks cannot tell what something in a template costs."""


@dataclass(frozen=True)
class Line:
    """One line of a bill: what for, how much of it, and its price's name in `prices.toml`."""

    what: str
    quantity: float
    price: str

    @property
    def dollars(self) -> float:
        """Return what it costs at list prices."""
        return _dollars(self.price, self.quantity)

    @property
    def beyond_free(self) -> float:
        """Return what it costs an account that has nothing else."""
        return _dollars(self.price, max(0.0, self.quantity - prices()[self.price].get("free", 0)))


def date() -> str:
    return str(_file()["date"])


def region() -> str:
    return str(_file()["region"])


@cache
def assumed(section: str = "assumed") -> dict[str, float]:
    return dict(_file()[section])


@cache
def prices() -> dict[str, dict[str, Any]]:
    return dict(_file()["price"])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(PRICES.read_text())


def _dollars(price: str, quantity: float) -> float:
    asked = prices()[price]
    return float(quantity * asked["dollars"] / asked.get("per", 1))


def total(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def beyond_free(lines: Sequence[Line]) -> float:
    return sum(line.beyond_free for line in lines)


def summed(lines: Sequence[Line]) -> list[Line]:
    """Return one line for each price and what it is paid for."""
    together: dict[tuple[str, str], float] = {}
    for line in lines:
        key = line.what, line.price
        together[key] = together.get(key, 0) + line.quantity
    return [Line(what, quantity, price) for (what, price), quantity in together.items()]
