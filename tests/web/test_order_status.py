"""What buyers read about an order: of no payment where there is none, "ready" not too soon."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_event, an_order
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.web.order_status import STATUS_TEXTS, BuyerStatus, buyer_status, status_text

OF_MONEY = re.compile(r"\bpa(y|id|ying|yments?)\b|money|SumUp|card|charged", re.IGNORECASE)
STATES = [
    (status, delivery, voided_at)
    for status, delivery, voided_at in product(OrderStatus, [None, *Delivery], [None, NOW])
    if status is OrderStatus.COMPLETED or (delivery is None and voided_at is None)
]


def a_free_order(**changes: Any) -> Order:  # noqa: ANN401 - of any field
    return an_order(lines=(a_line(unit_price=Decimal(0)),), **changes)


@pytest.mark.parametrize(("status", "delivery", "voided_at"), STATES)
def test_a_free_order_never_speaks_of_a_payment(
    status: OrderStatus, delivery: Delivery | None, voided_at: object
) -> None:
    order = a_free_order(status=status, delivery=delivery, voided_at=voided_at)

    shown = status_text(order, an_event())

    assert not OF_MONEY.findall(f"{shown.headline}. {shown.text}".replace("nothing to pay", ""))


def test_a_free_order_that_its_buyer_gave_up_does_not_either() -> None:
    order = a_free_order(status=OrderStatus.EXPIRED, reason_code=Reason.GIVEN_UP)

    assert not OF_MONEY.findall(status_text(order, an_event()).text)


@pytest.mark.parametrize("make", [an_order, a_free_order])
def test_tickets_are_ready_only_when_there_is_a_file(make: Callable[..., Order]) -> None:
    making = make(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING)
    made = replace(making, delivery=Delivery.DELIVERED)

    assert buyer_status(making) is BuyerStatus.COMPLETED
    assert "ready" not in status_text(making, an_event()).headline.replace(
        "getting your tickets ready", ""
    )
    assert (
        status_text(making, an_event()).next_poll_seconds
        < status_text(made, an_event()).next_poll_seconds
    )
    assert status_text(made, an_event()).headline == "Your tickets are ready"


def test_every_status_has_its_words() -> None:
    assert set(STATUS_TEXTS) == set(BuyerStatus)
