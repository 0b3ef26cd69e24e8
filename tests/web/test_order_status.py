"""What buyers read about an order: of no payment where there is none, "ready" not too soon."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_event, an_order
from ticketing.orders.order import Delivery, Order, OrderStatus, Trouble, VoidTicket
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.web.order_status import buyer_status, return_text, status_text
from ticketing.web.status_texts import MADE_VOID, STATUS_TEXTS, BuyerStatus

OF_MONEY = re.compile(r"\bpa(y|id|ying|yments?)\b|money|SumUp|card|charged", re.IGNORECASE)
STATES = [
    (status, delivery, voided_at)
    for status, delivery, voided_at in product(OrderStatus, [None, *Delivery], [None, NOW])
    if status is OrderStatus.COMPLETED or (delivery is None and voided_at is None)
]


def a_free_order(**changes: Any) -> Order:  # noqa: ANN401 - of any field
    return an_order(lines=(a_line(unit_price=Decimal(0)),), **changes)


SOME = (VoidTicket("ORD-ABC123-02", "general", NOW),)
COMPLETED: dict[str, Any] = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}


@pytest.mark.parametrize("make", [an_order, a_free_order])
def test_who_has_void_tickets_beside_valid_ones_is_told_which_to_use(
    make: Callable[..., Order],
) -> None:
    shown = status_text(make(**COMPLETED, void_tickets=SOME), an_event())

    assert shown.headline == "Your tickets are ready"
    assert "use only those on this page" in shown.text
    assert not OF_MONEY.findall(shown.text)


def test_tickets_that_an_operator_made_void_are_not_said_to_be_refunded() -> None:
    void = an_order(**COMPLETED, voided_at=NOW, reason_code=Reason.VOIDED)
    back = Refund("txn-1", RefundStatus.REFUNDED, void.total, settled_at=NOW)

    assert status_text(void, an_event()).headline == "The tickets of this order are void"
    refunded = status_text(replace(void, refunds=(back,)), an_event())
    assert refunded is STATUS_TEXTS[BuyerStatus.REFUNDED]
    part = PartRefund("txn-1", RefundStatus.REFUNDED, void.total, settled_at=NOW)
    assert status_text(replace(void, parts=(part,)), an_event()) is MADE_VOID


@pytest.mark.parametrize(("status", "delivery", "voided_at"), STATES)
def test_a_free_order_never_speaks_of_a_payment(
    status: OrderStatus, delivery: Delivery | None, voided_at: object
) -> None:
    order = a_free_order(status=status, delivery=delivery, voided_at=voided_at)

    for shown in (status_text(order, an_event()), return_text(order, an_event())):
        said = f"{shown.headline}. {shown.text}".replace("nothing to pay", "")
        assert not OF_MONEY.findall(said)


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


NOT_HERE = re.compile(r"\bhere\b|\bbelow\b|you can go on to the payment", re.IGNORECASE)
"""What only the order's own page has: buttons, downloads, a deadline."""


@pytest.mark.parametrize(("status", "delivery", "voided_at"), STATES)
@pytest.mark.parametrize("payment_status", [None, "FAILED"])
@pytest.mark.parametrize("trouble", [None, Trouble("503", NOW, 1)])
def test_who_returns_without_the_token_reads_nothing_that_is_only_on_the_orders_page(
    status: OrderStatus,
    delivery: Delivery | None,
    voided_at: object,
    payment_status: str | None,
    trouble: Trouble | None,
) -> None:
    facts = {"payment_status": payment_status, "trouble": trouble, "delivery": delivery}
    order = an_order(status=status, voided_at=voided_at, **facts)

    shown = return_text(order, an_event())

    assert not NOT_HERE.findall(f"{shown.headline}. {shown.text}")
    assert shown.next_poll_seconds


def test_a_mail_that_did_not_arrive_is_not_said_to_have_been_sent() -> None:
    order = an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PROBLEM)

    assert "did not arrive" in return_text(order, an_event()).text
    assert "were sent" not in return_text(order, an_event()).text


def test_who_paid_is_told_when_the_tickets_come() -> None:
    assert "your tickets come by email within minutes" in return_text(an_order(), an_event()).text


@pytest.mark.parametrize("text_of", [status_text, return_text])
def test_an_order_whose_event_is_stopped_is_not_asked_for_money(text_of: Any) -> None:  # noqa: ANN401  # one of two functions
    waiting, paid = an_order(), an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED)
    off, cancelled = an_event(on_sale=False), an_event(cancelled=True)

    assert text_of(waiting, off).headline == "These tickets are no longer on sale"
    assert text_of(waiting, cancelled).headline == "This event is cancelled"
    assert "do not pay again" in text_of(waiting, off).text
    assert text_of(paid, cancelled) == text_of(paid, an_event())
