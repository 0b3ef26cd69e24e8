"""Payment attempts: an order has one payable checkout at a time and is never charged twice."""

from decimal import Decimal

import pytest

from tests.flows.shop import Shop
from tests.support.builders import (
    a_checkout,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
)
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.errors import PaymentProviderUnavailable, UnreadableAnswer
from ticketing.payments.checkout_result import CheckoutSeen
from ticketing.payments.payment import Checkout

RETURN, BACK = "https://tickets.example.com/api/webhooks/sumup", "https://tickets.example.com/"


def opened(shop: Shop) -> object:
    inquiry = OrderGateway(shop.sumup, shop.tokens)
    return inquiry.create_checkout(shop.order, "Order ORD-ABC123", RETURN, BACK, later(minutes=1))


def a_new_order() -> Shop:
    shop = Shop(an_order(checkout_ids=()))
    shop.sumup.checkouts.clear()
    return shop


def test_a_checkout_is_created_with_the_data_of_the_order() -> None:
    checkout = opened(a_new_order())

    assert isinstance(checkout, Checkout)
    assert (checkout.reference, str(checkout.amount)) == ("ORD-ABC123", "45.00")


@pytest.mark.parametrize(
    "failure", [PaymentProviderUnavailable("the answer was lost"), UnreadableAnswer("half a body")]
)
def test_a_checkout_whose_create_response_was_lost_is_found_by_reference(
    failure: Exception,
) -> None:
    shop = a_new_order()
    first = opened(shop)
    shop.sumup.failures["create_checkout"] = [failure]

    assert opened(shop) == first
    assert len(shop.sumup.checkouts) == 1


def test_an_existing_checkout_is_not_created_again() -> None:
    shop = a_new_order()

    assert opened(shop) == opened(shop)
    assert len(shop.sumup.checkouts) == 1


def test_a_checkout_with_our_reference_but_another_amount_is_not_adopted() -> None:
    shop = a_new_order()
    opened(shop)
    shop.sumup.put(amount=Decimal(1))

    assert not isinstance(opened(shop), Checkout)


def test_a_rejected_token_is_refreshed_before_the_checkout_is_created() -> None:
    shop = a_new_order()
    shop.sumup.refused_tokens = {"token-1"}

    assert isinstance(opened(shop), Checkout)


def test_a_payment_on_a_retired_checkout_is_detected_after_its_deactivation() -> None:
    """The buyer pays between our check and our DELETE."""
    shop = Shop()
    paid = a_paid_checkout(transactions=(a_transaction(),))
    shop.sumup.before["deactivate_checkout"] = lambda: shop.sumup.checkouts.update({paid.id: paid})
    seen = CheckoutSeen(a_record(), a_checkout())

    after = OrderGateway(shop.sumup, shop.tokens).deactivate(shop.order, seen, later(minutes=1))

    assert isinstance(after, CheckoutSeen)
    assert after.checkout.status == "PAID"
