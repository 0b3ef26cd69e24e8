"""The price that an event is announced with."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, a_ticket_type
from ticketing.events.event import TicketType
from ticketing.money import Money
from ticketing.web.event_schemas import cheapest_of

EARLY = a_ticket_type(sku="early", price=Money(Decimal("9.00"), "GBP"))
GENERAL = a_ticket_type(price=Money(Decimal("12.50"), "GBP"))


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
    kinds = [a_ticket_type(price=Money(Decimal(price), "GBP")) for price in prices]

    assert cheapest_of(kinds, NOW) == Money(Decimal(announced), "GBP")


@pytest.mark.parametrize(
    ("early", "announced"),
    [
        (EARLY, "9.00"),
        (replace(EARLY, available=0), "12.50"),
        (replace(EARLY, on_sale=False), "12.50"),
        (replace(EARLY, sale_ends_at=NOW), "12.50"),
        (replace(EARLY, sale_starts_at=NOW + timedelta(hours=1)), "12.50"),
    ],
)
def test_the_price_is_of_what_can_be_bought(early: TicketType, announced: str) -> None:
    assert cheapest_of([early, GENERAL], NOW) == Money(Decimal(announced), "GBP")


def test_what_is_sold_out_still_says_what_it_cost() -> None:
    gone = replace(GENERAL, available=0)

    assert cheapest_of([replace(EARLY, on_sale=False), gone], NOW) == GENERAL.price


def test_an_event_without_tickets_has_no_price() -> None:
    assert cheapest_of([], NOW) is None
