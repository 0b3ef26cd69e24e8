"""Several hundred orders at once: all are stored, distinct, and can be listed."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from local.sumup.control import Simulator
from tests.local.sumup.caller import Caller

ORDERS = 400


def test_hundreds_of_concurrent_orders_are_each_paid_once(
    simulator: Simulator, shop: Caller
) -> None:
    def buy(number: int) -> str:
        one = shop.created(checkout_reference=f"ORD-{number}", amount=Decimal(1000 + number))
        shop.call("PUT", f"/v0.1/checkouts/{one}", {"payment_type": "google_pay"})
        return one

    with ThreadPoolExecutor(8) as pool:
        bought = list(pool.map(buy, range(1, ORDERS + 1)))

    assert simulator.health()["checkouts"] == ORDERS
    paid = {one["id"] for one in simulator.checkouts() if one["status"] == "PAID"}
    assert paid == set(bought)
    for number, one in enumerate(bought, start=1):
        seen = shop.checkout(one).body
        assert (seen["checkout_reference"], seen["amount"]) == (f"ORD-{number}", 1000 + number)
        assert len(seen["transactions"]) == 1
