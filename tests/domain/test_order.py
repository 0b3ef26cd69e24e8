"""Orders: which contradict themselves, what they take, and which moves are legal."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.builders import a_line, an_order
from ticketing.errors import UnreadableOrder
from ticketing.money import Money
from ticketing.orders.order import CLOSED, MAX_TICKETS, OrderStatus

CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a number in lower case": ({"order_number": "ord-abc123"}, "its number"),
    "a number with a separator": ({"order_number": "ORD|ABC123"}, "its number"),
    "a number with a line break": ({"order_number": "ORD-ABC123\n"}, "its number"),
    "an event id with a separator": ({"event_id": "5|VALID:A"}, "its event id"),
    "no event id": ({"event_id": ""}, "its event id"),
    "no lines": ({"lines": (), "total": Money(Decimal(0), "GBP")}, "no lines"),
    "a line without tickets": ({"lines": (a_line(), a_line(quantity=0))}, "without tickets"),
    "a negative line": ({"lines": (a_line(), a_line(quantity=-1))}, "without tickets"),
    "too many tickets": ({"lines": (a_line(quantity=MAX_TICKETS + 1),)}, "more than 50"),
    "a negative price": ({"lines": (a_line(unit_price=Decimal(-1)),)}, "negative"),
    "a total that is too low": ({"total": Money(Decimal(44), "GBP")}, "add up to 45.00"),
    "a total of nothing": ({"total": Money(Decimal(0), "GBP")}, "add up to 45.00"),
}


@pytest.mark.parametrize(("changes", "problem"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_an_order_that_contradicts_itself_is_refused_in_words(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UnreadableOrder) as refused:
        an_order(**changes)

    assert problem in refused.value.problem


def test_seats_are_counted_by_ticket_type_across_lines() -> None:
    lines = (a_line(), a_line(sku="vip", quantity=2), a_line(quantity=1))
    order = an_order(lines=lines)

    assert order.seats == {"general": 4, "vip": 2}
    assert order.tickets_count == 6


def test_the_largest_order_fits_one_transaction_of_a_hundred_writes() -> None:
    order = an_order(lines=(a_line(quantity=MAX_TICKETS, unit_price=Decimal(1)),))
    others = 20  # the order, its payment, checkout, audit entry, mails, and its ticket types

    assert order.tickets_count + others <= 100


def test_an_order_is_free_only_when_its_total_is_nothing() -> None:
    assert an_order(lines=(a_line(unit_price=Decimal(0)),)).is_free
    assert not an_order(lines=(a_line(unit_price=Decimal("0.01")),)).is_free


PENDING, COMPLETED, FAILED, EXPIRED, REVIEW = (
    OrderStatus.PENDING,
    OrderStatus.COMPLETED,
    OrderStatus.FAILED,
    OrderStatus.EXPIRED,
    OrderStatus.REVIEW,
)
LEGAL = {
    *((PENDING, status) for status in (COMPLETED, FAILED, EXPIRED, REVIEW)),
    *product((FAILED, EXPIRED), (COMPLETED, REVIEW)),
    (REVIEW, COMPLETED),
    (REVIEW, FAILED),
}


@pytest.mark.parametrize(("start", "end"), list(product(OrderStatus, OrderStatus)))
def test_only_legal_moves_are_allowed_and_a_completed_order_never_goes_back(
    start: OrderStatus, end: OrderStatus
) -> None:
    assert an_order(status=start).may_become(end) is ((start, end) in LEGAL)


def test_closed_means_that_nobody_paid() -> None:
    assert {FAILED, EXPIRED} == CLOSED
