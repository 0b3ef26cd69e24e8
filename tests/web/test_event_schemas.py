"""The price that an event is announced with."""

from decimal import Decimal

import pytest

from ticketing.money import Money
from ticketing.web.event_schemas import cheapest_of


@pytest.mark.parametrize(
    ("prices", "announced"),
    [
        (["15.00", "9.00", "25.00"], "9.00"),
        (["0", "9.00", "25.00"], "9.00"),
        (["0.00", "0.00"], "0.00"),
        (["12.50"], "12.50"),
    ],
)
def test_an_event_is_free_only_if_all_of_its_tickets_are(prices: list[str], announced: str) -> None:
    assert cheapest_of([Money(Decimal(price), "GBP") for price in prices]) == Money(
        Decimal(announced), "GBP"
    )


def test_an_event_without_tickets_has_no_price() -> None:
    assert cheapest_of([]) is None
