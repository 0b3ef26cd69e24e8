"""Whole stories in one process: nothing leaves it, and a function without metrics is fine."""

from tests.functions.conftest import _no_metrics_are_fine, _no_network

__all__ = ["_no_metrics_are_fine", "_no_network"]
