"""The simulator's state in a file, so that it goes on where it was stopped."""

import logging
import pickle
from pathlib import Path
from typing import Any

from local.sumup.clock import Clock
from local.sumup.grants import GrantBook
from local.sumup.world import World

_UNREADABLE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError,
               TypeError, ValueError)  # fmt: skip
_log = logging.getLogger(__name__)


class StateFile:
    """Merchants, checkouts, payments, consents and the clock; no log, no fault and no webhook.

    It is written when the simulator stops, and read by a simulator of the same version.
    """

    def __init__(self, path: Path, world: World, grants: GrantBook, clock: Clock) -> None:
        self._path, self._world, self._grants, self._clock = path, world, grants, clock

    def load(self) -> None:
        """Go on with what the file has, if there is one that can be read."""
        if not self._path.exists():
            return
        try:
            # Written below, on this machine; a stranger who could change it could change the code.
            kept: Any = pickle.loads(self._path.read_bytes())  # noqa: S301
            world, grants, ahead = kept["world"], kept["grants"], kept["ahead"]
            self._world.restore(world)
            self._grants.restore(grants)
            self._clock.ahead = ahead
        except _UNREADABLE as problem:
            _log.warning("%s cannot be read, starting empty: %s", self._path, problem)
            self._world.clear()
            self._grants.clear()
            self._clock.reset()

    def save(self) -> None:
        """Write everything in one piece: objects that are one must be one again."""
        state = {
            "world": self._world.state(),
            "grants": self._grants.state(),
            "ahead": self._clock.ahead,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.new")
        new.write_bytes(pickle.dumps(state))
        new.replace(self._path)
