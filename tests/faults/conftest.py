"""Whole stories in one process without network access; functions need not emit metrics."""

from tests.functions.conftest import _no_metrics_are_fine, _no_network

__all__ = ["_no_metrics_are_fine", "_no_network"]
