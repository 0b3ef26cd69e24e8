"""What the shop's function can have done at SumUp: nothing but what buyers need."""

from datetime import timedelta

import pytest

from tests.support.builders import CHECKOUT_ID, NOW, a_brand, an_order, later
from tests.support.fake_orders import Orders, Tables
from ticketing.errors import PaymentProviderUnavailable
from ticketing.flows.manage_checkouts import ManageCheckouts
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.checkout_call import Ask, CheckoutAnswer, CheckoutCall
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutSeen, Deactivation
from ticketing.payments.payment import Checkout

NUMBER = "ORD-ABC123"
PAGE = a_brand().order_url(NUMBER)
UNPAID = Checkout(CHECKOUT_ID, "PENDING")


class Gateway:
    """SumUp with one checkout; it notes what it was asked."""

    def __init__(self, answer: object = None) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._answer = answer

    def create_checkout(
        self, order: Order, description: str, return_url: str, redirect_url: str, now: object
    ) -> object:
        del now
        self.asked.append(("create", order.deadline, description, return_url, redirect_url))
        return self._answer or UNPAID

    def find(self, order: Order, now: object) -> object:
        del now
        self.asked.append(("find", order.order_number))
        return self._answer or (UNPAID, UNPAID)

    def fetch_checkout(self, order: Order, record: CheckoutRecord, now: object) -> object:
        del order, now
        self.asked.append(("fetch", record.checkout_id))
        return self._answer or CheckoutSeen(record, UNPAID, sandbox=True)

    def deactivate(self, order: Order, before: CheckoutSeen, now: object) -> object:
        del order, now
        self.asked.append(("deactivate", before.record.checkout_id))
        return CheckoutSeen(before.record, UNPAID, Deactivation.DONE)


def ask(gateway: Gateway, call: CheckoutCall, *orders: Order) -> CheckoutAnswer:
    tables = Tables()
    for order in orders:
        tables.orders[order.order_number] = order
        for key in order.checkout_ids:
            tables.checkouts[key] = CheckoutRecord(
                key, order.order_number, order.checkout_reference
            )
    return ManageCheckouts(Orders(tables), gateway, a_brand())(call, NOW)  # type: ignore[arg-type]  # a fake


def test_a_checkout_is_created_from_our_own_row() -> None:
    gateway, order = Gateway(), an_order()

    answer = ask(gateway, CheckoutCall(Ask.CREATE, NUMBER), order)

    assert answer == CheckoutAnswer((UNPAID,))
    ((_, deadline, description, return_url, redirect_url),) = gateway.asked
    assert (deadline, description) == (order.deadline, f"Order {NUMBER}")
    assert return_url == a_brand().webhook_url
    assert redirect_url == a_brand().order_url(NUMBER)


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        (f"{PAGE}&r=a1780000000ABC", f"{PAGE}&r=a1780000000ABC"),
        (None, PAGE),
        (f"{PAGE}4&r=a", PAGE),
        ("https://evil.example.com/", PAGE),
        ("https://tickets.example.com.evil.example.com/orders/?n=ORD-ABC123&r=a", PAGE),
        ("https://tickets.example.com/orders/?n=ORD-OTHER1&r=a", PAGE),
    ],
)
def test_a_buyer_comes_back_to_the_page_of_the_order_and_nowhere_else(
    wanted: str | None, used: str
) -> None:
    gateway = Gateway()

    ask(gateway, CheckoutCall(Ask.CREATE, NUMBER, redirect_url=wanted), an_order())

    ((*_, redirect_url),) = gateway.asked
    assert redirect_url == used


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_call_brings_the_deadline_forward_and_never_puts_it_off(minutes: int) -> None:
    gateway, order = Gateway(), an_order()
    wanted = order.deadline + timedelta(minutes=minutes)

    ask(gateway, CheckoutCall(Ask.CREATE, NUMBER, pay_until=wanted), order)

    ((_, deadline, *_),) = gateway.asked
    assert deadline == min(order.deadline, wanted)


def test_checkouts_are_found_fetched_and_deactivated() -> None:
    gateway = Gateway()

    found = ask(gateway, CheckoutCall(Ask.FIND, NUMBER), an_order())
    fetched = ask(gateway, CheckoutCall(Ask.FETCH, NUMBER, CHECKOUT_ID), an_order())
    gone = ask(gateway, CheckoutCall(Ask.DEACTIVATE, NUMBER, CHECKOUT_ID), an_order())

    assert found == CheckoutAnswer((UNPAID, UNPAID))
    assert fetched == CheckoutAnswer((UNPAID,), sandbox=True)
    assert gone == CheckoutAnswer((UNPAID,), Deactivation.DONE)


@pytest.mark.parametrize("action", list(Ask))
@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.PENDING])
def test_sumup_is_not_asked_about_an_order_that_waits_for_no_payment(
    action: Ask, status: OrderStatus
) -> None:
    gateway = Gateway()

    answer = ask(gateway, CheckoutCall(action, NUMBER, CHECKOUT_ID), an_order(status=status))

    assert answer.failure
    assert gateway.asked == []


@pytest.mark.parametrize("action", [Ask.FETCH, Ask.DEACTIVATE])
@pytest.mark.parametrize("checkout_id", [None, "", "another"])
def test_a_checkout_of_another_order_is_left_alone(action: Ask, checkout_id: str | None) -> None:
    gateway = Gateway()

    answer = ask(gateway, CheckoutCall(action, NUMBER, checkout_id), an_order())

    assert answer.failure
    assert gateway.asked == []


def test_an_order_that_does_not_exist_is_a_failure() -> None:
    assert ask(Gateway(), CheckoutCall(Ask.CREATE, NUMBER)).failure


@pytest.mark.parametrize("action", [Ask.CREATE, Ask.FIND, Ask.FETCH])
def test_an_error_of_sumup_is_passed_on(action: Ask) -> None:
    error = PaymentProviderUnavailable("429", 429, retry_after=3.0)

    answer = ask(Gateway(error), CheckoutCall(action, NUMBER, CHECKOUT_ID), an_order())

    assert answer.failure
    assert answer.failure.error.attributes == error.attributes


def test_a_deadline_from_long_ago_is_passed_on_as_it_is() -> None:
    gateway, order = Gateway(), an_order(deadline=later(days=-1))

    ask(gateway, CheckoutCall(Ask.CREATE, NUMBER), order)

    assert gateway.asked[0][1] == order.deadline
