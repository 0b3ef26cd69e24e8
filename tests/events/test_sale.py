"""When an event is sold, and what it says when it is not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.builders import NOW, a_ticket_type, an_event
from ticketing.events.event import Event, TicketType
from ticketing.events.sale import (
    SaleState,
    listed,
    opens_at,
    payment_refusal,
    refusal,
    sale_state,
    type_refusal,
    type_state,
)

SECOND = timedelta(seconds=1)
SOON = an_event(starts_at=NOW + timedelta(hours=2))
LEFT = a_ticket_type()
NONE = replace(LEFT, sku="child", available=0)
OFF = replace(LEFT, sku="staff", on_sale=False)
WAITS = replace(LEFT, sku="late", sale_starts_at=NOW + SECOND)
OVER = replace(LEFT, sku="early", sale_ends_at=NOW)


@pytest.mark.parametrize(
    ("event", "kinds", "state"),
    [
        (SOON, (LEFT,), SaleState.ON_SALE),
        (SOON, (NONE, LEFT), SaleState.ON_SALE),
        (SOON, (OVER, WAITS, OFF, LEFT), SaleState.ON_SALE),
        (SOON, (NONE,), SaleState.SOLD_OUT),
        (SOON, (replace(NONE, available=-1),), SaleState.SOLD_OUT),
        (SOON, (NONE, OVER, OFF), SaleState.SOLD_OUT),
        (SOON, (NONE, WAITS), SaleState.NOT_YET),
        (SOON, (OVER, OFF), SaleState.ENDED),
        (SOON, (OFF,), SaleState.NOT_ON_SALE),
        (SOON, (), SaleState.NOT_ON_SALE),
        (replace(SOON, sale_starts_at=NOW + SECOND), (LEFT,), SaleState.NOT_YET),
        (replace(SOON, sale_starts_at=NOW), (LEFT,), SaleState.ON_SALE),
        (replace(SOON, sale_ends_at=NOW), (LEFT,), SaleState.ENDED),
        (replace(SOON, sale_ends_at=NOW + SECOND), (LEFT,), SaleState.ON_SALE),
        (replace(SOON, on_sale=False), (LEFT,), SaleState.NOT_ON_SALE),
        (replace(SOON, on_sale=False, sale_ends_at=NOW), (NONE,), SaleState.NOT_ON_SALE),
        (replace(SOON, starts_at=NOW), (LEFT,), SaleState.BEGUN),
        (replace(SOON, starts_at=NOW, on_sale=False), (LEFT,), SaleState.BEGUN),
        (replace(SOON, starts_at=NOW + SECOND), (LEFT,), SaleState.ON_SALE),
        (replace(SOON, cancelled=True), (LEFT,), SaleState.CANCELLED),
        (replace(SOON, cancelled=True, starts_at=NOW), (LEFT,), SaleState.CANCELLED),
    ],
)
def test_the_state_of_a_sale(event: Event, kinds: tuple[TicketType, ...], state: SaleState) -> None:
    assert sale_state(event, kinds, NOW) is state


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (LEFT, SaleState.ON_SALE, None),
        (NONE, SaleState.SOLD_OUT, None),
        (replace(LEFT, sale_starts_at=NOW, sale_ends_at=NOW + SECOND), SaleState.ON_SALE, None),
        (OFF, SaleState.NOT_ON_SALE, "this ticket type is not on sale"),
        (WAITS, SaleState.NOT_YET, "this ticket type is not on sale yet"),
        (replace(WAITS, available=0), SaleState.NOT_YET, "this ticket type is not on sale yet"),
        (OVER, SaleState.ENDED, "this ticket type is no longer on sale"),
    ],
)
def test_the_state_of_a_ticket_type(kind: TicketType, state: SaleState, reason: str | None) -> None:
    assert type_state(kind, NOW) is state
    assert type_refusal(kind, NOW) == reason


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (SOON, None),
        (replace(SOON, on_sale=False), "this event is not on sale"),
        (
            replace(SOON, sale_starts_at=NOW + SECOND),
            "tickets for this event are not on sale yet",
        ),
        (replace(SOON, sale_ends_at=NOW), "tickets for this event are no longer on sale"),
        (replace(SOON, starts_at=NOW), "this event has begun"),
        (replace(SOON, cancelled=True), "this event is cancelled"),
    ],
)
def test_what_cannot_be_ordered_says_why(event: Event, reason: str | None) -> None:
    assert refusal(event, NOW) == reason


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (SOON, None),
        (replace(SOON, sale_ends_at=NOW), None),
        (replace(SOON, on_sale=False), "this event is not on sale"),
        (replace(SOON, cancelled=True), "this event is cancelled"),
    ],
)
def test_an_order_in_time_can_be_paid_after_the_end_of_the_sale(
    event: Event, reason: str | None
) -> None:
    assert payment_refusal(event) == reason


@pytest.mark.parametrize(
    ("event", "kinds", "when"),
    [
        (SOON, (LEFT,), None),
        (SOON, (WAITS,), NOW + SECOND),
        (SOON, (replace(WAITS, sale_starts_at=NOW + 2 * SECOND), WAITS), NOW + SECOND),
        (SOON, (replace(WAITS, on_sale=False),), None),
        (replace(SOON, sale_starts_at=NOW + 3 * SECOND), (WAITS,), NOW + 3 * SECOND),
        (replace(SOON, sale_starts_at=NOW - SECOND), (LEFT,), None),
    ],
)
def test_when_a_sale_begins(
    event: Event, kinds: tuple[TicketType, ...], when: datetime | None
) -> None:
    assert opens_at(event, kinds, NOW) == when


def test_buyers_do_not_see_what_is_switched_off() -> None:
    assert listed((OVER, OFF, LEFT, NONE, WAITS), NOW) == (OVER, LEFT, NONE, WAITS)


def test_an_event_is_off_sale_unless_it_says_otherwise() -> None:
    fields = {name: getattr(SOON, name) for name in ("event_id", "name", "organiser_id", "venue")}
    times = {name: getattr(SOON, name) for name in ("address", "starts_at", "time_zone")}

    assert Event(**fields, **times).on_sale is False
