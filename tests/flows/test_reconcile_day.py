"""A run of the reconciliation: what it reads once for all its days."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.support.builders import NOW, an_order, an_organiser
from ticketing.errors import UnreadableOrder
from ticketing.flows.reconcile_day import Run
from ticketing.orders.order import Order


class Unsettled:
    """The orders with a refund that is not known to be done, one of them misspelt."""

    def with_refunds(self, *_: object) -> Iterator[Order | UnreadableOrder]:
        yield UnreadableOrder("ORD-BAD111", "it lacks total")
        yield an_order()


def test_an_unreadable_order_is_left_out_but_not_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = Run(cast("Any", Unsettled()), lambda: NOW, lambda: 900.0)
    organiser = an_organiser(merchant_code=an_order().merchant_code)

    assert run.unsettled_of(organiser) == [an_order()]
    (line,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert "ORD-BAD111" in str(vars(line))
