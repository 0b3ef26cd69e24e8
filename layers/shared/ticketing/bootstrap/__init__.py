"""Wiring: settings and adapters become flows.

`shared` holds what all flows have in common. Each flow has a module of its own, so that a function
imports only its own flow. It does so while Lambda starts it, when it has a whole processor.
"""

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from ticketing import USUAL_THRESHOLDS, settings
from ticketing.bootstrap.shared import Services

__all__ = ["Services", "at_start", "services"]


@lru_cache(maxsize=1)
def services() -> Services:
    """Return this process's services; raise `MissingSetting`, naming all missing settings."""
    return Services(settings.read(os.environ))


def at_start(*builds: Callable[[Services], object]) -> None:
    """Finish the start of a function on Lambda: build its flows and clients before an event waits.

    If something cannot be built, the first event tries again and reports the error. From now on the
    garbage collector works as usual, except that it leaves alone what the start made.

    This does nothing outside Lambda: tests and commands build what they use.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    with suppress(Exception):
        for build in builds:
            build(services())
    gc.freeze()
    gc.set_threshold(*USUAL_THRESHOLDS)
