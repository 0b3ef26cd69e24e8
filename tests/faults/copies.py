"""Copies of this process: what happens up to a point happens once, and then in several ways."""

import gc
import os
import signal
import traceback
import warnings
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self


@dataclass
class Copies:
    """The copies that were made in a `with` block, their copies, and what each found in it.

    Where one ends otherwise, the block fails with what it died of, however far it is from `split`.
    """

    found: list[Any] = field(default_factory=list)
    """What the copies found: before what a copy found comes what its own copies did."""
    result: object = None
    """What this process found; a copy hands it over where the block ends."""

    _died_of: list[str] = field(default_factory=list)
    _original: Connection | None = None

    def split(self) -> bool:
        """Return True in a copy, and False in the original as soon as that copy has ended."""
        ours, theirs = Pipe(duplex=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # xdist's thread only listens
            pid = os.fork()
        if pid == 0:
            self._original, self.found, self._died_of = theirs, [], []
            return True
        theirs.close()
        try:
            self._hear(ours)
        finally:
            os.kill(pid, signal.SIGKILL)  # whoever waited has no more use for it
            os.waitpid(pid, 0)
        return False

    def __enter__(self) -> Self:
        """Begin; what there is by now is not looked at by the collector, so it stays shared."""
        gc.freeze()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let a copy hand over what it found, and be gone: nothing of the original's is undone."""
        if self._original:
            if error:
                self._died_of.append("".join(traceback.format_exception(kind, error, trace)))
            else:
                self.found.append(self.result)
            self._original.send((self.found, self._died_of))
            os._exit(0)
        gc.unfreeze()
        assert not self._died_of, "\n".join(self._died_of)

    def _hear(self, copy: Connection) -> None:
        try:
            with copy:
                found, died_of = copy.recv()
        except EOFError:
            found, died_of = [], ["a copy was gone without a word"]
        self.found += found
        self._died_of += died_of
