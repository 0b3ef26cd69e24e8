"""What buyers do on the shop's pages."""

from ticketing.adapters.aws.checkout_function import ONE_ATTEMPT, CheckoutFunction
from ticketing.adapters.dynamodb.lost_requests import LostRequestTable
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.ask_refund import AskRefund
from ticketing.flows.change_address import ChangeAddress
from ticketing.flows.checkout_api import CheckoutApi
from ticketing.flows.give_up_order import GiveUpOrder
from ticketing.flows.lost_tickets import AskForLostTickets
from ticketing.flows.order_page import OrderPage
from ticketing.flows.resend_tickets import ResendTickets
from ticketing.orders.limits import Limits


@once
def checkouts(services: Services) -> CheckoutFunction:
    """Return SumUp by way of another function: this one has no organiser's token."""
    client = services.client("lambda", ONE_ATTEMPT)
    return CheckoutFunction(client, services.settings.checkouts_function)


@once
def limits(services: Services) -> Limits:
    return Limits(
        open_orders=services.settings.open_orders_per_buyer,
        unpaid_percent=services.settings.unpaid_percent,
    )


@once
def checkout_api(services: Services) -> CheckoutApi:
    return CheckoutApi(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        sumup=checkouts(services),
        request_check=services.request_check,
        access=services.access,
        brand=services.brand,
        payment_window=services.settings.payment_window,
        hold=services.settings.hold,
        limits=limits(services),
    )


@once
def change_address(services: Services) -> ChangeAddress:
    return ChangeAddress(services.orders, services.outbox, services.deliveries, limits(services))


@once
def give_up_order(services: Services) -> GiveUpOrder:
    return GiveUpOrder(services.orders, checkouts(services), services.request_check)


@once
def ask_refund(services: Services) -> AskRefund:
    return AskRefund(services.orders, services.events)


@once
def order_page(services: Services) -> OrderPage:
    return OrderPage(
        orders=services.orders,
        events=services.events,
        resend=ResendTickets(services.outbox, services.deliveries),
        archive=services.archive,
        access=services.access,
        brand=services.brand,
        tickets=TicketTable(),
    )


@once
def ask_for_lost_tickets(services: Services) -> AskForLostTickets:
    return AskForLostTickets(LostRequestTable(), services.deliveries)
