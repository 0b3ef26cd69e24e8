"""Who may ask for their money back when an event was moved, and until when."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, a_line, an_event, an_order, later
from ticketing.orders.order import OrderStatus
from ticketing.orders.refund_offer import is_offered, is_owed, objection

BOUGHT: dict[str, Any] = {"status": OrderStatus.COMPLETED}
MOVED = an_event(moved_at=later(days=1), refunds_until=later(days=10))
THEN = later(days=5)
NOTHING, ELSEWHERE, OVER = "nothing to give back", "please write to us", "time to ask"

TABLE: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "bought before": (BOUGHT, {}, None),
    "bought after": (BOUGHT | {"created_at": later(days=2)}, {}, ELSEWHERE),
    "within the minute": (BOUGHT | {"created_at": later(days=1, seconds=30)}, {}, None),
    "free": (BOUGHT | {"lines": (a_line(unit_price=Decimal(0)),)}, {}, NOTHING),
    "void": (BOUGHT | {"voided_at": NOW}, {}, NOTHING),
    "not paid": ({}, {}, NOTHING),
    "on hold": ({"status": OrderStatus.REVIEW}, {}, NOTHING),
    "not moved": (BOUGHT, {"moved_at": None, "refunds_until": None}, ELSEWHERE),
    "too late": (BOUGHT, {"refunds_until": THEN}, OVER),
    "cancelled since": (BOUGHT, {"cancelled": True}, NOTHING),
}


@pytest.mark.parametrize(("order", "event", "why"), TABLE.values(), ids=TABLE)
def test_who_may_ask(order: dict[str, Any], event: dict[str, Any], why: str | None) -> None:
    found = objection(an_order(**order), replace(MOVED, **event), THEN)

    assert (found is None) if why is None else (found is not None and why in found)
    assert is_offered(an_order(**order), replace(MOVED, **event), THEN) is (why is None)


def test_who_has_asked_is_owed_the_money_until_it_is_back() -> None:
    asked = an_order(**BOUGHT, refund_asked_at=later(days=2))

    assert not is_offered(asked, MOVED, THEN)
    assert is_owed(asked)
    assert not is_owed(replace(asked, voided_at=THEN))
    assert not is_owed(an_order(**BOUGHT))
