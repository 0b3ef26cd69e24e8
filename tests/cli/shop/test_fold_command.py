"""`privacy fold`: rows of an earlier version, which kept addresses as they were typed."""

import pytest

from tests.functions.conftest import Run
from tests.support.builders import an_order
from tests.support.stored import row_of, store
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.bootstrap import services
from ticketing.cli import OK
from ticketing.orders.order import Customer

pytestmark = pytest.mark.usefixtures("world")
TYPED = "Jane.Doe@Example.com"


def typed_before() -> None:
    """Store an order as an earlier version did."""
    order = store(an_order())
    row_of(order).update(
        [OrderRow.customer_email.set(TYPED), OrderRow.customer_email_typed.remove()]
    )


def test_an_address_with_capitals_is_filed_in_small_letters_and_still_written_to_as_typed(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    typed_before()
    small = store(an_order(order_number="ORD-SMALL1", customer=Customer("Joe", "joe@example.com")))
    orders = services().orders
    assert orders.completed_of(TYPED, 9) == ()

    assert run("privacy", "fold") == OK
    assert "1 order is filed" in capsys.readouterr().out

    order = orders.get("ORD-ABC123")
    assert (order.customer.key, order.customer.email) == (TYPED.lower(), TYPED)
    assert row_of(order).customer_email == TYPED.lower()
    assert row_of(small).customer_email_typed is None
    assert run("privacy", "fold") == OK
    assert "0 orders are filed" in capsys.readouterr().out


def test_an_address_that_was_corrected_meanwhile_stays() -> None:
    store(an_order(customer=Customer("Jane Doe", "new@example.com")))

    assert not OrderTable.fold_address("ORD-ABC123", TYPED)

    assert services().orders.get("ORD-ABC123").customer.email == "new@example.com"


def test_an_order_that_has_gone_meanwhile_does_not_come_back() -> None:
    assert not OrderTable.fold_address("ORD-ABC123", TYPED)

    assert list(OrderRow.scan()) == []
