"""Divide the races between processes, so that each engine belongs to one of them."""

from xdist.scheduler import (  # type: ignore[import-untyped]  # has no type hints
    LoadScopeScheduling,
)

from tests.support.engines import NAMES


class ByEngine(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Keeps the tests of an engine in one process.

    The groups of pytest-xdist 3.8 have no effect with pytest 9.2, and two processes that each hold
    an engine and want the other one would wait for ever.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the engine among a test's parameters, or the test itself."""
        parameters = nodeid.partition("[")[2]
        return next((name for name in NAMES if name in parameters), nodeid)
