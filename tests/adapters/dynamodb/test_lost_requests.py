"""Requests for lost tickets: one a day for each address, until somebody has looked into it."""

from datetime import timedelta

import pytest

from tests.support.builders import NOW, later
from ticketing.adapters.dynamodb.lost_requests import LostRequestTable
from ticketing.adapters.dynamodb.models import RequestRow

EMAIL = "jane@example.com"
REQUESTS = LostRequestTable()

pytestmark = pytest.mark.usefixtures("world")


def test_a_request_that_nobody_looked_into_counts_as_this_one() -> None:
    key = REQUESTS.keep(EMAIL, NOW)
    assert key is not None

    assert REQUESTS.keep("Jane@Example.com", later(minutes=1)) == key
    assert REQUESTS.address(key) == EMAIL


def test_a_request_that_was_looked_into_is_the_only_one_of_its_day() -> None:
    key = REQUESTS.keep(EMAIL, NOW)
    assert key is not None
    REQUESTS.finish(key)

    assert REQUESTS.address(key) is None
    assert REQUESTS.keep(EMAIL, NOW + timedelta(days=1, seconds=-1)) is None
    assert REQUESTS.keep(EMAIL, NOW + timedelta(days=1)) == key


def test_a_request_that_has_gone_does_not_come_back_half() -> None:
    key = REQUESTS.keep(EMAIL, NOW)
    assert key is not None
    REQUESTS.forget(EMAIL)

    REQUESTS.finish(key)

    assert list(RequestRow.scan()) == []
