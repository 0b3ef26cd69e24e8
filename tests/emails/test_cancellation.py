"""What buyers read about their money when an event is cancelled, for each state of an order."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_event, an_order
from ticketing.emails.cancellation import MoneyBack, money_of
from ticketing.events.event import RefundPolicy
from ticketing.money import Money
from ticketing.orders.order import OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.web.order_status import buyer_status, return_text, status_text
from ticketing.web.status_texts import BuyerStatus

ALL, NONE = RefundPolicy.ALL, RefundPolicy.NONE
FREE = (a_line(unit_price=Decimal(0)),)
VOID: dict[str, Any] = {
    "status": OrderStatus.COMPLETED,
    "voided_at": NOW,
    "reason_code": Reason.EVENT_CANCELLED.value,
}


def refunds(status: RefundStatus) -> dict[str, Any]:
    return {"refunds": (Refund("txn-1", status, Money(Decimal("45.00"), "GBP"), NOW),)}


TABLE: dict[str, tuple[dict[str, Any], RefundPolicy | None, MoneyBack]] = {
    "bought": (VOID, ALL, MoneyBack.COMING),
    "bought, and it is back": (VOID | refunds(RefundStatus.REFUNDED), ALL, MoneyBack.DONE),
    "the bank took it": (VOID | refunds(RefundStatus.CHARGED_BACK), NONE, MoneyBack.DONE),
    "asked for": (VOID | refunds(RefundStatus.ASKED), ALL, MoneyBack.COMING),
    "refused": (VOID | refunds(RefundStatus.REFUSED), ALL, MoneyBack.COMING),
    "bought, none goes back": (VOID, NONE, MoneyBack.KEPT),
    "free": (VOID | {"lines": FREE}, ALL, MoneyBack.NOTHING),
    "free, none goes back": (VOID | {"lines": FREE}, NONE, MoneyBack.NOTHING),
    "closed": ({"status": OrderStatus.FAILED}, ALL, MoneyBack.NOTHING),
    "open": ({}, ALL, MoneyBack.NOTHING),
    "on hold": ({"status": OrderStatus.REVIEW}, ALL, MoneyBack.COMING),
    "on hold, none goes back": ({"status": OrderStatus.REVIEW}, NONE, MoneyBack.LOOKED_INTO),
    "nobody has decided": (VOID, None, MoneyBack.LOOKED_INTO),
}


@pytest.mark.parametrize(("changes", "policy", "wanted"), TABLE.values(), ids=TABLE)
def test_each_order_says_what_becomes_of_its_money(
    changes: dict[str, Any], policy: RefundPolicy | None, wanted: MoneyBack
) -> None:
    assert money_of(an_order(**changes), policy) is wanted


@pytest.mark.parametrize(("changes", "policy", "wanted"), TABLE.values(), ids=TABLE)
def test_the_order_page_says_that_the_event_is_cancelled(
    changes: dict[str, Any], policy: RefundPolicy | None, wanted: MoneyBack
) -> None:
    order = an_order(**changes)
    event = an_event(on_sale=False, cancelled=True, cancelled_at=NOW, refund_policy=policy)

    for text_of in (status_text, return_text):
        shown = text_of(order, event)
        assert shown.headline == "This event is cancelled"
        assert ("get back everything" in shown.text) == (wanted is MoneyBack.COMING)
        assert ("not refunded" in shown.text) == (wanted is MoneyBack.KEPT)
    if order.voided_at:
        assert buyer_status(order) is BuyerStatus.CANCELLED
