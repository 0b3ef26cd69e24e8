"""AWS services other than tables run against moto too."""

from tests.adapters.dynamodb.conftest import _no_network, engine, pytest_generate_tests, world

__all__ = ["_no_network", "engine", "pytest_generate_tests", "world"]
