"""The deployed local stack, as the end-to-end tests have it."""

from tests.e2e.conftest import at, shop

__all__ = ["at", "shop"]
