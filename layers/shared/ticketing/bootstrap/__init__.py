"""Wiring: settings and adapters become flows.

`shared` holds what all flows have in common. Each flow has a module of its own, so that a function
imports its own flow only, and does so while Lambda starts it, with a whole processor to itself.
"""

import os
from functools import lru_cache

from ticketing import settings
from ticketing.bootstrap.shared import Services

__all__ = ["Services", "services"]


@lru_cache(maxsize=1)
def services() -> Services:
    """Return this process's services; `MissingSetting` names all that the deployment lacks."""
    return Services(settings.read(os.environ))
