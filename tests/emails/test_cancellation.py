"""What buyers read about their money when an event is cancelled, for each state of an order."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_event, an_order
from ticketing.emails.cancellation import MoneyBack, money_of
from ticketing.events.event import RefundPolicy
from ticketing.money import Money
from ticketing.orders.order import OrderStatus, Origin
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.payments.payment import PAID
from ticketing.web.order_status import buyer_status, return_text, status_text
from ticketing.web.status_texts import BuyerStatus

ALL, NONE = RefundPolicy.ALL, RefundPolicy.NONE
FREE = (a_line(unit_price=Decimal(0)),)
VOID: dict[str, Any] = {
    "status": OrderStatus.COMPLETED,
    "voided_at": NOW,
    "reason_code": Reason.EVENT_CANCELLED.value,
    "transaction_id": "txn-1",
}
CASH: dict[str, Any] = VOID | {"transaction_id": None, "origin": Origin.CASH}
CLOSED: dict[str, Any] = {"status": OrderStatus.FAILED, "rejected": True}
HELD: dict[str, Any] = {"status": OrderStatus.REVIEW}
REFUNDED, REFUSED = RefundStatus.REFUNDED, RefundStatus.REFUSED


def refunds(status: RefundStatus, of: str = "txn-1") -> dict[str, Any]:
    return {"refunds": (Refund(of, status, Money(Decimal("45.00"), "GBP"), NOW),)}


def parts(*amounts: str, last: RefundStatus = REFUNDED) -> dict[str, Any]:
    statuses = (*(REFUNDED for _ in amounts[1:]), last)
    made = zip(amounts, statuses, strict=True)
    return {
        "parts": tuple(
            PartRefund("txn-1", status, Money(Decimal(amount), "GBP"), NOW, number=number)
            for number, (amount, status) in enumerate(made, start=1)
        )
    }


TABLE: dict[str, tuple[dict[str, Any], RefundPolicy | None, MoneyBack]] = {
    "bought": (VOID, ALL, MoneyBack.COMING),
    "bought, and it is back": (VOID | refunds(RefundStatus.REFUNDED), ALL, MoneyBack.DONE),
    "the bank took it": (VOID | refunds(RefundStatus.CHARGED_BACK), NONE, MoneyBack.DONE),
    "asked for": (VOID | refunds(RefundStatus.ASKED), ALL, MoneyBack.COMING),
    "refused": (VOID | refunds(RefundStatus.REFUSED), ALL, MoneyBack.COMING),
    "bought, none goes back": (VOID, NONE, MoneyBack.KEPT),
    "only a second payment is back": (VOID | refunds(REFUNDED, "txn-2"), ALL, MoneyBack.COMING),
    "only a second one, none goes back": (VOID | refunds(REFUNDED, "txn-2"), NONE, MoneyBack.KEPT),
    "it is back, a second payment is not": (
        VOID | {"refunds": refunds(REFUNDED)["refunds"] + refunds(REFUSED, "txn-2")["refunds"]},
        ALL,
        MoneyBack.COMING,
    ),
    "back in parts": (VOID | parts("15.00", "30.00"), ALL, MoneyBack.DONE),
    "back in parts, none goes back": (VOID | parts("15.00", "30.00"), NONE, MoneyBack.DONE),
    "refused, then back in parts": (VOID | refunds(REFUSED) | parts("45.00"), ALL, MoneyBack.DONE),
    "one part is back": (VOID | parts("15.00"), ALL, MoneyBack.COMING),
    "one part is back, none goes back": (VOID | parts("15.00"), NONE, MoneyBack.KEPT),
    "the last part was refused": (
        VOID | parts("15.00", "30.00", last=REFUSED),
        ALL,
        MoneyBack.COMING,
    ),
    "cash": (CASH, ALL, MoneyBack.IN_CASH),
    "cash, none goes back": (CASH, NONE, MoneyBack.KEPT),
    "free": (VOID | {"lines": FREE}, ALL, MoneyBack.NOTHING),
    "free, none goes back": (VOID | {"lines": FREE}, NONE, MoneyBack.NOTHING),
    "closed": ({"status": OrderStatus.FAILED}, ALL, MoneyBack.NOTHING),
    "closed, and it is back": (CLOSED | refunds(REFUNDED), ALL, MoneyBack.DONE),
    "closed, and its refund refused": (CLOSED | refunds(REFUSED), ALL, MoneyBack.LOOKED_INTO),
    "closed, but paid": (CLOSED | {"payment_status": PAID}, ALL, MoneyBack.LOOKED_INTO),
    "open": ({}, ALL, MoneyBack.NOTHING),
    "on hold": (HELD, ALL, MoneyBack.COMING),
    "on hold, one payment is back": (HELD | refunds(REFUNDED), ALL, MoneyBack.COMING),
    "on hold, none goes back": (HELD, NONE, MoneyBack.LOOKED_INTO),
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
        assert ("paid in cash" in shown.text) == (wanted is MoneyBack.IN_CASH)
    if order.voided_at:
        assert buyer_status(order) is BuyerStatus.CANCELLED
