"""A sale at the door: which transaction of a terminal pays for it, and why another does not."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import an_order
from ticketing.orders.order import Origin
from ticketing.payments.door_sale import objection, paid_at_terminal, paid_in_cash
from ticketing.payments.payment import Returned, Transaction

ORDER = an_order(checkout_ids=(), origin=Origin.TERMINAL)
PAID = Transaction(
    "tx-1", "SUCCESSFUL", Decimal("45.00"), "GBP", "TAAA1BBB2C", "MC0001", payment_type="POS"
)


@pytest.mark.parametrize("changes", [{}, {"merchant_code": None}, {"status": "PAID_OUT"}])
def test_a_terminals_payment_of_exactly_the_total_pays(changes: dict[str, Any]) -> None:
    assert objection(ORDER, replace(PAID, **changes)) is None


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "failed": ({"status": "FAILED"}, "SumUp calls it FAILED: no money was taken"),
    "pending": ({"status": "PENDING"}, "SumUp calls it PENDING"),
    "unknown status": ({"status": "NEW_WORD"}, "SumUp calls it NEW_WORD"),
    "refunded": ({"refunded": True}, "its money went back, or some of it"),
    "refunded by its status": ({"status": "REFUNDED", "refunded": True}, "its money went back"),
    "refunded in part": (
        {"refunded": True, "returned": Returned(Decimal("1.00"))},
        "its money went back, or some of it",
    ),
    "another merchant": ({"merchant_code": "MC0002"}, "its money went to merchant MC0002"),
    "a checkout": ({"payment_type": "ECOM"}, "not paid at a terminal: SumUp says ECOM"),
    "noted cash": ({"payment_type": "CASH"}, "not paid at a terminal: SumUp says CASH"),
    "no type": ({"payment_type": None}, "not paid at a terminal: SumUp says nothing"),
    "too little": ({"amount": Decimal("44.99")}, "£44.99 was paid, the tickets cost £45.00"),
    "too much": ({"amount": Decimal("45.01")}, "£45.01 was paid"),
    "no amount": ({"amount": None}, "was paid, the tickets cost £45.00"),
    "another currency": ({"currency": "EUR"}, "the tickets cost £45.00"),
    "no id": ({"id": None}, "does not say which transaction"),
    "no id of SumUp's": ({"id": "../x"}, "does not say which transaction"),
}


@pytest.mark.parametrize(("changes", "text"), REFUSED.values(), ids=REFUSED)
def test_any_other_transaction_is_refused_with_its_reason(
    changes: dict[str, Any], text: str
) -> None:
    assert text in (objection(ORDER, replace(PAID, **changes)) or "")


def test_an_unknown_code_is_said() -> None:
    text = "SumUp knows no transaction with this code at merchant MC0001"
    assert objection(ORDER, None) == text


def test_the_trail_sees_the_transaction_and_the_operators_note() -> None:
    finding = paid_at_terminal(PAID, "at the gate").finding

    assert finding.seen == "tx-1 SUCCESSFUL 45.00 GBP"
    assert finding.audit_reason == "paid_at_door: at the gate"
    assert (finding.transaction_id, finding.checkout_id) == ("tx-1", None)
    assert "TAAA1BBB2C" in finding.explanation


def test_cash_names_no_transaction() -> None:
    finding = paid_in_cash("at the gate").finding

    assert (finding.seen, finding.transaction_id) == ("", None)
