"""Accepted payments, by their time and by their transaction."""

# ruff: noqa: ANN401 - a change may be of any attribute

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, later
from ticketing.adapters.dynamodb.models import PaymentRow
from ticketing.adapters.dynamodb.payments import PaymentTable
from ticketing.errors import UnreadableOrder
from ticketing.money import Money
from ticketing.reconciliation.payment_pair import LedgerPayment

PAYMENTS = PaymentTable()


def put(key: str, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "order_number": "ORD-ABC123",
        "checkout_id": "chk-1",
        "amount": Decimal("45.10"),
        "currency": "GBP",
        "merchant_code": "MC0001",
        "accepted_at": NOW,
    }
    PaymentRow(key, **facts | changes).save()


def test_a_payment_is_read_exactly(world: World) -> None:
    put("tx-1", transaction_code="TAAA1")

    (found,) = PAYMENTS.accepted("MC0001", NOW, later(hours=1))

    assert found == LedgerPayment(
        transaction_id="tx-1",
        order_number="ORD-ABC123",
        checkout_id="chk-1",
        merchant_code="MC0001",
        amount=Money(Decimal("45.10"), "GBP"),
        accepted_at=NOW,
        code="TAAA1",
    )
    assert PAYMENTS.get_all(["tx-1"]) == {"tx-1": found}
    (asked,) = [call.body for call in world.wire.calls if call.operation == "BatchGetItem"]
    (table,) = asked["RequestItems"].values()
    assert table["ConsistentRead"] is True


@pytest.mark.usefixtures("world")
def test_payments_are_selected_by_merchant_and_half_open_period() -> None:
    put("of another", merchant_code="MC0002")
    put("before", accepted_at=NOW - timedelta(microseconds=1))
    put("first", accepted_at=NOW)
    put("last", accepted_at=later(hours=24) - timedelta(microseconds=1))
    put("after", accepted_at=later(hours=24))

    found = PAYMENTS.accepted("MC0001", NOW, later(hours=24))

    assert [payment.transaction_id for payment in found] == ["first", "last"]


@pytest.mark.usefixtures("world")
def test_payments_are_read_in_batches_and_invalid_keys_are_skipped() -> None:
    keys = [f"tx-{number}" for number in range(120)]
    for key in keys:
        put(key)

    found = PAYMENTS.get_all([*keys, *keys, "gone", "", "x" * 2000])

    assert sorted(found) == sorted(keys)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("attribute", "problem"),
    [("currency", "lacks currency"), ("checkout_id", "lacks checkout_id")],
)
def test_an_incomplete_payment_raises_instead_of_being_skipped(
    attribute: str, problem: str
) -> None:
    put("tx-1")
    PaymentRow("tx-1").update([getattr(PaymentRow, attribute).remove()])

    with pytest.raises(UnreadableOrder, match=problem):
        PAYMENTS.get_all(["tx-1"])


@pytest.mark.usefixtures("world")
def test_an_invalid_amount_raises() -> None:
    put("tx-1", amount=Decimal("45.105"))

    with pytest.raises(UnreadableOrder, match="its payment"):
        list(PAYMENTS.accepted("MC0001", NOW, later(hours=1)))
