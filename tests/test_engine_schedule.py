"""Which tests of the races have to run in one process."""

import pytest

from tests.support.engine_schedule import ByEngine

TEST = "tests/races/test_doors.py::test_a_ticket_for_four_admits_four"


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        (f"{TEST}[ministack-1]", "ministack"),
        (f"{TEST}[7-dynamodb-local]", "dynamodb-local"),
        (f"{TEST}[moto]", f"{TEST}[moto]"),
        ("tests/test_ministack.py::test_nothing", "tests/test_ministack.py::test_nothing"),
    ],
)
def test_an_engine_belongs_to_one_process(nodeid: str, scope: str) -> None:
    scheduler = ByEngine.__new__(ByEngine)

    assert scheduler._split_scope(nodeid) == scope
