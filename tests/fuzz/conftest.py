"""Shows at the end of a run what was sent."""

import pytest
from _pytest.terminal import TerminalReporter

TABLES = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print how many requests of each route got which answer."""
    for table in config.stash.get(TABLES, []):
        terminalreporter.section("requests by route and answer")
        terminalreporter.write_line(table)
