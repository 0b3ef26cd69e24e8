"""Shows at the end of a run what was sent. Worlds are those of the functions' tests."""

import pytest
from _pytest.terminal import TerminalReporter

from tests.functions.conftest import _no_metrics_are_fine, _no_network, world

__all__ = ["_no_metrics_are_fine", "_no_network", "world"]

TABLES = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the outcomes of the requests per route and of SumUp's answers."""
    for table in config.stash.get(TABLES, []):
        terminalreporter.section("what was made up, and what came of it")
        terminalreporter.write_line(table)
