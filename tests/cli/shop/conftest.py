"""Commands that need the functions run in the world of the handlers."""

from tests.functions.conftest import (
    _no_metrics_are_fine,
    _no_network,
    context,
    logged,
    run,
    sumup,
    world,
)

__all__ = [
    "_no_metrics_are_fine",
    "_no_network",
    "context",
    "logged",
    "run",
    "sumup",
    "world",
]
