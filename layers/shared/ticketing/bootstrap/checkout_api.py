"""What buyers do on the shop's pages."""

from ticketing.adapters.aws.checkout_function import ONE_ATTEMPT, CheckoutFunction
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.checkout_api import CheckoutApi
from ticketing.flows.order_page import OrderPage
from ticketing.flows.resend_tickets import ResendTickets


@once
def checkouts(services: Services) -> CheckoutFunction:
    """Return SumUp without any token of an organiser."""
    client = services.session.client("lambda", config=ONE_ATTEMPT)
    return CheckoutFunction(client, services.settings.checkouts_function)


@once
def checkout_api(services: Services) -> CheckoutApi:
    return CheckoutApi(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        sumup=checkouts(services),
        verifications=services.verifications,
        brand=services.brand,
        payment_window=services.settings.payment_window,
    )


@once
def order_page(services: Services) -> OrderPage:
    return OrderPage(
        orders=services.orders,
        events=services.events,
        resend=ResendTickets(services.outbox, services.deliveries),
        archive=services.archive,
        access=services.access,
        brand=services.brand,
    )
