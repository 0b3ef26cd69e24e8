"""What buyers do on the shop's pages."""

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.sumup import sumup, tokens
from ticketing.flows.checkout_api import CheckoutApi
from ticketing.flows.order_page import OrderPage
from ticketing.flows.resend_tickets import ResendTickets


@once
def checkout_api(services: Services) -> CheckoutApi:
    return CheckoutApi(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        sumup=OrderGateway(sumup(services), tokens(services)),
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
