"""Commands run against the tables on moto; those in `shop` in the world of the handlers."""

from tests.adapters.dynamodb.conftest import _no_network, engine, pytest_generate_tests, world

__all__ = ["_no_network", "engine", "pytest_generate_tests", "world"]
