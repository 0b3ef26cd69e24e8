"""Shows at the end of a run what was sent. Worlds are those of the functions' tests."""

from typing import Any

import pytest
from _pytest.terminal import TerminalReporter

from tests.functions.conftest import _no_metrics_are_fine, _no_network, world

__all__ = ["_no_metrics_are_fine", "_no_network", "world"]

TABLES = pytest.StashKey[list[str]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's tables to the process that prints them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tables"] = session.config.stash.get(TABLES, [])


def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401  # xdist has no types
    """Take the tables of a worker that ended; one that crashed has none."""
    tables = getattr(node, "workeroutput", {}).get("tables", [])
    node.config.stash.setdefault(TABLES, []).extend(tables)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the outcomes of the requests per route and of SumUp's answers."""
    for table in config.stash.get(TABLES, []):
        terminalreporter.section("what was made up, and what came of it")
        terminalreporter.write_line(table)
