"""Wiring: settings and adapters become flows.

`shared` holds what all flows have in common. Each flow has a module of its own, so that a function
imports its own flow only, and does so while Lambda starts it, with a whole processor to itself.
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
    """Return this process's services; `MissingSetting` names all that the deployment lacks."""
    return Services(settings.read(os.environ))


def at_start(*builds: Callable[[Services], object]) -> None:
    """End the start of a function on Lambda: build its flows and clients before an event waits.

    What cannot be built, the first event tries again, and reports. The garbage collector works as
    usual from now on, but for what the start made, which stays until the process ends.

    Does nothing elsewhere: tests and commands build what they use.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    with suppress(Exception):
        for build in builds:
            build(services())
    gc.freeze()
    gc.set_threshold(*USUAL_THRESHOLDS)
