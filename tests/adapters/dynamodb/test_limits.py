"""Rows that count: what has gone is not counted again."""

import pytest

from tests.support.builders import later
from ticketing.adapters.dynamodb.limits import counted, drop
from ticketing.adapters.dynamodb.models import RequestRow
from ticketing.orders.limits import Allowance

BUYER = Allowance("buyer#any", 3, later(days=2))


@pytest.mark.usefixtures("world")
def test_a_row_that_has_gone_meanwhile_does_not_come_back_half() -> None:
    assert not drop(BUYER, {"ORD-ONE111"})

    assert list(RequestRow.scan()) == []
    assert counted(BUYER) == frozenset()
