"""When an event is sold, and what it says when it is not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, an_event
from ticketing.events.event import Event, TicketType
from ticketing.events.sale import SaleState, refusal, sale_state
from ticketing.money import Money

SOON = an_event(starts_at=NOW + timedelta(hours=2))
LEFT = TicketType("general", "General", Money(Decimal(25), "GBP"), available=1, capacity=10)
NONE = replace(LEFT, sku="child", available=0)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("event", "kinds", "state"),
    [
        (SOON, (LEFT,), SaleState.ON_SALE),
        (SOON, (NONE, LEFT), SaleState.ON_SALE),
        (SOON, (NONE,), SaleState.SOLD_OUT),
        (SOON, (replace(NONE, available=-1),), SaleState.SOLD_OUT),
        (SOON, (), SaleState.SOLD_OUT),
        (replace(SOON, on_sale=False), (LEFT,), SaleState.NOT_ON_SALE),
        (replace(SOON, on_sale=False), (NONE,), SaleState.NOT_ON_SALE),
        (replace(SOON, starts_at=NOW), (LEFT,), SaleState.BEGUN),
        (replace(SOON, starts_at=NOW, on_sale=False), (LEFT,), SaleState.BEGUN),
        (replace(SOON, starts_at=NOW + A_SECOND), (LEFT,), SaleState.ON_SALE),
    ],
)
def test_the_state_of_a_sale(event: Event, kinds: tuple[TicketType, ...], state: SaleState) -> None:
    assert sale_state(event, kinds, NOW) is state


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (SOON, None),
        (replace(SOON, on_sale=False), "this event is not on sale"),
        (replace(SOON, starts_at=NOW), "this event has begun"),
    ],
)
def test_what_cannot_be_ordered_says_why(event: Event, reason: str | None) -> None:
    assert refusal(event, NOW) == reason


def test_an_event_is_off_sale_unless_it_says_otherwise() -> None:
    fields = {name: getattr(SOON, name) for name in ("event_id", "name", "organiser_id", "venue")}
    times = {name: getattr(SOON, name) for name in ("address", "starts_at", "time_zone")}

    assert Event(**fields, **times).on_sale is False
