"""The verification of an order's payment."""

from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.signing import signer
from ticketing.bootstrap.sumup import order_gateway
from ticketing.flows.decide_order import DecideOrder
from ticketing.flows.verify_payment import VerifyPayment


@once
def verify_payment(services: Services) -> VerifyPayment:
    """Return the flow; if a secret is missing, the operators get an alert as well."""
    with services.alerting_if_incomplete():
        return VerifyPayment(
            orders=services.orders,
            decide=DecideOrder(services.orders, order_gateway(services), services.events),
            signer=signer(services),
            notifier=services.notifier,
        )
